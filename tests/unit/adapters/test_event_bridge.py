"""EventBridge when it throttles, refuses, or takes a part. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.aws import Aws, AwsRefused
from chalicelib.adapters.event_bridge import EventBridgeBus
from chalicelib.domain.errors import Unavailable
from chalicelib.ports.event_bus import OutgoingEvent
from chalicelib.settings import Settings
from tests.unit.adapters.faults import scripted

AT = datetime(2026, 3, 30, 12, tzinfo=UTC)
DONE = {"EventId": "1"}


def events(count: int, size: int = 1) -> list[OutgoingEvent]:
    return [OutgoingEvent(type="WorkflowCompleted", time=AT, detail={"n": "x" * size}) for _ in range(count)]


def failed(code: str) -> dict[str, Any]:
    return {"ErrorCode": code, "ErrorMessage": "no"}


def answer(*entries: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "put_events", {
        "FailedEntryCount": sum("ErrorCode" in each for each in entries),
        "Entries": list(entries),
    }


@pytest.fixture
def aws() -> Aws:
    return Aws(Settings())


@pytest.fixture
def bus(aws: Aws) -> EventBridgeBus:
    return EventBridgeBus(aws, Settings(event_bus="weft"))


def test_the_part_that_failed_is_sent_again_when_the_rest_was_taken(aws: Aws, bus: EventBridgeBus) -> None:
    with scripted(aws, "events", answer(DONE, failed("ThrottlingException")), answer(DONE)):
        bus.send(events(2))


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ThrottlingException", Unavailable), ("InternalFailure", Unavailable), ("AccessDeniedException", AwsRefused)],
)
def test_the_error_says_whether_to_try_again_when_an_event_is_refused_for_good(
    aws: Aws, bus: EventBridgeBus, code: str, expected: type[Exception]
) -> None:
    refusal = answer(failed(code))

    with scripted(aws, "events", refusal, refusal, refusal), pytest.raises(expected, match=code):
        bus.send(events(1))


def test_the_bus_is_unavailable_when_it_throttles(aws: Aws, bus: EventBridgeBus) -> None:
    with scripted(aws, "events", ("put_events", "ThrottlingException")), pytest.raises(Unavailable):
        bus.send(events(1))


@pytest.mark.parametrize(("count", "size", "requests"), [(25, 1, [10, 10, 5]), (3, 120_000, [2, 1])])
def test_requests_are_as_few_as_their_limits_allow(
    aws: Aws, bus: EventBridgeBus, count: int, size: int, requests: list[int]
) -> None:
    with scripted(aws, "events", *(answer(*[DONE] * each) for each in requests)):
        bus.send(events(count, size))


def test_nothing_is_sent_when_no_bus_is_named(aws: Aws) -> None:
    with scripted(aws, "events"):  # any request would be one too many
        EventBridgeBus(aws, Settings()).send(events(1))
