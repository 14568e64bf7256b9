"""What every ``EventBus`` promises. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.ports.event_bus import OutgoingEvent
from tests.contract.backends import Backend
from tests.contract.samples import incompressible

pytestmark = pytest.mark.contract

AT = datetime(2026, 3, 30, 12, 0, 7, tzinfo=UTC)


def event(n: int, **detail: object) -> OutgoingEvent:
    return OutgoingEvent(type="WorkflowCompleted", time=AT, detail={"n": n, **detail})


def test_every_event_is_heard_when_there_are_more_than_a_request_takes(backend: Backend) -> None:
    bus = backend.bus()

    bus.send([event(n, text="ünïcödé 漢字 🚀") for n in range(23)])
    bus.send([])

    heard = backend.heard(23)
    assert sorted(each.detail["n"] for each in heard) == list(range(23))
    assert {(each.type, each.detail["text"]) for each in heard} == {("WorkflowCompleted", "ünïcödé 漢字 🚀")}


def test_the_largest_values_are_left_out_when_an_event_is_too_large(backend: Backend) -> None:
    bus = backend.bus()

    bus.send([event(n, output=incompressible(300_000), input=incompressible(50_000)) for n in range(3)])

    heard = backend.heard(3)
    assert [sorted(each.detail) for each in heard] == [["input", "left_out", "n"]] * 3
    assert [each.detail["left_out"] for each in heard] == [["output"]] * 3


def test_an_event_is_as_it_was_when_its_detail_is_changed_after_sending(backend: Backend) -> None:
    bus, sent = backend.bus(), event(1)

    bus.send([sent])
    sent.detail["n"] = 2

    assert [each.detail for each in backend.heard(1)] == [{"n": 1}]
