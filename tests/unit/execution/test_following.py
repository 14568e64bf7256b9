"""The child's side of a sub-workflow: what it tells its parent, and what it does when the parent wants it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.children import Parent, TellParent
from chalicelib.domain.execution.commands import (
    Advance,
    Cancel,
    FailExecution,
    FailTask,
    FollowParent,
    Pause,
    Resume,
    Retry,
)
from chalicelib.domain.execution.decide import decide_all, give_up
from chalicelib.domain.execution.events import ErrorInfo, Event
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import BEGIN, Play, activity, chain

BOOM = ErrorInfo(code="Boom", message="it failed")
PARENT = {"execution_id": "p", "run_id": "s#1", "attempt": 2}


def child(*steps: dict[str, Any], **created: Any) -> Play:
    return Play(chain(*(steps or (activity("a"),))), parent=PARENT, depth=1, **created)


def told(play: Play) -> list[TellParent]:
    return [effect for effect in play.effects if isinstance(effect, TellParent)]


def follow(play: Play, action: Any, cause: int) -> list[Event]:
    parent = Parent(execution_id="p", run_id="s#1", attempt=2)
    return play.tell(FollowParent(parent=parent, action=action, cause=cause))


def test_parent_is_told_when_its_child_completes() -> None:
    play = child(activity("a", of={"output_mapping": {"n": "$.output.n"}}))
    assert told(play) == []

    play.complete("a", {"n": 1})

    (effect,) = told(play)
    assert effect.parent == Parent(execution_id="p", run_id="s#1", attempt=2)
    assert (effect.state, effect.output, effect.error) == ("completed", {"n": 1}, None)


def test_parent_is_told_why_when_its_child_fails() -> None:
    play = child()

    play.fail("a")

    assert [(effect.state, effect.error and effect.error.code) for effect in told(play)] == [("failed", "Boom")]


def test_parent_is_told_when_its_child_times_out() -> None:
    play = Play(chain(activity("a"), timeout=30), parent=PARENT)

    play.wait_for_deadline()

    assert [(effect.state, effect.error and effect.error.code) for effect in told(play)] == [("timed_out", "Timeout")]


@pytest.mark.parametrize(
    ("reason", "message"), [(None, "the execution was cancelled"), ("why", "the execution was cancelled: why")]
)
def test_parent_is_told_when_somebody_cancels_its_child(reason: str | None, message: str) -> None:
    play = child()

    play.tell(Cancel(id="c", reason=reason))

    assert [(effect.state, effect.error) for effect in told(play)] == [
        ("canceled", ErrorInfo(code="Canceled", message=message))
    ]


def test_parent_is_told_when_the_engine_gives_its_child_up() -> None:
    decision = give_up(child().state, FailExecution(cause="advance:1", error=BOOM), BEGIN)

    assert [effect.state for effect in decision.effects if isinstance(effect, TellParent)] == ["failed"]


def test_parent_is_not_told_when_it_does_not_wait() -> None:
    play = Play(chain(activity("a")), parent={**PARENT, "waits": False})

    play.complete("a")

    assert told(play) == []


def test_parent_is_not_told_when_it_wanted_the_end_itself() -> None:
    play = child()

    follow(play, "cancel", 9)

    assert (play.state.status, told(play)) == ("canceled", [])


def test_parent_is_told_again_when_a_child_that_failed_runs_again_and_ends() -> None:
    play = child()
    play.fail("a")

    play.tell(Retry(id="r", step="a"))
    assert told(play) == []
    play.complete("a")

    assert [effect.state for effect in told(play)] == ["completed"]


def test_parent_is_not_told_of_an_end_that_is_none_any_more() -> None:
    play = child()
    task = play.task("a")
    failed = FailTask(run_id=task.run_id, attempt=1, error=BOOM, started_at=play.now)

    decision = decide_all(play.program, play.state, [failed, Retry(id="r", step="a")], play.now)

    assert decision.state.status == "running"
    assert not any(isinstance(effect, TellParent) for effect in decision.effects)


def test_child_ends_for_good_when_its_parent_cancels_it_and_ignores_it_afterwards() -> None:
    play = child()
    follow(play, "cancel", 9)

    assert follow(play, "cancel", 10) == follow(play, "pause", 11) == follow(play, "resume", 12) == []


def test_execution_of_somebody_else_does_not_follow_when_it_has_the_id_of_a_child() -> None:
    play = Play(chain(activity("a")))

    assert follow(play, "cancel", 9) == []


def test_child_names_its_parent_in_its_status() -> None:
    status = status_view(child().commits, None)

    assert status is not None
    assert status["parent"] == {"execution_id": "p", "step_id": "s", "run_id": "s#1"}


def test_child_pauses_and_resumes_as_its_parent_does() -> None:
    play = child()

    follow(play, "pause", 5)
    assert play.state.is_paused
    assert follow(play, "pause", 6) == []  # the same again, after a crash
    follow(play, "resume", 7)

    assert play.state.status == "running"


def test_childs_own_pause_outlives_its_parents_resume() -> None:
    play = child()
    play.tell(Pause(id="mine"))

    (refused,) = follow(play, "pause", 5)
    assert refused.details["message"] == "the execution is paused already, and stays so"
    (refused,) = follow(play, "resume", 7)
    assert refused.details["message"] == "the execution is not paused by its parent"

    assert play.state.is_paused
    play.tell(Resume(id="r"))
    assert play.state.status == "running"


def test_child_that_somebody_resumes_runs_while_its_parent_is_paused() -> None:
    play = child()
    follow(play, "pause", 5)

    play.tell(Resume(id="r"))

    assert play.state.status == "running"
    assert not play.state.paused_by_parent


def test_older_wish_of_the_parent_counts_no_more_when_it_comes_late() -> None:
    play = child()
    follow(play, "resume", 7)

    assert follow(play, "pause", 5) == []
    assert play.state.status == "running"


@pytest.mark.parametrize("by_parent", [True, False])
def test_execution_that_is_paused_before_it_begins_begins_with_the_resume(by_parent: bool) -> None:
    play = Play(chain(activity("a")), begin=False, parent=PARENT)

    if by_parent:
        follow(play, "pause", 5)
    else:
        play.tell(Pause(id="p"))
    play.tell(Advance(cause=1))
    assert play.tasks() == []
    play.tell(Resume(id="r"))

    play.complete("a")
    assert play.state.status == "completed"
