"""What a step run waits for, and what a person can do about it, in few words. Layer: command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from chalicelib.domain.execution.human_tasks import task_id


def detail(step: Mapping[str, Any]) -> str:
    """What the step's state alone does not say (until when, for what, why); empty when there is nothing more."""
    if step["state"] in ("completed", "failed"):
        return ""
    retry_at = (step.get("retry_info") or {}).get("next_retry_at")
    if retry_at:
        return f"retry at {retry_at}"
    return (step.get("status_info") or {}).get("details") or ""


def in_brackets(step: Mapping[str, Any]) -> str:
    """The detail as it stands behind the state."""
    words = detail(step)
    return f" ({words})" if words else ""


def hints(status: Mapping[str, Any]) -> Iterator[str]:
    """The commands by which a person lets an execution go on that waits for one."""
    execution_id = status["execution_id"]
    if status["state"] == "paused":
        yield f"weft resume {execution_id}"
    for step in status.get("steps") or ():
        if step["state"] == "waiting_for_confirmation":
            in_an_item = "index" in step and step.get("run_id")  # there may be a run of the step in every item
            yield f"weft confirm {execution_id} {quote(step['run_id'] if in_an_item else step['step_id'])}"
        elif step["state"] == "waiting_for_human_intervention" and step.get("run_id"):
            yield f"weft task {task_id(execution_id, step['run_id'])}"
