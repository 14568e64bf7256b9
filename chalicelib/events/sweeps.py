"""Behind ``sweeper``: once a minute. Layer: events."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap, observability


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - a schedule says nothing
    """Sweep once, and say what was swept."""
    engine = bootstrap.engine()
    with observability.invocation(context):
        swept = engine.sweep()
        for name, number in (("DeadCommands", swept.commands), ("DeadTasks", swept.tasks)):
            if number:
                observability.count(name, number)
        return {"timers": swept.timers, "schedules": swept.schedules, "commands": swept.commands, "tasks": swept.tasks}
