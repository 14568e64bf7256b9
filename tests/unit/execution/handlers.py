"""Executions with event handlers, for tests to play."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.execution.commands import (
    DeliverEvent,
)
from chalicelib.domain.execution.effects import Dispatch
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.program import Rules
from tests.unit.execution.play import Play, activity, chain


def handler(handler_id: str, action: str, /, **fields: Any) -> dict[str, Any]:
    """A handler of ``go``; fields of its type come in ``of``."""
    action_fields = fields.pop("of", {})
    return {"id": handler_id, "event_name": "go", "handler_type": {"type": action, **action_fields}, **fields}


def sets(name: str, value: Any = True, **fields: Any) -> dict[str, Any]:
    return handler(f"set-{name}", "set_variable", of={"variable_mapping": {name: value}}, **fields)


def begun(*handlers: dict[str, Any], input: Any = None, rules: Rules | None = None, **created: Any) -> Play:
    """An execution with an activity ``a`` under way, ``b`` after it, and these handlers."""
    document = chain(activity("a", skippable=True), activity("b"), event_handlers=list(handlers))
    return Play(document, input, rules, **created)


def event(
    play: Play, number: int = 1, data: Any = None, *, correlation: str | None = None, lineage: int = 0
) -> list[Event]:
    return play.tell(
        DeliverEvent(
            event_id=f"e{number}",
            name="go",
            data=data,
            correlation=correlation,
            lineage=lineage,
            published_at=play.now,
        )
    )


def refusals(play: Play) -> list[tuple[str, str]]:
    return [(each.details["handler_id"], each.details["code"]) for each in play.events if each.type == "RequestRefused"]


def errands(play: Play) -> list[Any]:
    return [effect.task for effect in play.effects if isinstance(effect, Dispatch) and effect.task.errand]
