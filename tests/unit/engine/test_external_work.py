"""External workers: tasks offered, leased by one, reported on, answered, lost and given away again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.execution.commands import Cancel, Pause, Resume, Skip
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress
from chalicelib.engine.external_work import Poll
from tests.faults.world import BEGIN, Effects, World
from tests.unit.engine.outside import BOOM, TWICE, is_listed, of, pass_time, poll, refusal, row, work, world_of


def test_execution_completes_with_what_the_worker_gave() -> None:
    world = world_of(of())
    (task,) = poll(world)

    work(world).complete(task.task_token, {"n": 2})

    world.run()
    world.check()
    assert world.status()["output"] == {"n": 2}
    assert not is_listed(world)


def test_failure_is_retried_as_the_policy_says() -> None:
    world = world_of(of(retry_policy=TWICE))
    (task,) = poll(world)

    work(world).fail(task.task_token, BOOM)
    world.settle()

    (again,) = poll(world)
    assert (again.attempt, again.idempotency_key) == (2, task.idempotency_key)
    work(world).fail(again.task_token, BOOM)
    world.run()
    assert (world.status()["state"], world.status()["error"]["code"]) == ("failed", "Boom")


def test_failure_ends_the_attempts_when_it_says_so() -> None:
    world = world_of(of(retry_policy=TWICE))
    (task,) = poll(world)

    work(world).fail(task.task_token, ErrorInfo(code="Boom", message="x", retryable=False))
    world.run()

    assert world.status()["state"] == "failed"


def test_task_given_back_goes_to_another_worker_and_costs_no_retry() -> None:
    world = world_of(of())
    (task,) = poll(world)

    work(world).fail(task.task_token, BOOM, give_back=True)
    world.settle()

    (again,) = poll(world, "w-2")
    work(world).complete(again.task_token, {"n": 2})
    world.run()
    assert world.status()["state"] == "completed"


def test_lease_that_ran_out_goes_to_another_worker_and_the_first_hears_of_it() -> None:
    world = world_of(of())
    (lost,) = poll(world, "w-1")
    pass_time(world, 59)
    assert poll(world, "w-2") == []
    pass_time(world, 1)

    (taken,) = poll(world, "w-2")

    assert (taken.attempt, taken.run_id) == (1, lost.run_id)
    assert taken.task_token != lost.task_token
    assert row(world)["node"] == "w-2"
    assert refusal(lambda: work(world).complete(lost.task_token, {"n": 9})) == "LeaseLost"
    assert refusal(lambda: work(world).fail(lost.task_token, BOOM)) == "LeaseLost"
    assert refusal(lambda: work(world).heartbeat(lost.task_token)) == "LeaseLost"
    work(world).complete(taken.task_token, {"n": 2})
    world.run()
    assert world.status()["output"] == {"n": 2}


def test_lease_that_ran_out_still_counts_when_nobody_else_has_taken_the_task() -> None:
    world = world_of(of())
    (task,) = poll(world)
    pass_time(world, 100)

    work(world).complete(task.task_token, {"n": 2})
    world.run()

    assert world.status()["output"] == {"n": 2}


def test_heartbeat_keeps_the_lease_and_shows_the_progress() -> None:
    world = world_of(of())
    (task,) = poll(world)
    pass_time(world, 50)

    heard = work(world).heartbeat(task.task_token, Progress(progress_percentage=30, details=Decimal("1.5")))

    assert not heard.cancel_requested
    assert heard.lease_expires_at == BEGIN + timedelta(seconds=110)
    info = row(world)["status_info"]
    assert (info["progress_percentage"], info["details"]) == (30, Decimal("1.5"))
    pass_time(world, 55)
    assert poll(world, "w-2") == []


def test_attempt_whose_worker_falls_silent_is_repeated_elsewhere() -> None:
    world = world_of(of(heartbeat_timeout=10, retry_policy=TWICE))
    (lost,) = poll(world, "w-1")
    pass_time(world, 8)
    work(world).heartbeat(lost.task_token, Progress(progress_percentage=30))
    pass_time(world, 9)
    assert row(world)["status_info"]["progress_percentage"] == 30
    assert poll(world, "w-2") == []

    pass_time(world, 1)

    (taken,) = poll(world, "w-2")
    assert taken.attempt == 2
    assert row(world)["retry_info"]["last_error"]["code"] == "HeartbeatTimeout"
    assert refusal(lambda: work(world).heartbeat(lost.task_token)) == "LeaseLost"
    assert refusal(lambda: work(world).complete(lost.task_token, {})) == "LeaseLost"
    work(world).complete(taken.task_token, {"n": 2})
    world.run()
    world.check()


def test_task_is_not_given_away_while_the_decider_is_about_to_fail_its_attempt() -> None:
    world = world_of(of(heartbeat_timeout=10, retry_policy=TWICE))
    poll(world, "w-1")
    world.clock.advance_to(BEGIN + timedelta(seconds=20))

    assert work(world).poll(Poll(task_list="gpu", worker_id="w-2")) == []

    world.settle()
    assert [task.attempt for task in poll(world, "w-2")] == [2]


def test_task_is_given_away_again_when_its_start_was_lost() -> None:
    world = world_of(of(heartbeat_timeout=10))
    send = world.real.commands.send

    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("the queue does not answer")

    world.real.commands.send = fail  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        work(world).poll(Poll(task_list="gpu", worker_id="w-1"))
    world.real.commands.send = send  # type: ignore[method-assign]
    assert poll(world, "w-2") == []
    pass_time(world, 10)

    assert [task.attempt for task in poll(world, "w-2")] == [1]


def test_worker_is_told_at_its_heartbeat_when_the_execution_was_cancelled() -> None:
    world = world_of(of())
    (task,) = poll(world)
    world.engine.control("x", Cancel(id="c"), wait_seconds=0)
    world.settle()

    heard = work(world).heartbeat(task.task_token)

    assert heard.cancel_requested
    assert heard.lease_expires_at is None
    assert refusal(lambda: work(world).complete(task.task_token, {})) == "TaskCanceled"
    assert not is_listed(world)


def test_worker_is_told_at_its_heartbeat_when_the_step_was_skipped() -> None:
    world = world_of(of(skippable=True), {"id": "w", "step_type": {"type": "wait", "event_name": "go"}})
    (task,) = poll(world)
    world.engine.control("x", Skip(id="s", step="a"), wait_seconds=0)
    world.settle()

    assert work(world).heartbeat(task.task_token).cancel_requested


def test_outcome_told_twice_counts_once() -> None:
    world = world_of(of(), {"id": "w", "step_type": {"type": "wait", "event_name": "go"}})
    (task,) = poll(world)

    work(world).complete(task.task_token, {"n": 2})
    work(world).complete(task.task_token, {"n": 2})
    world.settle()

    assert refusal(lambda: work(world).complete(task.task_token, {"n": 2})) == "TaskEnded"
    assert refusal(lambda: work(world).heartbeat(task.task_token)) == "TaskEnded"
    assert world.status()["output"] == {"n": 2}


def test_silence_does_not_count_during_a_pause() -> None:
    world = world_of(of(heartbeat_timeout=10))
    (task,) = poll(world)
    world.engine.control("x", Pause(id="p"), wait_seconds=0)
    pass_time(world, 100)
    work(world).heartbeat(task.task_token)
    pass_time(world, 5)

    world.engine.control("x", Resume(id="r"), wait_seconds=0)
    world.settle()

    work(world).complete(task.task_token, {"n": 2})
    world.run()
    assert world.status()["state"] == "completed"


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "W10", "bnVsbA"])
def test_token_that_nobody_gave_is_unknown(token: str) -> None:
    with pytest.raises(NotFound) as raised:
        work(world_of(of())).heartbeat(token)

    assert raised.value.code == "UnknownTask"


def test_token_of_an_execution_that_is_gone_says_so() -> None:
    (task,) = poll(world_of(of()))

    with pytest.raises(NotFound) as raised:
        work(World(Effects().registry)).heartbeat(task.task_token)

    assert raised.value.code == "ExecutionNotFound"


def test_outcome_is_refused_for_now_when_the_task_changes_all_the_time() -> None:
    world = world_of(of())
    (task,) = poll(world)
    world.real.entries.replace = lambda *_, **__: False  # type: ignore[method-assign]

    with pytest.raises(Unavailable):
        work(world).complete(task.task_token, {})
    with pytest.raises(Unavailable):
        work(world).heartbeat(task.task_token)
