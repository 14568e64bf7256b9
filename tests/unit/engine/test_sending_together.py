"""Sending together what several executions want: one request for ten, and nobody held up by another. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.ports.queues import Delivery
from tests.faults.world import Effects, World

WORKFLOW: dict[str, Any] = {
    "id": "one",
    "name": "One",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "step_type": {"type": "start"}},
        {"id": "work", "step_type": {"type": "activity", "activity_type": "count"}},
        {"id": "end", "step_type": {"type": "end"}},
    ],
    "transitions": [{"from": "start", "to": "work"}, {"from": "work", "to": "end"}],
}
NAMES = [f"x{n}" for n in range(10)]


@pytest.fixture
def world() -> World:
    """Ten executions of one activity, whose decider has not run yet."""
    made = World(Effects().registry)
    made.register(WORKFLOW)
    for name in NAMES:
        made.start("one", {"n": 1}, name)
    return made


def watched(queue: Any, method: str, refuse: Callable[[Any], bool] = lambda _: False) -> list[int]:
    """How many were given to each call of ``method``; calls that ``refuse`` says are not accepted."""
    original, sizes = getattr(queue, method), []

    def call(messages: Sequence[Any], **details: Any) -> None:
        sizes.append(len(messages))
        if refuse(messages):
            raise Unavailable("not now")
        original(messages, **details)

    setattr(queue, method, call)
    return sizes


def decide(world: World) -> list[str]:
    deliveries = world.real.commands.receive(10, now=world.clock.now())  # type: ignore[attr-defined]
    failed = world.engine.advance.handle(deliveries)
    for delivery in deliveries:
        if delivery.delivery_id not in failed:
            world.real.commands.acknowledge(delivery.delivery_id)  # type: ignore[attr-defined]
    by_id = {delivery.delivery_id: delivery.message.execution_id for delivery in deliveries}
    return [by_id[each] for each in failed]


def tasks(world: World) -> list[Delivery[Any]]:
    received: list[Delivery[Any]] = world.real.tasks.receive(100, now=world.clock.now())  # type: ignore[attr-defined]
    return received


def test_tasks_of_ten_executions_take_one_request_when_they_are_decided_together(world: World) -> None:
    sizes = watched(world.real.tasks, "send")

    assert decide(world) == []

    assert sizes == [10]


def test_only_the_execution_whose_task_is_refused_comes_again_when_ten_are_sent_together(world: World) -> None:
    watched(world.real.tasks, "send", lambda sent: any(task.execution_id == "x3" for task in sent))

    failed = decide(world)

    assert failed == ["x3"]
    assert [execution_id for execution_id, _ in world.errors] == ["x3"]
    assert sorted(delivery.message.execution_id for delivery in tasks(world)) == [
        name for name in NAMES if name != "x3"
    ]


def test_outcomes_of_ten_tasks_take_one_request_when_they_end_together(world: World) -> None:
    decide(world)
    queue: Any = world.real.commands
    send, requests = queue.send, []

    def send_one(message: Any, *, deduplication_id: str) -> None:
        requests.append(1)
        send(message, deduplication_id=deduplication_id)

    def send_all(commands: Sequence[Any]) -> None:
        requests.append(len(commands))
        for each in commands:
            send(each.message, deduplication_id=each.deduplication_id)

    queue.send, queue.send_all = send_one, send_all

    assert world.engine.work.handle(tasks(world)) == []

    assert len(requests) < 10
    assert sorted(each.message.execution_id for each in queue.receive(100, now=world.clock.now())) == NAMES


def test_only_the_task_whose_outcome_is_refused_comes_again_when_ten_end_together(world: World) -> None:
    decide(world)
    received = tasks(world)
    queue: Any = world.real.commands
    send = queue.send

    def refuse_one(message: Any, *, deduplication_id: str) -> None:
        if message.execution_id == "x3":
            raise Unavailable("not now")
        send(message, deduplication_id=deduplication_id)

    queue.send = refuse_one
    failed = world.engine.work.handle(received)

    assert failed == [each.delivery_id for each in received if each.message.execution_id == "x3"]
    assert [execution_id for execution_id, _ in world.errors] == ["x3"]
