"""Polling: which worker gets which task, and how long it waits for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.commands import Cancel
from chalicelib.engine.external_work import Poll
from tests.faults.world import BEGIN
from tests.unit.engine.outside import BOOM, is_listed, of, poll, row, shard_of, work, world_of


def test_worker_is_told_everything_when_it_leases_a_task() -> None:
    world = world_of(of(heartbeat_timeout=30, timeout=100, priority="high"))

    (task,) = poll(world)

    assert (task.execution_id, task.workflow_id, task.step_id, task.run_id) == ("x", "w", "a", "a#1")
    assert (task.activity_type, task.input, task.attempt, task.priority) == ("t", {"n": 1}, 1, "high")
    assert task.idempotency_key == "x:a#1"
    assert task.heartbeat_timeout == 30
    assert task.lease_expires_at == BEGIN + timedelta(seconds=30)
    assert task.deadline == BEGIN + timedelta(seconds=100)
    assert (row(world)["state"], row(world)["node"]) == ("running", "w-1")


def test_one_worker_gets_the_task_when_two_poll() -> None:
    world = world_of(of())

    first, second = poll(world, "w-1"), poll(world, "w-2")

    assert (len(first), len(second)) == (1, 0)


def test_one_worker_gets_the_task_when_both_read_the_list_before_either_leases() -> None:
    world = world_of(of())
    entry = next(iter(world.real.entries.read("tasks#gpu#" + shard_of(world))))

    assert len(poll(world, "w-1")) == 1

    assert not world.real.entries.replace(entry, {**entry.body, "lease": None})


def test_urgent_tasks_go_first_and_old_ones_before_new_ones() -> None:
    world = world_of(of("low", priority="low"), of("mid"), of("high", priority="highest"), parallel=True)

    assert [task.step_id for task in poll(world, max_tasks=2)] == ["high", "mid"]
    assert [task.step_id for task in poll(world, max_tasks=2)] == ["low"]


def test_worker_gets_only_what_it_is_capable_of() -> None:
    world = world_of(of("a", activity_type="paint"), of("b", activity_type="sand"), parallel=True)

    assert [task.step_id for task in poll(world, capabilities=["sand"], max_tasks=10)] == ["b"]
    assert poll(world, capabilities=["sand"]) == []
    assert [task.step_id for task in poll(world)] == ["a"]


def test_poll_waits_with_longer_and_longer_pauses_until_there_is_a_task() -> None:
    world = world_of(of())
    taken = poll(world)
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        world.clock.advance_to(world.clock.now() + timedelta(seconds=seconds))
        if len(pauses) == 4:
            work(world).fail(taken[0].task_token, BOOM, give_back=True)
            world.settle()

    world.real.waiter.wait = wait  # type: ignore[method-assign]

    assert [task.attempt for task in poll(world, "w-2", wait_seconds=20)] == [2]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.2
    assert len(pauses) == 4


def test_poll_gives_up_when_its_time_is_over() -> None:
    world = world_of(of())
    poll(world)
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        world.clock.advance_to(world.clock.now() + timedelta(seconds=seconds))

    world.real.waiter.wait = wait  # type: ignore[method-assign]

    assert poll(world, "w-2", wait_seconds=7) == []
    assert sum(pauses) == pytest.approx(7, abs=0.01)
    assert max(pauses) <= 2


def test_task_left_behind_is_forgotten_when_somebody_polls() -> None:
    world = world_of(of())
    entry = next(iter(world.real.entries.read("tasks#gpu#" + shard_of(world))))
    world.engine.control("x", Cancel(id="c"), wait_seconds=0)
    world.settle()
    world.real.entries.put(entry.partition, entry.key, entry.body)
    world.real.entries.put(entry.partition, entry.key + "x", {**entry.body, "execution_id": "gone"})

    assert poll(world) == []

    assert not is_listed(world)


def test_others_are_given_when_one_of_several_tasks_cannot_be_leased() -> None:
    world = world_of(of("a"), of("b"), parallel=True)
    send, sent = world.real.commands.send, []

    def fail_later(*args: Any, **kwargs: Any) -> None:
        sent.append(args)
        if len(sent) > 1:
            raise Unavailable("the queue does not answer")
        send(*args, **kwargs)

    world.real.commands.send = fail_later  # type: ignore[method-assign]

    assert len(work(world).poll(Poll(task_list="gpu", worker_id="w-1", max_tasks=2))) == 1
