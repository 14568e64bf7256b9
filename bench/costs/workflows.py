"""The workflows whose cost is counted: as small as they can be, so that what is counted is the engine."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from chalicelib.activities.registry import ActivityRegistry

ACTIVITY = "bench.Work"
OUTPUT = {"charged": True, "reference": "4711-0815", "amount": 129.9, "currency": "EUR"}
"""What every activity gives: some 80 bytes, which its step keeps."""

Document = dict[str, Any]


def registry() -> ActivityRegistry:
    """One activity, which does nothing."""
    found = ActivityRegistry()
    found.activity(ACTIVITY)(lambda _: OUTPUT)
    return found


def chain(steps: int, *, inline: bool = False) -> Document:
    """``steps`` activities one after the other."""
    step_type = {"type": "activity", "activity_type": ACTIVITY, "input_mapping": {"order": "$.input.order"}}
    document = _document("chain-inline" if inline else "chain", [(f"s{n:05}", step_type) for n in range(steps)])
    return {**document, "execution_mode": "inline"} if inline else document


def decisions(steps: int) -> Document:
    """``steps`` decisions one after the other; each goes on to the next."""
    names = [f"s{n:05}" for n in range(steps)]
    targets = [*names[1:], "end"]
    body = [
        (
            name,
            {
                "type": "decision",
                "conditions": [{"condition": "$.input.amount > 100", "transition_to": to}],
                "default": to,
            },
        )
        for name, to in zip(names, targets, strict=True)
    ]
    document = _document("decisions", body)
    return {**document, "transitions": [{"from": "start", "to": names[0]}]}


def mapped() -> Document:
    """One activity for each item of ``$.input.items``, all at once."""
    document = _document("mapped", [("each", _map_step())])
    work = {"type": "activity", "activity_type": ACTIVITY, "input_mapping": {"item": "$.item"}}
    return {**document, "steps": [*document["steps"], {"id": "work", "name": "Work", "step_type": work}]}


def _map_step() -> Document:
    return {"type": "map", "items": "$.input.items", "entry_step_id": "work", "exit_step_id": "work"}


def approval() -> Document:
    """One person's answer."""
    document = _document("approval", [("approve", {"type": "human", "intervention_point_id": "approval"})])
    point = {
        "id": "approval",
        "step_id": "approve",
        "name": "Approve it",
        "user_groups": ["buyers"],
        "allowed_actions": [{"type": "approve"}, {"type": "reject"}],
    }
    return {**document, "human_intervention_points": [point]}


def day() -> Document:
    """A timer of a day."""
    return _document("day", [("sleep", {"type": "timer", "timer_config": {"type": "delay", "seconds": 86_400}})])


def _document(workflow_id: str, body: list[tuple[str, Document]]) -> Document:
    names = ["start", *(name for name, _ in body), "end"]
    steps = [("start", {"type": "start"}), *body, ("end", {"type": "end"})]
    return {
        "id": workflow_id,
        "name": workflow_id,
        "version": "1.0.0",
        "steps": [{"id": name, "name": name, "step_type": kind} for name, kind in steps],
        "transitions": [{"from": one, "to": other} for one, other in pairwise(names)],
    }
