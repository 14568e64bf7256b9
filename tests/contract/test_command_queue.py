"""What every ``CommandQueue`` promises, and its dead letters. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.execution.commands import Advance, Command, CompleteTask, FailExecution, FailTask, WakeUp
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.ports.queues import CommandMessage, OutgoingCommand
from tests.contract.backends import Backend
from tests.contract.consumers import Consumer
from tests.contract.samples import AT, ODD_VALUES, incompressible, shape

pytestmark = pytest.mark.contract

ODD_ERROR = ErrorInfo(code="Broken", message="\uffff", details=ODD_VALUES, stack_trace="", retryable=False)
COMMANDS: list[Command] = [
    Advance(cause=2**40),
    CompleteTask(run_id="charge#1", attempt=1, output=ODD_VALUES, started_at=AT, node="\x00 <&> 🚀"),
    CompleteTask(run_id="charge#1", attempt=2, output=None, started_at=AT),
    FailTask(run_id="żółć#1", attempt=1, error=ODD_ERROR, started_at=AT + timedelta(microseconds=1), lost=True),
    WakeUp(at=AT),
    FailExecution(cause="task:charge#1:1", error=ErrorInfo(code="EngineError", message="")),
]


@pytest.fixture
def fifo(racing_backend: Backend) -> Backend:
    """A backend that knows message groups."""
    return racing_backend


def send(backend: Backend, execution_id: str, cause: int, *, deduplication_id: str | None = None) -> None:
    message = CommandMessage(execution_id=execution_id, command=Advance(cause=cause))
    backend.commands().send(message, deduplication_id=deduplication_id or f"advance:{cause}")


def causes(consumer: Consumer[CommandMessage], limit: int = 10) -> dict[str, list[object]]:
    """What one receive gives, by execution."""
    found: dict[str, list[object]] = {}
    for delivery in consumer.receive(limit):
        assert isinstance(delivery.message.command, Advance)
        found.setdefault(delivery.message.execution_id, []).append(delivery.message.command.cause)
    return found


def drain(consumer: Consumer[CommandMessage]) -> list[CommandMessage]:
    """Every message, one receive after the other."""
    found = []
    while deliveries := consumer.receive():
        for delivery in deliveries:
            found.append(delivery.message)
            consumer.acknowledge(delivery)
    return found


def test_commands_of_every_type_are_unchanged_when_they_are_received(fifo: Backend) -> None:
    sent = [
        CommandMessage(execution_id=f"execution-{n}", command=command, trace_id=None if n % 2 else "trace 🚀")
        for n, command in enumerate(COMMANDS)
    ]

    for message in sent:
        fifo.commands().send(message, deduplication_id=message.command.command_id)

    received = sorted(drain(fifo.command_consumer()), key=lambda message: message.execution_id)
    assert shape(received) == shape(sent)


@pytest.mark.parametrize("megabytes", [1, 5])
def test_a_command_is_unchanged_when_it_is_larger_than_a_message(fifo: Backend, megabytes: int) -> None:
    output = incompressible(megabytes * 1_000_000)
    sent = CommandMessage(
        execution_id="a", command=CompleteTask(run_id="charge#1", attempt=1, output=output, started_at=AT)
    )

    fifo.commands().send(sent, deduplication_id="1")

    assert drain(fifo.command_consumer()) == [sent]


def test_nothing_is_received_when_nothing_was_sent(fifo: Backend) -> None:
    assert fifo.command_consumer().receive() == []


def test_commands_of_an_execution_come_in_order_when_there_are_many(fifo: Backend) -> None:
    for cause in range(25):
        send(fifo, "a", cause)

    received = [message.command for message in drain(fifo.command_consumer())]

    assert received == [Advance(cause=cause) for cause in range(25)]


def test_an_execution_gives_nothing_else_when_one_of_its_messages_is_out(fifo: Backend) -> None:
    # given
    consumer = fifo.command_consumer()
    send(fifo, "a", 1)
    send(fifo, "a", 2)
    (first,) = consumer.receive(1)

    # when, then
    send(fifo, "a", 3)
    assert consumer.receive() == []
    consumer.acknowledge(first)
    assert causes(consumer) == {"a": [2, 3]}


def test_executions_do_not_wait_for_each_other_when_one_has_a_message_out(fifo: Backend) -> None:
    consumer = fifo.command_consumer()
    send(fifo, "a", 1)
    (held,) = consumer.receive(1)

    for execution_id in ("a", "b", "c", "b"):
        send(fifo, execution_id, 2 if execution_id != "b" else 3, deduplication_id=None)

    assert causes(consumer) == {"b": [3], "c": [2]}
    consumer.acknowledge(held)
    assert causes(consumer) == {"a": [2]}


def test_the_remainder_comes_again_in_order_when_only_the_first_is_acknowledged(fifo: Backend) -> None:
    # given a batch that stops at its second message, as one group of it does at a failure
    consumer = fifo.command_consumer()
    for cause in (1, 2, 3):
        send(fifo, "a", cause)
    first, second, third = consumer.receive()

    # when
    consumer.acknowledge(first)
    consumer.release(second)
    consumer.release(third)

    # then
    again = consumer.receive()
    assert [delivery.message.command for delivery in again] == [Advance(cause=2), Advance(cause=3)]
    assert [delivery.receive_count for delivery in again] == [2, 2]


def test_what_was_sent_meanwhile_comes_after_when_a_message_is_released(fifo: Backend) -> None:
    consumer = fifo.command_consumer()
    send(fifo, "a", 1)
    (failed,) = consumer.receive()
    send(fifo, "a", 2)

    consumer.release(failed)

    assert causes(consumer) == {"a": [1, 2]}


def test_a_repeat_is_dropped_when_it_has_the_same_deduplication_id(fifo: Backend) -> None:
    send(fifo, "a", 1, deduplication_id="same")
    send(fifo, "a", 2, deduplication_id="same")

    assert [message.command for message in drain(fifo.command_consumer())] == [Advance(cause=1)]


def test_a_repeat_is_dropped_when_the_first_is_done_already(fifo: Backend) -> None:
    send(fifo, "a", 1, deduplication_id="same")
    assert len(drain(fifo.command_consumer())) == 1

    send(fifo, "a", 1, deduplication_id="same")

    assert drain(fifo.command_consumer()) == []


def test_nothing_is_dropped_when_other_executions_have_the_same_deduplication_id(fifo: Backend) -> None:
    for execution_id in ("a", "b"):
        send(fifo, execution_id, 1, deduplication_id="same")

    assert len(drain(fifo.command_consumer())) == 2


@pytest.mark.parametrize("form", ["{}" * 500, "żółć {}", "a b\t{}", "{}"], ids=["long", "unicode", "blank", "short"])
def test_deduplication_works_when_the_id_is_of_any_form(fifo: Backend, form: str) -> None:
    one, other = form.replace("{}", "1"), form.replace("{}", "2")
    for cause, deduplication_id in enumerate([one, other, one]):
        send(fifo, "a", cause, deduplication_id=deduplication_id)

    assert [message.command for message in drain(fifo.command_consumer())] == [Advance(cause=0), Advance(cause=1)]


def test_an_execution_id_may_be_as_long_as_the_rules_allow(fifo: Backend) -> None:
    longest = ("aZ09._:-" * 16)[:128]
    send(fifo, longest, 1)

    assert causes(fifo.command_consumer()) == {longest: [1]}


def test_a_command_ends_in_the_dead_letters_when_it_failed_three_times(fifo: Backend) -> None:
    # given
    consumer, dead_letters = fifo.command_consumer(), fifo.dead_commands()
    send(fifo, "a", 1)
    send(fifo, "b", 1)
    assert dead_letters.receive(10) == []

    # when
    counts = []
    for _ in range(3):
        for delivery in consumer.receive():
            if delivery.message.execution_id == "a":
                counts.append(delivery.receive_count)
                consumer.release(delivery)
            else:
                consumer.acknowledge(delivery)
    assert consumer.receive() == []

    # then
    (dead,) = dead_letters.receive(10)
    assert counts == [1, 2, 3]
    assert dead.message == CommandMessage(execution_id="a", command=Advance(cause=1))


def test_the_next_command_comes_when_the_one_before_it_is_dead(fifo: Backend) -> None:
    consumer = fifo.command_consumer()
    send(fifo, "a", 1)
    for _ in range(3):
        (delivery,) = consumer.receive()
        consumer.release(delivery)
    assert consumer.receive() == []

    send(fifo, "a", 2)

    assert causes(consumer) == {"a": [2]}


def test_a_dead_letter_is_hidden_once_received_and_gone_once_deleted(fifo: Backend) -> None:
    # given
    consumer, dead_letters = fifo.command_consumer(), fifo.dead_commands()
    for execution_id in ("a", "b", "c"):
        send(fifo, execution_id, 1)
    for _ in range(3):
        for delivery in consumer.receive():
            consumer.release(delivery)
    assert consumer.receive() == []

    # when
    first = dead_letters.receive(2)
    second = dead_letters.receive(2)

    # then
    received = [delivery.message.execution_id for delivery in first + second]
    assert (len(first), sorted(received)) == (2, ["a", "b", "c"])
    for delivery in first + second:
        dead_letters.delete(delivery)
    assert fifo.dead_commands().receive(10) == []


def test_commands_of_many_executions_arrive_once_and_in_order_when_they_are_sent_together(fifo: Backend) -> None:
    commands = [
        OutgoingCommand(
            message=CommandMessage(execution_id=f"x{n % 3}", command=Advance(cause=n)), deduplication_id=f"advance:{n}"
        )
        for n in range(23)
    ]

    fifo.commands().send_all([*commands, commands[4]])

    received = [(each.execution_id, each.command.cause) for each in drain(fifo.command_consumer())]  # type: ignore[union-attr]
    for name in ("x0", "x1", "x2"):
        assert [cause for execution_id, cause in received if execution_id == name] == list(range(int(name[1]), 23, 3))
