"""What may be asked of an execution that is being compensated, and what a poisoned command does to it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.domain.execution.children import Parent
from chalicelib.domain.execution.commands import (
    Cancel,
    CompleteTask,
    FailExecution,
    FailTask,
    FollowParent,
    Pause,
    Rerun,
    Resume,
    Retry,
    Signal,
    Skip,
)
from chalicelib.domain.execution.decide import give_up
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.evolve import evolve_commit
from tests.unit.execution.play import BEGIN, Play, activity, workflow
from tests.unit.execution.sagas import (
    compensating,
    compensations,
    side_by_side,
    summary,
    twice,
    undo,
    undone,
)


def refusal(play: Play) -> Any:
    last = play.events[-1]
    return last.details["code"] if last.type == "RequestRefused" else last.type


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Retry(id="1", step="c"), "AlreadyCompensated"),
        (Rerun(id="1", step="a"), "AlreadyCompensated"),
        (Cancel(id="1"), "InvalidState"),
        (Signal(id="1", name="x"), "InvalidState"),
        (Skip(id="1", step="a"), "InvalidState"),
        (Skip(id="1", step="undo-b"), "NotSkippable"),
    ],
)
def test_request_is_refused_when_compensation_is_under_way(request_: Any, code: str) -> None:
    play = compensating()

    play.tell(request_)

    assert refusal(play) == code
    assert play.state.is_ending


@pytest.mark.parametrize("request_", [Retry(id="1", step="c"), Rerun(id="1", step="a")])
def test_execution_cannot_be_gone_on_with_when_it_was_compensated(request_: Any) -> None:
    play = compensating()
    play.complete("undo-b")
    play.complete("undo-a")

    play.tell(request_)

    assert refusal(play) == "AlreadyCompensated"
    assert play.state.status == "failed"


def test_execution_can_be_retried_when_its_end_found_nothing_to_compensate() -> None:
    play = Play(side_by_side(timeout=30))
    charge = play.task("charge")
    play.fail("reserve")
    play.tell(FailTask(run_id=charge.run_id, attempt=1, error=ErrorInfo(code="No", message=""), started_at=BEGIN))

    play.tell(Retry(id="1", step="p"))

    assert play.state.status == "running"
    assert play.state.ending is None
    play.complete("charge", {"id": 1})
    play.complete("reserve")
    assert play.state.status == "completed"


def test_finished_runs_are_still_compensated_when_a_completed_execution_is_rerun_and_fails() -> None:
    play = Play(twice())
    for step in ("a", "b", "c"):
        play.complete(step)
    assert play.state.status == "completed"

    play.tell(Rerun(id="r", step="c"))
    play.fail("c")
    play.complete("undo-b")
    play.complete("undo-a")

    assert summary(play)["compensated"] == ["b#1", "a#1"]


def test_parent_that_cancels_does_not_interrupt_a_compensation() -> None:
    parent = Parent(execution_id="p", run_id="s#1", attempt=2)
    play = compensating(parent=msgspec.to_builtins(parent))

    assert play.tell(FollowParent(parent=parent, action="cancel", cause=7)) == []

    play.complete("undo-b")
    play.complete("undo-a")
    assert play.state.status == "failed"


def test_compensation_pauses_and_resumes() -> None:
    play = compensating()

    play.tell(Pause(id="p"))
    play.complete("undo-b")
    assert play.state.status == "paused"
    assert compensations(play) == ["Started b#1", "Completed b#1"]
    assert play.tasks() == []
    play.tell(Resume(id="r"))
    play.complete("undo-a")

    assert play.state.status == "failed"


def test_attempt_that_ends_in_a_pause_is_compensated_at_the_resume() -> None:
    play = Play(side_by_side(timeout=30))
    charge = play.task("charge")
    play.fail("reserve")
    play.tell(Pause(id="p"))

    play.tell(CompleteTask(run_id=charge.run_id, attempt=1, output={"id": 1}, started_at=BEGIN))
    assert play.tasks() == []
    play.tell(Resume(id="r"))

    assert play.task("refund").input["id"] == 1


def test_failure_kept_in_a_pause_compensates_at_the_resume() -> None:
    document = workflow(
        undone("a", "undo"),
        activity("b"),
        activity("c"),
        undo("undo"),
        transitions=[("start", "a"), ("a", "b"), ("a", "c"), ("b", "end"), ("c", "end")],
    )
    play = Play(document)
    play.complete("a")
    play.tell(Pause(id="p"))
    play.fail("b", "First")
    play.fail("c", "Second")

    play.tell(Resume(id="r"))
    play.complete("undo")

    assert play.state.error is not None
    assert play.state.error.code == "First"
    assert compensations(play) == ["Started a#1", "Completed a#1"]


def test_compensation_is_skipped_on_request_when_its_step_allows_it() -> None:
    document = twice()
    document["steps"][-1]["skippable"] = True
    play = Play(document)
    play.complete("a")
    play.complete("b")
    play.fail("c")

    play.tell(Skip(id="s", step="undo-b", by="ann"))
    play.complete("undo-a")

    assert summary(play)["skipped"] == ["b#1"]
    assert summary(play)["compensated"] == ["a#1"]


def poison(cause: str = "x") -> FailExecution:
    return FailExecution(cause=cause, error=ErrorInfo(code="EngineError", message="no"))


def test_compensation_that_cannot_be_decided_fails_and_the_next_begins() -> None:
    play = compensating()

    play.tell(poison())
    assert play.tell(poison()) == []
    play.complete("undo-a")

    assert compensations(play) == ["Started b#1", "Failed b#1", "Started a#1", "Completed a#1"]
    assert play.state.error is not None
    assert play.state.error.code == "Boom"


def test_attempt_in_flight_is_no_longer_awaited_when_its_outcome_cannot_be_decided() -> None:
    play = Play(side_by_side())
    play.fail("reserve")

    play.tell(poison())

    assert play.state.status == "failed"
    assert play.kinds[-2:] == ["StepFailed charge", "WorkflowFailed"]


def test_execution_given_up_says_what_was_left_uncompensated() -> None:
    play = compensating()

    decision = give_up(play.state, poison(), play.now)

    ended = evolve_commit(play.state, decision.to_commit(play.state))
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error.code == "Boom"
    assert decision.events[-1].details["compensation"]["left"] == ["b#1", "a#1"]
    assert not ended.runs


def test_execution_given_up_before_it_failed_says_what_was_left_uncompensated() -> None:
    play = Play(twice())
    play.complete("a")

    decision = give_up(play.state, poison(), play.now)

    assert decision.state.status == "failed"
    assert decision.events[-1].details["compensation"]["counts"]["left"] == 1
