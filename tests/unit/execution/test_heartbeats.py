"""Attempts that a worker reports on: their start, their signs of life, and what follows when there are none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.commands import CompleteTask, FailTask, Heartbeat, Pause, Resume, TaskStarted
from chalicelib.domain.execution.effects import Dispatch, Offer, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import BEGIN, Play, activity, chain

TWICE = {"max_retries": 1, "retry_intervals": [0]}


def watched(**fields: Any) -> dict[str, Any]:
    return chain(activity("a", of={"heartbeat_timeout": 10}, **fields))


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


def info_of(play: Play) -> dict[str, Any]:
    status = status_view(play.commits, None)
    assert status is not None
    info: dict[str, Any] = status["steps"][1]["status_info"]
    return {name: info[name] for name in ("progress_percentage", "details", "sub_state")}


def test_nothing_is_expected_to_be_heard_of_while_no_worker_has_begun() -> None:
    play = Play(watched())

    assert play.task("a").heartbeat_seconds == 10
    assert play.state.earliest_deadline() is None
    assert not play.wait(1_000)


def test_attempt_fails_when_its_worker_is_never_heard_of_again() -> None:
    play = Play(watched())
    play.wait(3)

    (started,) = play.begin("a")

    assert (started.type, started.details["node"]) == ("StepStarted", "worker-1")
    assert play.state.earliest_deadline() == BEGIN + timedelta(seconds=13)
    assert not play.wait(9)
    assert [event.type for event in play.wait(1)] == ["StepTimedOut", "StepFailed", "WorkflowFailed"]
    assert code_of(play) == "HeartbeatTimeout"
    assert "worker-1" in play.state.error.message  # type: ignore[union-attr]


def test_lost_attempt_is_repeated_as_its_policy_says_and_its_late_outcome_is_ignored() -> None:
    play = Play(watched(retry_policy=TWICE))
    play.begin("a")

    play.wait(10)

    assert play.task("a").attempt == 2
    assert play.state.earliest_deadline() is None
    late = CompleteTask(run_id="a#1", attempt=1, output="late", started_at=BEGIN)
    assert play.tell(late) == []
    play.complete("a", "in time")
    assert play.state.status == "completed"


def test_error_transition_answers_a_heartbeat_that_did_not_come() -> None:
    play = Play(watched(error_policy={"type": "continue_workflow"}))
    play.begin("a")

    play.wait(10)

    assert play.state.status == "partially_failed"


def test_heartbeat_gives_the_worker_its_time_again_and_shows_its_progress() -> None:
    play = Play(watched())
    play.begin("a")
    play.now += timedelta(seconds=8)

    (fired,) = play.beat("a", progress_percentage=40, details={"page": 3}, sub_state="fetching")

    assert fired.type == "TimerFired"
    assert fired.details["timer_type"] == "heartbeat"
    assert play.state.earliest_deadline() == BEGIN + timedelta(seconds=18)
    assert info_of(play) == {"progress_percentage": 40, "details": {"page": 3}, "sub_state": "fetching"}
    assert not play.wait(9)
    play.wait(1)
    assert code_of(play) == "HeartbeatTimeout"


def test_progress_of_an_attempt_is_gone_when_the_next_one_begins() -> None:
    play = Play(watched(retry_policy=TWICE))
    play.begin("a")
    play.now += timedelta(seconds=8)
    play.beat("a", progress_percentage=40)

    play.wait(10)

    assert info_of(play)["progress_percentage"] is None


def test_old_heartbeat_is_no_news() -> None:
    play = Play(watched())
    play.begin("a")
    play.now += timedelta(seconds=5)

    assert play.tell(Heartbeat(run_id="a#1", attempt=1, at=BEGIN)) == []
    assert play.state.earliest_deadline() == BEGIN + timedelta(seconds=10)


def test_clock_of_a_worker_that_is_ahead_buys_it_no_time() -> None:
    play = Play(watched())
    play.begin("a")
    play.now += timedelta(seconds=5)

    play.tell(Heartbeat(run_id="a#1", attempt=1, at=BEGIN + timedelta(days=1)))

    assert play.state.earliest_deadline() == BEGIN + timedelta(seconds=15)


@pytest.mark.parametrize("timeout", [None, 10])
def test_heartbeat_means_nothing_when_none_is_waited_for(timeout: float | None) -> None:
    play = Play(chain(activity("a", of={} if timeout is None else {"heartbeat_timeout": timeout})))

    assert play.beat("a") == []
    assert play.tell(Heartbeat(run_id="a#1", attempt=7, at=play.now)) == []


def test_start_is_recorded_once_when_it_is_told_twice() -> None:
    play = Play(watched())
    started = TaskStarted(run_id="a#1", attempt=1, started_at=play.now, node="n")
    assert play.tell(started)
    play.now += timedelta(seconds=5)

    assert play.tell(started) == []
    assert play.tell(TaskStarted(run_id="a#1", attempt=2, started_at=play.now)) == []


def test_attempt_has_its_time_again_when_another_worker_begins_it() -> None:
    play = Play(watched())
    play.begin("a", "worker-1")
    play.now += timedelta(seconds=5)

    play.begin("a", "worker-2")

    assert play.state.runs["a#1"].node == "worker-2"
    assert play.state.earliest_deadline() == BEGIN + timedelta(seconds=15)


@pytest.mark.parametrize(("node", "starts"), [("worker-1", 1), ("worker-2", 2), (None, 1)])
def test_outcome_records_a_start_only_if_it_is_not_known(node: str | None, starts: int) -> None:
    play = Play(watched())
    play.begin("a", "worker-1")

    play.tell(CompleteTask(run_id="a#1", attempt=1, output=1, started_at=play.now, node=node))

    assert play.kinds.count("StepStarted a") == starts
    assert play.state.status == "completed"


def test_start_of_an_attempt_is_forgotten_with_it() -> None:
    play = Play(watched(retry_policy={"max_retries": 1, "retry_intervals": [60]}))
    play.begin("a")

    error = ErrorInfo(code="Boom", message="x")
    play.tell(FailTask(run_id="a#1", attempt=1, error=error, started_at=play.now, node="worker-1"))

    assert play.state.runs["a#1"].heartbeat_by is None
    assert play.state.earliest_deadline() == BEGIN + timedelta(seconds=60)
    play.wait(60)
    assert play.state.runs["a#1"].started_at is None


def test_silence_counts_only_after_the_resume_when_the_execution_is_paused() -> None:
    play = Play(watched())
    play.begin("a")
    play.tell(Pause(id="p"))
    assert play.state.earliest_deadline() is None
    assert not play.wait(100)
    play.beat("a")

    play.tell(Resume(id="r"))

    assert play.state.status == "running"
    assert play.state.earliest_deadline() == play.now + timedelta(seconds=10)


def test_timeout_of_the_step_comes_first_when_both_are_due() -> None:
    play = Play(watched(timeout=10))
    play.begin("a")

    play.wait(10)

    assert code_of(play) == "Timeout"


def test_task_is_offered_when_the_step_names_a_task_list() -> None:
    play = Play(chain(activity("a", of={"task_list": "gpu", "priority": "high"})))

    (effect,) = outstanding(play.state)

    assert isinstance(effect, Offer)
    assert (effect.task.task_list, effect.task.priority, effect.task.heartbeat_seconds) == ("gpu", "high", None)
    assert "gpu" in info_of(play)["details"]
    play.begin("a")
    assert info_of(play)["details"] is None
    assert play.state.earliest_deadline() is None
    play.complete("a", 1)
    assert play.state.status == "completed"


def test_task_goes_to_a_queue_when_the_step_only_has_a_heartbeat_timeout() -> None:
    (effect,) = outstanding(Play(watched()).state)

    assert isinstance(effect, Dispatch)
    assert effect.task.task_list is None
