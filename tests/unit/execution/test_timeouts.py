"""Time: timeouts of attempts and executions, and the wake-ups that bring them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.commands import CompleteTask
from chalicelib.domain.execution.effects import Arm
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


def test_attempt_times_out_to_the_second_and_its_late_outcome_is_ignored() -> None:
    play = Play(chain(activity("a", timeout=30, retry_policy={"max_retries": 1, "retry_intervals": [0]})))
    late = play.task("a")
    assert late.deadline == BEGIN + timedelta(seconds=30)

    assert not play.wait(29)
    assert play.wait(1)

    assert play.task("a").attempt == 2
    outcome = CompleteTask(run_id=late.run_id, attempt=1, output="late", started_at=play.now)
    assert play.tell(outcome) == []
    play.wait(30)
    assert code_of(play) == "Timeout"
    assert play.kinds.count("StepTimedOut a") == 2


def test_timeout_in_the_step_type_wins_over_the_step() -> None:
    play = Play(chain(activity("a", timeout=30, of={"timeout": 10})))

    assert play.task("a").deadline == BEGIN + timedelta(seconds=10)


def test_timeout_of_the_settings_counts_when_the_step_has_none() -> None:
    play = Play(chain(activity("a")), rules=Rules(default_step_timeout=7))

    assert play.task("a").deadline == BEGIN + timedelta(seconds=7)


def test_endless_timeout_is_the_last_instant_there_is() -> None:
    play = Play(chain(activity("a")), rules=Rules(default_step_timeout=1e300))

    assert play.task("a").deadline is not None
    assert play.task("a").deadline.year == 9999  # type: ignore[union-attr]


@pytest.mark.parametrize(("timeout", "deadline", "ends"), [(60, None, 60), (60, 40, 40), (None, 50, 50), (30, 40, 30)])
def test_execution_times_out_at_the_earlier_of_its_deadlines(
    timeout: float | None, deadline: int | None, ends: int
) -> None:
    fields = {} if timeout is None else {"timeout": timeout}
    created: dict[str, Any] = (
        {} if deadline is None else {"deadline": (BEGIN + timedelta(seconds=deadline)).isoformat()}
    )
    play = Play(chain(activity("a"), activity("b"), **fields), **created)
    play.complete("a")

    assert play.wait_for_deadline() == ends

    assert play.state.status == "timed_out"
    assert code_of(play) == "Timeout"
    assert "StepCanceled b" in play.kinds


def test_workflow_timeout_of_the_settings_counts_when_the_definition_has_none() -> None:
    play = Play(chain(activity("a")), rules=Rules(default_workflow_timeout=5))

    play.wait(5)

    assert play.state.status == "timed_out"


def test_one_wake_up_is_armed_for_the_earliest_deadline_only() -> None:
    document = workflow(
        activity("a", timeout=30),
        activity("b", timeout=10),
        activity("c", timeout=50),
        transitions=[("start", "a"), ("start", "b"), ("a", "c"), ("b", "end"), ("c", "end")],
    )
    play = Play(document)
    assert [effect for effect in play.effects if isinstance(effect, Arm)] == [Arm(BEGIN + timedelta(seconds=10))]

    play.complete("a")

    assert not [effect for effect in play.effects if isinstance(effect, Arm)]


def test_next_wake_up_is_armed_when_one_has_been_answered() -> None:
    document = workflow(
        activity("a", timeout=30),
        activity("b", timeout=10, error_policy={"type": "continue_workflow"}),
        transitions=[("start", "a"), ("start", "b"), ("a", "end"), ("b", "end")],
    )
    play = Play(document)

    play.wait(10)

    assert Arm(BEGIN + timedelta(seconds=30)) in play.effects


def test_deadlines_due_together_stop_mattering_when_the_first_ends_the_execution() -> None:
    document = workflow(
        activity("a", timeout=5),
        activity("b", timeout=5),
        transitions=[("start", "a"), ("start", "b"), ("a", "end"), ("b", "end")],
    )
    play = Play(document)

    play.wait(5)

    assert play.state.status == "failed"
    assert play.kinds.count("StepTimedOut a") + play.kinds.count("StepTimedOut b") == 1


def test_history_shows_an_attempt_that_timed_out() -> None:
    play = Play(chain(activity("a", timeout=5)))
    play.wait(5)

    status = status_view(play.commits, None)

    assert status is not None
    assert status["steps"][-1]["error"]["code"] == "Timeout"


def test_execution_times_out_when_it_reaches_the_age_that_the_settings_allow() -> None:
    play = Play(chain(activity("a"), timeout=500), rules=Rules(max_age=100))

    assert play.wait_for_deadline() == 100
    assert play.state.status == "timed_out"
