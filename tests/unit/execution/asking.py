"""A workflow that asks people, and what happens to it.

Layer: tests.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.execution.commands import SubmitHuman
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import Play, activity, workflow

HOUR = 3_600
FORM = {
    "type": "modify_data",
    "field_definitions": [
        {"name": "discount", "field_type": {"type": "number"}, "required": True, "validation": "$ >= 0 and $ <= 100"},
        {"name": "note", "field_type": {"type": "string"}, "default_value": "none"},
        {"name": "ticket", "field_type": {"type": "integer"}},
    ],
}
ACTIONS = [{"type": "approve"}, {"type": "reject", "reason": "too much"}, FORM, {"type": "custom", "id": "ask-legal"}]


def point(**fields: Any) -> dict[str, Any]:
    return {"id": "p", "step_id": "ask", "name": "Large order", "allowed_actions": ACTIONS, **fields}


def deadline(strategy: dict[str, Any], **of: Any) -> dict[str, Any]:
    kind = of or {"type": "relative", "hours": 2}
    return {"deadline": {"deadline_type": kind, "timeout_strategy": strategy}}


def ask(**fields: Any) -> dict[str, Any]:
    return {"id": "ask", "step_type": {"type": "human", "intervention_point_id": "p", **fields.pop("of", {})}, **fields}


def play(
    *, of: dict[str, Any] | None = None, step: dict[str, Any] | None = None, rules: Rules | None = None, **fields: Any
) -> Play:
    """A workflow that asks, and passes on what the answer was; ``late`` is a step beside."""
    document = workflow(
        ask(of=of or {}, **(step or {})),
        activity("then", of={"input_mapping": {"said": "$.steps.ask.output", "state": "$.steps.ask.state"}}),
        activity("late"),
        transitions=[
            ("start", "ask"),
            ("ask", "then"),
            ("then", "end"),
            ("late", "end"),
            ("ask", "late", "error:none"),
        ],
        human_intervention_points=[point(**fields)],
    )
    return Play(document, {"due": "2026-01-01T01:00:00+00:00"}, rules)


def submit(play: Play, action: str, number: int = 1, **fields: Any) -> list[Event]:
    return play.tell(SubmitHuman(id=f"h{number}", step=fields.pop("step", "ask"), action=action, by="ann", **fields))


def refusal(events: list[Event]) -> dict[str, Any]:
    (event,) = events
    assert event.type == "RequestRefused"
    return event.details


def of_type(play: Play, name: str) -> list[dict[str, Any]]:
    return [event.details for event in play.events if event.type == name]


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


def row_of(play: Play) -> dict[str, Any]:
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    (row,) = [row for row in status["steps"] if row["step_id"] == "ask"]
    return dict(row)
