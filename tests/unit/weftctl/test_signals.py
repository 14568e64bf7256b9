"""Signals files: read completely, refused completely. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from weftctl.failures import UsageFailure
from weftctl.simulation.signals import parse_signals

EVERY_KIND: list[dict[str, Any]] = [
    {"at": 1, "signal": {"name": "go", "payload": {"a": 1}}},
    {"at": 2, "event": {"type": "order.paid", "data": 3, "correlation": "o1"}},
    {
        "at": 3,
        "human": {
            "step_id": "approve",
            "action": "modify_data",
            "data": {},
            "reason": "r",
            "comments": "c",
            "user": "ann",
            "groups": ["leads"],
        },
    },
    {"at": 4, "control": {"action": "pause", "reason": "lunch"}},
    {"at": 5, "control": {"action": "rerun", "step_id": "charge", "input": {"amount": 1}}},
    {"at": 6, "control": {"action": "set", "variables": {"limit": 5}}},
]


def faults_of(document: Any) -> tuple[str, ...]:
    with pytest.raises(UsageFailure, match=r"^s\.json is no valid signals file") as caught:
        parse_signals(document, file="s.json")
    return caught.value.details


def test_every_kind_is_read_when_it_is_valid() -> None:
    entries = parse_signals(EVERY_KIND, file="s.json")
    assert [entry.kind for entry in entries] == ["signal", "event", "human", "control", "control", "control"]
    assert [entry.fields for entry in entries] == [item[item_kind(item)] for item in EVERY_KIND]
    assert [entry.what for entry in entries] == [
        "signal go",
        "event order.paid",
        "human modify_data on approve",
        "control pause",
        "control rerun on charge",
        "control set",
    ]


def item_kind(item: dict[str, Any]) -> str:
    return next(name for name in item if name != "at")


def test_entries_are_ordered_by_time_when_the_file_is_not() -> None:
    names = [("PT1M", "third"), (5, "first"), ({"secs": 5, "nanos": 0}, "second")]
    entries = parse_signals([{"at": at, "signal": {"name": name}} for at, name in names], file="s.json")
    assert [(entry.at, entry.at_seconds, entry.fields["name"]) for entry in entries] == [
        (5, 5.0, "first"),
        ({"secs": 5, "nanos": 0}, 5.0, "second"),
        ("PT1M", 60.0, "third"),
    ]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("x", "/0: an object was expected, not 'x'"),
        ({"signal": {"name": "a"}}, "/0: the field 'at' is missing"),
        ({"at": "later", "signal": {"name": "a"}}, "/0/at: 'later' is no duration"),
        ({"at": 1}, "/0: exactly one of signal, event, human, control is needed, none given"),
        ({"at": 1, "signal": {"name": "a"}, "event": {"type": "b"}}, "signal and event given"),
        ({"at": 1, "sgnal": {"name": "a"}}, "/0/sgnal: there is no field 'sgnal' here (Did you mean 'signal'?)"),
        ({"at": 1, "signal": {}}, "/0/signal: the field 'name' is missing"),
        ({"at": 1, "signal": []}, "/0/signal: an object was expected"),
        ({"at": 1, "signal": {"name": 3}}, "/0/signal/name: a text was expected, not 3"),
        ({"at": 1, "event": {"data": 1}}, "/0/event: the field 'type' is missing"),
        ({"at": 1, "human": {"action": "approve"}}, "/0/human: the field 'step_id' is missing"),
        ({"at": 1, "human": {"step_id": "a", "action": "b", "groups": "c"}}, "/0/human/groups: a list of names"),
        ({"at": 1, "human": {"step_id": "a", "action": "b", "groups": [1]}}, "/0/human/groups: a list of names"),
        ({"at": 1, "control": {"action": "stop"}}, "/0/control/action: 'stop' is none of pause"),
        ({"at": 1, "control": {"action": ["pause"]}}, "/0/control/action: a text was expected"),
        ({"at": 1, "control": {"action": "skip"}}, "/0/control: skip needs a step_id"),
        ({"at": 1, "control": {"action": "set"}}, "/0/control: set needs variables"),
        ({"at": 1, "control": {"action": "set", "variables": 1}}, "/0/control: set needs variables"),
    ],
)
def test_a_fault_is_named_with_its_place_when_an_entry_is_wrong(entry: Any, fault: str) -> None:
    assert any(fault in found for found in faults_of([entry]))


def test_every_fault_is_reported_at_once_when_there_are_several() -> None:
    assert len(faults_of([{"at": -1}, {"at": 1, "signal": {}}])) == 3


@pytest.mark.parametrize("document", [{}, None, "x"])
def test_the_file_is_refused_when_it_is_no_list(document: Any) -> None:
    assert faults_of(document) == ("/: a list of entries was expected",)
