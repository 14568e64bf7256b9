"""Random human steps, and random answers to them.

Layer: tests.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chalicelib.domain.execution.commands import SubmitHuman
from chalicelib.domain.execution.program import Program

FORM = [
    {"name": "n", "field_type": {"type": "integer"}, "required": True, "validation": "$ > 0"},
    {"name": "note", "field_type": {"type": "string"}, "default_value": "none"},
]
ACTIONS: list[dict[str, Any]] = [
    {"type": "approve"},
    {"type": "reject"},
    {"type": "modify_data", "field_definitions": FORM},
    {"type": "custom", "id": "ask"},
]
CHANNELS = [{"type": "in_app", "user_groups": ["leads"]}]


@st.composite
def human_steps(draw: st.DrawFn, step_id: str, later: list[str]) -> dict[str, Any]:
    """A step that asks; its intervention point has its id."""
    of: dict[str, Any] = draw(st.sampled_from([{}, {"timeout": 4}, {"timeout": 4, "timeout_step_id": later[-1]}]))
    mapping: dict[str, Any] = draw(st.sampled_from([{}, {"output_mapping": {"data.n": "$.context.n"}}]))
    more: dict[str, Any] = draw(st.sampled_from([{}, {"skippable": True}, {"postconditions": ["$.result.approved"]}]))
    return {"id": step_id, "step_type": {"type": "human", "intervention_point_id": step_id, **of, **mapping}, **more}


@st.composite
def points(draw: st.DrawFn, step_id: str, later: list[str]) -> dict[str, Any]:
    """The intervention point of a step."""
    point: dict[str, Any] = {"id": step_id, "step_id": step_id, "name": "Ask"}
    point["allowed_actions"] = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, unique_by=lambda each: each["type"]))
    point["user_groups"] = draw(st.sampled_from([[], ["leads"]]))
    if draw(st.booleans()):
        point["notification"] = {"channels": CHANNELS, "reminder_interval": 2 / 3_600, "max_reminders": 3}
    if draw(st.booleans()):
        strategies: list[dict[str, Any]] = [
            {"type": "auto_approve"},
            {"type": "auto_reject", "reason": "late"},
            {"type": "escalate", "user_groups": ["directors"]},
            {"type": "custom", "step_id": later[0]},
        ]
        kinds: list[dict[str, Any]] = [
            {"type": "relative", "hours": 0},
            {"type": "relative", "hours": 5 / 3_600},
            {"type": "absolute", "datetime": "2026-01-01T00:00:07Z"},
            {"type": "absolute", "datetime": "$.input.text"},
            {"type": "business_days", "days": 1, "calendar_id": "CN"},
        ]
        kind, strategy = draw(st.sampled_from(kinds)), draw(st.sampled_from(strategies))
        point["deadline"] = {"deadline_type": kind, "timeout_strategy": strategy}
    return point


def answers(number: str, step: str) -> list[SubmitHuman]:
    """Answers to a task of ``step``, sensible or not."""
    given: list[dict[str, Any]] = [
        {"action": "approve"},
        {"action": "approve", "groups": ("leads",)},
        {"action": "approve", "groups": ("staff",)},
        {"action": "reject", "reason": "no", "groups": ("directors",)},
        {"action": "modify_data", "data": {"n": 2}},
        {"action": "modify_data", "data": {"n": -1, "x": 1}},
        {"action": "ask"},
    ]
    return [SubmitHuman(id=number, by="ann", step=step, **fields) for fields in given]


def fitting_answer(number: str, run_id: str, program: Program) -> SubmitHuman:
    """An answer that the task of a run takes."""
    action = program.point_of(run_id.rpartition("#")[0]).allowed_actions[0]
    data = {"n": 1} if action.type == "modify_data" else None
    return SubmitHuman(id=number, step=run_id, action=action.id or action.type, data=data)
