"""Where a wake-up waits. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.memory import MemoryBlobs, MemoryTimerStore, MemoryWakeUpQueue
from chalicelib.adapters.sqs import SqsWakeUpQueue
from chalicelib.adapters.wakeups import WakeUps
from chalicelib.ports.queues import WakeUpMessage
from chalicelib.settings import Settings
from tests.contract.backends import AwsBackend
from tests.unit.adapters.faults import hooked, scripted

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("delay", "is_near"),
    [(-QUARTER, True), (timedelta(0), True), (QUARTER, True), (QUARTER + MICROSECOND, False), (QUARTER * 900, False)],
)
def test_a_wake_up_waits_in_the_queue_when_it_is_at_most_a_quarter_of_an_hour_away(
    delay: timedelta, is_near: bool
) -> None:
    near, timers = MemoryWakeUpQueue(), MemoryTimerStore()

    WakeUps(near, timers).send(WakeUpMessage(execution_id="a", at=NOW + delay), now=NOW)

    assert (len(near), timers.next_due_at()) == ((1, None) if is_near else (0, NOW + delay))


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (timedelta(days=-1), 0),
        (timedelta(0), 0),
        (MICROSECOND, 1),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=1, milliseconds=1), 2),
        (QUARTER - MICROSECOND, 900),
        (QUARTER, 900),
    ],
)
def test_the_delay_is_rounded_up_to_whole_seconds_when_it_is_sent(
    aws: Aws, blobs: MemoryBlobs, delay: timedelta, seconds: int
) -> None:
    sent = []
    queue = SqsWakeUpQueue(aws, Settings(wakeups_queue_url="https://sqs.example/wake-ups"), blobs)

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append(params["DelaySeconds"])

    with (
        hooked(aws, "before-parameter-build.sqs.SendMessage", note),
        scripted(aws, "sqs", ("send_message", {})),
    ):
        queue.send(WakeUpMessage(execution_id="a", at=NOW + delay), now=NOW)

    assert sent == [seconds]


def test_a_wake_up_is_refused_when_it_is_out_of_the_queues_reach(aws: Aws, blobs: MemoryBlobs) -> None:
    with pytest.raises(ValueError, match="use WakeUps"):
        SqsWakeUpQueue(aws, Settings(), blobs).send(
            WakeUpMessage(execution_id="a", at=NOW + QUARTER + MICROSECOND), now=NOW
        )


def test_a_far_wake_up_is_a_timer_until_it_is_due(moto: AwsBackend) -> None:
    now = moto.now()
    at = now + QUARTER * 2

    moto.wake_ups().send(WakeUpMessage(execution_id="a", at=at), now=now)

    assert [(timer.execution_id, timer.at) for timer in moto.timers().due(until=at)] == [("a", at)]
