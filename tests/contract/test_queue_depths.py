"""What every ``QueueDepths`` promises. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.execution.commands import WakeUp
from chalicelib.ports.queues import CommandMessage, QueueDepth, WakeUpMessage
from tests.contract.backends import Backend
from tests.contract.samples import task

pytestmark = pytest.mark.contract


def counts(backend: Backend) -> dict[tuple[str, str | None], tuple[int, int, int]]:
    """Visible, in flight and delayed by kind and priority; dead letters are added up."""
    found: dict[tuple[str, str | None], tuple[int, int, int]] = {}
    for depth in backend.depths().read():
        before = found.get((depth.kind, depth.priority), (0, 0, 0))
        after = (depth.visible, depth.in_flight, depth.delayed)
        found[depth.kind, depth.priority] = (before[0] + after[0], before[1] + after[1], before[2] + after[2])
    return found


def test_every_queue_is_named_once_when_all_are_empty(backend: Backend) -> None:
    depths = backend.depths().read()

    assert [(depth.kind, depth.priority) for depth in depths] == [
        ("commands", None),
        *(("tasks", priority) for priority in PRIORITIES),
        ("wakeups", None),
        ("dead_letters", None),
        ("dead_letters", None),
    ]
    assert len({depth.name for depth in depths}) == len(depths)
    assert {(depth.visible, depth.in_flight, depth.delayed) for depth in depths} == {(0, 0, 0)}


def test_tasks_are_counted_by_priority_when_some_are_being_worked_on(backend: Backend) -> None:
    backend.tasks().send([task(f"a#{n}", priority="high") for n in range(3)])
    backend.tasks().send([task("b#1", priority="low")])
    (delivery,) = backend.task_consumer("high").receive(1)
    assert delivery.message.priority == "high"

    counted = counts(backend)

    assert (counted["tasks", "high"], counted["tasks", "low"]) == ((2, 1, 0), (1, 0, 0))
    assert counted["tasks", "medium"] == (0, 0, 0)


def test_tasks_are_delayed_when_nobody_may_have_them_yet(backend: Backend) -> None:
    backend.tasks().send([task("a#1")], delay_seconds=600)

    assert counts(backend)["tasks", "medium"] == (0, 0, 1)


def test_wake_ups_are_delayed_when_their_time_has_not_come(backend: Backend) -> None:
    now = backend.now()
    for seconds in (-5, 300, 600):
        backend.wake_ups().send(WakeUpMessage(execution_id="e", at=now + timedelta(seconds=seconds)), now=now)

    assert counts(backend)["wakeups", None] == (1, 0, 2)


def test_commands_are_counted_when_they_are_of_several_executions(backend: Backend) -> None:
    for execution_id in ("a", "b"):
        message = CommandMessage(execution_id=execution_id, command=WakeUp(at=backend.now()))
        backend.commands().send(message, deduplication_id=execution_id)

    assert counts(backend)["commands", None] == (2, 0, 0)


def test_nothing_is_left_out_when_a_depth_is_read() -> None:
    depth = QueueDepth(name="a", kind="commands", visible=0, in_flight=0, delayed=0)

    assert (depth.visible, depth.priority) == (0, None)
