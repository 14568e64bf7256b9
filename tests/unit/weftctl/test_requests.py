"""What an entry of a signals file asks of the engine. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution import commands
from weftctl.simulation.requests import to_request
from weftctl.simulation.signals import CONTROLS, parse_signals

ASKED = {"id": "r1", "by": "ann"}
ON_PAY = {**ASKED, "step": "pay"}
TABLE: list[tuple[str, dict[str, Any], commands.AnyRequest]] = [
    ("signal", {"name": "go"}, commands.Signal(**ASKED, name="go", payload=None)),
    ("signal", {"name": "go", "payload": [1]}, commands.Signal(**ASKED, name="go", payload=[1])),
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


@pytest.mark.parametrize("entry", [{"event": {"type": "paid"}}, {"human": {"step_id": "a", "action": "approve"}}])
def test_there_is_no_request_when_the_kind_does_not_run_yet(entry: dict[str, Any]) -> None:
    (parsed,) = parse_signals([{"at": 1, **entry}], file="s.json")
    assert to_request(parsed, id="r1", by=None) is None
