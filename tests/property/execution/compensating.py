"""Compensations for random workflows, and what must hold of them in every history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from chalicelib.domain.execution.events import Event
from tests.unit.execution.play import activity

MAPPING = {"o": "$.compensated.output", "item": "$.item", "n": "$.context.n"}
UNDOING: dict[str, list[dict[str, Any]]] = {
    "undo": [activity("undo", of={"input_mapping": MAPPING}, retry_policy={"max_attempts": 2, "initial_interval": 2})],
    "undo-now": [{"id": "undo-now", "step_type": {"type": "script", "expression": "$.compensated.output.n + 1"}}],
    "undo-inline": [activity("undo-inline", of={"inline": True}, skippable=True, preconditions=["$.input.flag"])],
    "undo-both": [
        {
            "id": "undo-both",
            "step_type": {
                "type": "parallel",
                "branches": [
                    {"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("undo-l", "undo-r")
                ],
                "completion_strategy": "any",
            },
        },
        activity("undo-l"),
        activity("undo-r", timeout=9),
    ],
}
"""Steps that compensate, each with those inside it."""
_ENDS = ("WorkflowFailed", "WorkflowTimedOut", "WorkflowCanceled")


def compensated(draw: st.DrawFn, body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of ``body``, some of them with a compensation, and these."""
    used: dict[str, list[dict[str, Any]]] = {}
    given = []
    for step in body:
        by = draw(st.sampled_from([None, None, *UNDOING]))
        given.append(step if by is None else {**step, "compensation_step_id": by})
        if by is not None:
            used[by] = UNDOING[by]
    return [*given, *(step for steps in used.values() for step in steps)]


def check_compensation(events: Iterable[Event]) -> None:
    """The run that ended last is compensated first, each once, one at a time, and nothing ends before that is done."""
    finished: list[str | None] = []
    ending, current = False, None
    for event in events:
        details = event.details
        if event.type == "StepCompleted" and ("compensable" in details or details.get("late")):
            finished.append(event.run_id)
        elif event.type == "CompensationStarted" and event.run_id is None:
            assert not ending
            ending = True
        elif event.type == "CompensationStarted":
            assert current is None
            current = finished.pop()
            assert details["compensates"] == current
        elif event.type in ("CompensationCompleted", "CompensationFailed"):
            assert details["compensates"] == current
            current = None
        elif event.type in _ENDS:
            assert current is None
            assert not finished or (event.type == "WorkflowCanceled" and not ending)
            assert ("compensation" in details) == (ending or bool(finished))
            finished, ending = [], False
        elif event.type == "WorkflowCompleted":
            assert not ending
    assert not ending
