"""What the adapters in memory offer beside their ports: a clock, receiving ends, and speed. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.adapters.memory import (
    MemoryCommandQueue,
    MemoryDeadLetterQueue,
    MemoryTaskQueue,
    MemoryTimerStore,
    MemoryWakeUpQueue,
    VirtualClock,
)
from chalicelib.adapters.memory.queues import ALWAYS
from chalicelib.domain.execution.commands import Advance
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import CommandMessage, WakeUpMessage
from tests.contract.samples import task

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def command(execution_id: str = "a", cause: int = 1) -> CommandMessage:
    return CommandMessage(execution_id=execution_id, command=Advance(cause=cause))


def test_a_virtual_clock_stands_still_until_it_is_moved() -> None:
    clock = VirtualClock(NOW)

    assert (clock.now(), clock.now()) == (NOW, NOW)
    clock.advance_to(NOW + SECOND)
    assert clock.now() == NOW + SECOND


def test_a_virtual_clock_never_goes_back_when_something_is_overdue() -> None:
    clock = VirtualClock(NOW)

    clock.advance_to(NOW - SECOND)

    assert clock.now() == NOW


def test_a_virtual_clock_is_utc_in_whole_milliseconds_and_never_early() -> None:
    clock = VirtualClock(NOW.astimezone(timezone(timedelta(hours=2))))
    assert (clock.now(), clock.now().tzinfo) == (NOW, UTC)

    clock.advance_to(NOW + timedelta(microseconds=1))

    assert clock.now() == NOW + timedelta(milliseconds=1)


# --- deduplication --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("later", "accepted"), [(timedelta(minutes=5) - SECOND, 0), (timedelta(minutes=5), 1)])
def test_a_repeat_is_accepted_again_when_five_minutes_have_passed(later: timedelta, accepted: int) -> None:
    # given
    queue = MemoryCommandQueue()
    queue.send(command(), deduplication_id="same")
    (delivery,) = queue.receive(10, now=NOW)
    queue.acknowledge(delivery.delivery_id)

    # when
    queue.receive(10, now=NOW + later)
    queue.send(command(), deduplication_id="same")

    # then
    assert len(queue) == accepted


def test_a_repeat_is_dropped_for_five_minutes_from_the_first_when_time_went_on_in_between() -> None:
    queue = MemoryCommandQueue()
    for minutes in (0, 2, 4, 6):
        queue.receive(0, now=NOW + timedelta(minutes=minutes))
        queue.send(command("a", minutes), deduplication_id="same")
        queue.send(command("b", minutes), deduplication_id=f"other {minutes}")

    sent = [delivery.message for delivery in queue.receive(10, now=NOW)]
    assert [message for message in sent if message.execution_id == "a"] == [command("a", 0), command("a", 6)]
    assert len(sent) == 6


# --- receiving ends -------------------------------------------------------------------------------------------------


def test_the_next_instant_is_known_when_messages_are_delayed() -> None:
    queue = MemoryWakeUpQueue()
    assert queue.next_visible_at() is None

    for seconds in (20, 10, 30):
        queue.send(WakeUpMessage(execution_id=f"in {seconds}", at=NOW + seconds * SECOND), now=NOW)

    assert queue.next_visible_at() == NOW + 10 * SECOND
    received = queue.receive(10, now=NOW + 20 * SECOND)
    assert [getattr(delivery.message, "execution_id", None) for delivery in received] == ["in 10", "in 20"]
    assert queue.next_visible_at() == NOW + 30 * SECOND


def test_a_message_is_hidden_until_the_given_instant_when_it_is_released_for_later() -> None:
    queue = MemoryTaskQueue()
    queue.send([task()])
    assert queue.next_visible_at() == ALWAYS
    (delivery,) = queue.receive(10, now=NOW)
    assert queue.next_visible_at() is None

    queue.release(delivery.delivery_id, visible_at=NOW + SECOND)

    assert queue.receive(10, now=NOW) == []
    assert queue.next_visible_at() == NOW + SECOND
    assert queue.receive(10, now=NOW + SECOND)[0].receive_count == 2


def test_urgent_tasks_come_first_when_all_queues_are_received_from() -> None:
    queue = MemoryTaskQueue()
    queue.send([task("1#1", priority="lowest"), task("2#1", priority="highest"), task("3#1", priority="medium")])

    received = [delivery.message.run_id for delivery in queue.receive(2, now=NOW)]

    assert received == ["2#1", "3#1"]
    assert len(queue) == 3


def test_a_command_can_be_received_now_or_not_at_all() -> None:
    queue = MemoryCommandQueue()
    assert queue.next_visible_at() is None
    queue.send(command(), deduplication_id="1")
    assert queue.next_visible_at() == ALWAYS

    (delivery,) = queue.receive(1, now=NOW)

    assert (queue.next_visible_at(), len(queue)) == (None, 1)
    queue.acknowledge(delivery.delivery_id)
    assert len(queue) == 0


def test_executions_take_turns_when_one_always_has_more() -> None:
    queue = MemoryCommandQueue()
    for cause in range(3):
        queue.send(command("busy", cause), deduplication_id=str(cause))
    queue.send(command("patient"), deduplication_id="1")

    served = []
    while deliveries := queue.receive(1, now=NOW):
        served.append(deliveries[0].message.execution_id)
        queue.acknowledge(deliveries[0].delivery_id)

    assert served == ["busy", "patient", "busy", "busy"]


def test_a_late_answer_means_nothing_when_the_message_was_delivered_again() -> None:
    # given
    commands, wake_ups = MemoryCommandQueue(), MemoryWakeUpQueue()
    commands.send(command(), deduplication_id="1")
    wake_ups.send(WakeUpMessage(execution_id="a", at=NOW), now=NOW)
    for queue in (commands, wake_ups):
        (first,) = queue.receive(1, now=NOW)
        queue.release(first.delivery_id)
        (second,) = queue.receive(1, now=NOW)

        # when the first receiver wakes up
        queue.acknowledge(first.delivery_id)
        queue.release(first.delivery_id)

        # then
        assert (len(queue), queue.receive(1, now=NOW)) == (1, [])
        queue.acknowledge(second.delivery_id)
        assert len(queue) == 0


def test_one_dead_letter_queue_serves_several_queues_and_shows_again_what_is_released() -> None:
    # given
    dead = MemoryDeadLetterQueue[Task | WakeUpMessage]()
    tasks, wake_ups = MemoryTaskQueue(dead, max_receives=1), MemoryWakeUpQueue(dead, max_receives=1)
    tasks.send([task()])
    wake_ups.send(WakeUpMessage(execution_id="a", at=NOW), now=NOW)
    tasks.release(tasks.receive(1, now=NOW)[0].delivery_id)
    wake_ups.release(wake_ups.receive(1, now=NOW)[0].delivery_id)

    # when
    first, second = dead.receive(10)
    dead.delete(first)
    dead.release(second.delivery_id)
    dead.release(second.delivery_id)

    # then
    (again,) = dead.receive(10)
    assert (again.message, again.receive_count, len(dead)) == (WakeUpMessage(execution_id="a", at=NOW), 2, 1)


def test_the_earliest_timer_is_known_so_that_a_clock_can_go_there() -> None:
    timers = MemoryTimerStore()
    assert timers.next_due_at() is None

    timers.set("b", NOW + 2 * SECOND)
    timers.set("a", NOW + SECOND)

    assert timers.next_due_at() == NOW + SECOND


# --- speed ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executions", [1, 20_000], ids=["one execution", "as many executions"])
def test_no_message_waits_for_the_others_when_there_are_many(executions: int) -> None:
    # Were sending or receiving to look at all messages, these would take minutes instead of a second.
    messages = 20_000
    queue, wake_ups = MemoryCommandQueue(), MemoryWakeUpQueue()
    for n in range(messages):
        queue.send(command(f"execution-{n % executions}", n), deduplication_id=str(n))
        wake_ups.send(WakeUpMessage(execution_id="a", at=NOW - n * SECOND), now=NOW)

    received = 0
    while deliveries := queue.receive(1, now=NOW):
        queue.acknowledge(deliveries[0].delivery_id)
        received += 1
    while due := wake_ups.receive(1, now=NOW):
        wake_ups.acknowledge(due[0].delivery_id)
        received += 1

    assert received == 2 * messages
