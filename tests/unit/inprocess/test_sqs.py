"""The queues in memory behave as AWS documents SQS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.memory import VirtualClock
from weftctl.inprocess.sqs import Queue, Sqs


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))


def after(clock: VirtualClock, seconds: float) -> None:
    clock.advance_to(clock.now() + timedelta(seconds=seconds))


def bodies(queue: Queue, limit: int = 10) -> list[str]:
    return [message.body for message in queue.receive(limit)]


def test_message_comes_when_its_delay_is_over(clock: VirtualClock) -> None:
    queue = Queue("wakeups", clock)
    queue.send("later", delay_seconds=10)

    before = bodies(queue)
    after(clock, 10)

    assert (before, bodies(queue)) == ([], ["later"])


def test_message_comes_again_when_nobody_deleted_it_in_time(clock: VirtualClock) -> None:
    queue = Queue("tasks", clock, visibility_seconds=30)
    queue.send("work")
    queue.receive(1)

    hidden = bodies(queue)
    after(clock, 30)
    (again,) = queue.receive(1)
    queue.delete(again.message_id)
    after(clock, 30)

    assert hidden == []
    assert again.receives == 2
    assert bodies(queue) == []


def test_message_moves_to_the_dead_letters_after_its_last_delivery(clock: VirtualClock) -> None:
    dead = Queue("dead", clock)
    queue = Queue("tasks", clock, visibility_seconds=30, max_receives=2, dead=dead)
    queue.send("poison")
    for _ in range(2):
        assert bodies(queue) == ["poison"]
        after(clock, 30)

    assert bodies(queue) == []
    assert bodies(dead) == ["poison"]


def test_group_keeps_its_order_and_waits_while_one_of_it_is_in_flight(clock: VirtualClock) -> None:
    queue = Queue("commands.fifo", clock, visibility_seconds=30)
    for number in range(3):
        queue.send(f"a{number}", group="a", deduplication=f"a{number}")
    queue.send("b0", group="b", deduplication="b0")

    first = queue.receive(2)
    meanwhile = bodies(queue)
    queue.delete(first[0].message_id)
    after(clock, 30)

    assert [message.body for message in first] == ["a0", "a1"]
    assert meanwhile == ["b0"]
    assert bodies(queue)[:2] == ["a1", "a2"]


def test_same_deduplication_id_is_dropped_for_five_minutes_within_its_group(clock: VirtualClock) -> None:
    queue = Queue("commands.fifo", clock)
    for group in ("a", "a", "b"):
        queue.send(f"of {group}", group=group, deduplication="same")
    after(clock, 300)
    queue.send("of a, later", group="a", deduplication="same")

    assert sorted(bodies(queue)) == ["of a", "of a, later", "of b"]


def test_next_visible_is_the_earliest_of_all(clock: VirtualClock) -> None:
    queue = Queue("wakeups", clock)
    assert queue.next_visible_at() is None

    queue.send("late", delay_seconds=60)
    queue.send("soon", delay_seconds=5)

    assert queue.next_visible_at() == clock.now() + timedelta(seconds=5)


def test_next_visible_is_that_of_the_first_of_a_group_when_another_waits_behind_it(clock: VirtualClock) -> None:
    queue = Queue("commands.fifo", clock, visibility_seconds=30)
    queue.send("first", group="a", deduplication="1")
    queue.receive(1)
    queue.send("second", group="a", deduplication="2")

    assert queue.next_visible_at() == clock.now() + timedelta(seconds=30)


def test_requests_are_answered_as_botocore_reads_them(clock: VirtualClock) -> None:
    sqs, queue = Sqs(), Queue("tasks", clock)
    sqs.add(queue)
    entries = [{"Id": "0", "MessageBody": "one"}, {"Id": "1", "MessageBody": "two", "DelaySeconds": 9}]

    sent = sqs.answer("SendMessageBatch", {"QueueUrl": queue.url, "Entries": entries})
    received = sqs.answer("ReceiveMessage", {"QueueUrl": queue.url, "MaxNumberOfMessages": 10})["Messages"]
    sqs.answer("DeleteMessage", {"QueueUrl": queue.url, "ReceiptHandle": received[0]["ReceiptHandle"]})

    assert [entry["Id"] for entry in sent["Successful"]] == ["0", "1"]
    assert [(each["Body"], each["Attributes"]) for each in received] == [("one", {"ApproximateReceiveCount": "1"})]
    assert [message.body for message in queue.messages()] == ["two"]


def test_unknown_queue_is_refused(clock: VirtualClock) -> None:
    with pytest.raises(KeyError):
        Sqs().answer("SendMessage", {"QueueUrl": "elsewhere", "MessageBody": "x"})
