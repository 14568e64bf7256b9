"""What every ``TaskQueue`` promises, and its dead letters. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import Delivery
from tests.contract.backends import Backend
from tests.contract.consumers import Consumer
from tests.contract.samples import AT, ODD_VALUES, incompressible, shape, task

pytestmark = pytest.mark.contract


def drain(consumer: Consumer[Task]) -> list[Task]:
    """Every task, by the order of its step run: the queue promises none."""
    found = []
    while deliveries := consumer.receive():
        for delivery in deliveries:
            found.append(delivery.message)
            consumer.acknowledge(delivery)
    return sorted(found, key=lambda each: each.run_id)


def test_a_task_is_unchanged_when_its_values_are_unusual(backend: Backend) -> None:
    sent = [
        task("a#1", input=ODD_VALUES, deadline=AT + timedelta(microseconds=1), trace_id="🚀", attempt=7),
        task("żółć#1", input=None),
        task("~#1", input="\uffff\ufffe"),
    ]

    backend.tasks().send(sent)

    received = drain(backend.task_consumer("medium"))
    assert shape(received) == shape(sorted(sent, key=lambda each: each.run_id))


def test_each_task_is_on_the_queue_of_its_priority_when_sent_together(backend: Backend) -> None:
    sent = {priority: [task(f"{priority}#{n}", priority=priority) for n in range(3)] for priority in PRIORITIES}

    backend.tasks().send([each for n in range(3) for each in (sent[priority][n] for priority in PRIORITIES)])

    assert {priority: drain(backend.task_consumer(priority)) for priority in PRIORITIES} == sent


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_every_task_is_sent_when_there_are_more_than_a_batch_takes(backend: Backend, count: int) -> None:
    sent = [task(f"step#{n:03}") for n in range(count)]

    backend.tasks().send(sent)

    assert drain(backend.task_consumer("medium")) == sent


def test_every_task_is_sent_when_together_they_are_larger_than_a_batch(backend: Backend) -> None:
    sent = [task(f"step#{n}", input=incompressible(100_000)) for n in range(7)]

    backend.tasks().send(sent)

    assert drain(backend.task_consumer("medium")) == sent


def test_a_task_is_unchanged_when_it_is_larger_than_a_message(backend: Backend) -> None:
    sent = [task("large#1", input=incompressible(1_000_000)), task("small#1")]

    backend.tasks().send(sent)

    assert drain(backend.task_consumer("medium")) == sent


def test_a_task_is_as_it_was_sent_when_the_caller_changes_its_input_later(backend: Backend) -> None:
    original = task(input={"items": [1]})
    backend.tasks().send([original])

    original.input["items"].append(2)

    assert drain(backend.task_consumer("medium")) == [task(input={"items": [1]})]


def test_only_what_failed_comes_again_when_a_batch_fails_in_part(backend: Backend) -> None:
    # given
    consumer = backend.task_consumer("medium")
    backend.tasks().send([task(f"step#{n}") for n in range(4)])
    deliveries: list[Delivery[Task]] = []
    while received := consumer.receive():
        deliveries += received

    # when
    for delivery in deliveries:
        if delivery.message.run_id in {"step#1", "step#3"}:
            consumer.release(delivery)
        else:
            consumer.acknowledge(delivery)

    # then
    again: list[Delivery[Task]] = []
    while received := consumer.receive():
        again += received
    assert {(delivery.message.run_id, delivery.receive_count) for delivery in again} == {("step#1", 2), ("step#3", 2)}


def test_a_task_comes_after_its_delay_when_it_has_one(backend: Backend) -> None:
    # given
    consumer, sent_at = backend.task_consumer("medium"), backend.now()

    # when
    backend.tasks().send([task(priority="medium")], delay_seconds=1)

    # then
    assert consumer.receive() == []
    (delivery,) = consumer.receive(by=sent_at + timedelta(seconds=1))
    assert shape(delivery.message) == shape(task(priority="medium"))
    assert backend.now() >= sent_at + timedelta(seconds=1)


def test_a_task_ends_in_the_dead_letters_when_its_worker_died_three_times(backend: Backend) -> None:
    # given
    consumer, dead_letters = backend.task_consumer("low"), backend.dead_tasks()
    sent = task(priority="low", input=ODD_VALUES)
    backend.tasks().send([sent])

    # when
    for _ in range(3):
        (delivery,) = consumer.receive()
        consumer.release(delivery)
    assert consumer.receive() == []

    # then
    (dead,) = dead_letters.receive(10)
    assert shape(dead.message) == shape(sent)
    dead_letters.delete(dead)
    assert dead_letters.receive(10) == []
