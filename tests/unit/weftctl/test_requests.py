"""What an entry of a signals file asks of the engine. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution import commands
from weftctl.simulation.requests import to_request
from weftctl.simulation.signals import CONTROLS, parse_signals

ASKED = {"id": "r1", "by": "ann"}
ON_PAY: dict[str, Any] = {**ASKED, "step": "pay"}
TABLE: list[tuple[str, dict[str, Any], commands.AnyRequest]] = [
    ("signal", {"name": "go"}, commands.Signal(**ASKED, name="go", payload=None)),
    ("signal", {"name": "go", "payload": [1]}, commands.Signal(**ASKED, name="go", payload=[1])),
    ("human", {"step_id": "pay", "action": "approve"}, commands.SubmitHuman(**ON_PAY, action="approve")),
    (
        "human",
        {"step_id": "pay", "action": "ask", "data": {"a": 1}, "reason": "x", "comments": "y", "groups": ["leads"]},
        commands.SubmitHuman(**ON_PAY, action="ask", data={"a": 1}, reason="x", comments="y", groups=("leads",)),
    ),
    (
        "human",
        {"step_id": "pay", "action": "reject", "user": "bob", "groups": []},
        commands.SubmitHuman(id="r1", by="bob", step="pay", action="reject", groups=()),
    ),
    ("control", {"action": "pause", "reason": "lunch"}, commands.Pause(**ASKED, reason="lunch")),
    ("control", {"action": "resume"}, commands.Resume(**ASKED)),
    ("control", {"action": "cancel"}, commands.Cancel(**ASKED)),
    ("control", {"action": "skip", "step_id": "pay"}, commands.Skip(**ON_PAY)),
    ("control", {"action": "retry", "step_id": "pay"}, commands.Retry(**ON_PAY)),
    ("control", {"action": "rerun", "step_id": "pay"}, commands.Rerun(**ON_PAY)),
    ("control", {"action": "rerun", "step_id": "pay", "input": None}, commands.Rerun(**ON_PAY, input=None)),
    ("control", {"action": "set", "variables": {"a": 1}}, commands.SetVariables(**ASKED, variables={"a": 1})),
    ("control", {"action": "confirm", "step_id": "pay"}, commands.Confirm(**ON_PAY)),
]


@pytest.mark.parametrize(("kind", "fields", "request_"), TABLE)
def test_an_entry_becomes_its_request(kind: str, fields: dict[str, Any], request_: commands.AnyRequest) -> None:
    (entry,) = parse_signals([{"at": 1, kind: fields}], file="s.json")
    assert to_request(entry, id="r1", by="ann") == request_


def test_every_action_is_covered() -> None:
    assert {fields["action"] for kind, fields, _ in TABLE if kind == "control"} == set(CONTROLS)


@pytest.mark.parametrize(("groups", "asked"), [({}, ("leads",)), ({"groups": ["staff"]}, ("staff",))])
def test_answer_is_given_by_the_groups_of_the_run_when_its_entry_names_none(
    groups: dict[str, Any], asked: tuple[str, ...]
) -> None:
    human = {"step_id": "pay", "action": "approve", **groups}
    (entry,) = parse_signals([{"at": 1, "human": human}], file="s.json")

    request = to_request(entry, id="r1", by="ann", groups=["leads"])

    assert request == commands.SubmitHuman(**ON_PAY, action="approve", groups=asked)


def test_there_is_no_request_when_an_entry_is_an_event() -> None:
    (parsed,) = parse_signals([{"at": 1, "event": {"type": "paid"}}], file="s.json")
    assert to_request(parsed, id="r1", by=None) is None
