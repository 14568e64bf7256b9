"""A compensation is a step like any other, but that nothing follows it."""

from __future__ import annotations

import pytest

from chalicelib.domain.execution.program import Rules
from tests.unit.execution.play import Play, activity
from tests.unit.execution.sagas import (
    branches_that_undo,
    compensations,
    hand_over,
    mapped,
    saga,
    summary,
    twice,
    undo,
    undone,
)


def test_compensation_is_retried_and_the_others_run_when_it_fails_for_good() -> None:
    document = twice()
    document["steps"][-1]["retry_policy"] = {"max_retries": 1, "retry_intervals": [5]}
    document["transitions"].append({"from_step_id": "undo-b", "to_step_id": "end", "condition": "error"})
    play = Play(document)
    play.complete("a")
    play.complete("b")
    play.fail("c", "Broken")

    play.fail("undo-b", "Once")
    play.wait(5)
    play.fail("undo-b", "Twice")
    play.complete("undo-a")

    assert compensations(play) == ["Started b#1", "Failed b#1", "Started a#1", "Completed a#1"]
    assert summary(play)["failed"] == [{"run_id": "b#1", "code": "Twice", "message": "it failed"}]
    assert play.state.status == "failed"
    assert play.state.error is not None
    assert play.state.error.code == "Broken"


def test_compensation_that_may_continue_fails_all_the_same() -> None:
    document = twice(default_error_policy={"type": "continue_workflow"})
    document["steps"][3]["error_policy"] = {"type": "fail_workflow"}
    play = Play(document)
    play.complete("a")
    play.complete("b")
    play.fail("c")

    play.fail("undo-b")
    play.complete("undo-a")

    assert play.state.status == "failed"
    assert not play.state.partially_failed


def test_compensation_fails_when_its_mapping_cannot_be_evaluated() -> None:
    document = saga(undone("a", "undo"), activity("b"), also=[undo("undo", {"x": "$.input.text + 1"})])
    play = Play(document, {"text": "x"})
    play.complete("a")

    play.fail("b")

    assert play.state.status == "failed"
    assert summary(play)["failed"][0]["code"] == "ExpressionError"


def test_attempt_of_a_compensation_is_bounded_when_it_has_no_timeout() -> None:
    play = Play(twice(timeout=7_200))
    play.complete("a")
    play.fail("b")

    assert play.wait_for_deadline() == 3_600

    assert play.state.status == "failed"
    assert summary(play)["failed"][0]["code"] == "Timeout"


def test_deadline_of_the_workflow_does_not_cut_a_compensation_short() -> None:
    play = Play(twice(timeout=60))
    play.complete("a")
    play.fail("b")

    play.wait(100)

    assert play.state.status == "running"
    play.complete("undo-a")
    assert play.state.status == "failed"


def test_precondition_of_a_compensation_says_whether_there_is_anything_to_do() -> None:
    document = saga(
        undone("a", "undo"),
        activity("b"),
        also=[undo("undo", skippable=True, preconditions=["$.compensated.output.paid"])],
    )
    play = Play(document)
    play.complete("a", {"paid": False})

    play.fail("b")

    assert play.state.status == "failed"
    assert summary(play)["skipped"] == ["a#1"]


def test_many_instant_compensations_are_spread_over_commits() -> None:
    script = {"type": "script", "expression": "$.compensated.output"}
    document = mapped(undone("i", "undo"), also=[{"id": "undo", "step_type": script}])
    play = Play(document, {"items": list(range(10))}, rules=Rules(steps_per_commit=4))
    hand_over(play)
    for number in range(10):
        play.complete_run(f"i#{number + 1}", number)

    play.fail("last")
    hand_over(play)

    assert play.state.status == "failed"
    assert summary(play)["counts"]["compensated"] == 10
    assert max(len(commit.events) for commit in play.commits) < 45


def test_long_lists_are_cut_in_the_last_event_but_counted_whole() -> None:
    document = mapped(undone("i", "undo"), also=[{"id": "undo", "step_type": {"type": "script", "expression": "1"}}])
    play = Play(document, {"items": list(range(120))})
    hand_over(play)
    for number in range(120):
        play.complete_run(f"i#{number + 1}")

    play.fail("last")
    hand_over(play)

    assert len(summary(play)["compensated"]) == 100
    assert summary(play)["counts"] == {"compensated": 120, "skipped": 0, "failed": 0, "left": 0}


def test_parallel_step_compensates_and_is_not_compensated_itself() -> None:
    play = Play(branches_that_undo())
    play.complete("a", 1)
    play.fail("b")

    assert play.task("y").input == {"o": 1}
    play.complete("x")
    play.complete("y")

    assert play.state.status == "failed"
    assert compensations(play) == ["Started a#1", "Completed a#1"]


@pytest.mark.parametrize("how", ["step", "no transition"])
def test_parallel_step_that_compensates_fails_with_what_is_inside(how: str) -> None:
    play = Play(branches_that_undo("x" if how == "step" else "z"))
    play.complete("a", 1)
    play.fail("b", "Broken")

    if how == "step":
        play.fail("x", "Inner")
    else:
        play.complete("x", {"ok": False})

    assert play.state.status == "failed"
    assert summary(play)["failed"][0]["code"] == ("Inner" if how == "step" else "NoTransition")
    assert play.state.error is not None
    assert play.state.error.code == "Broken"
    assert not play.state.runs


def test_branch_left_behind_by_a_compensation_is_cancelled_when_it_cannot_go_on() -> None:
    document = branches_that_undo("z")
    document["steps"][-5]["step_type"] |= {"completion_strategy": "any", "cancel_remaining": False}
    play = Play(document)
    play.complete("a", 1)
    play.fail("b", "Broken")
    play.complete("y")
    assert play.state.is_ending

    play.complete("x", {"ok": False})

    assert play.state.status == "failed"
    assert summary(play)["compensated"] == ["a#1"]


@pytest.mark.parametrize(("item", "attempts"), [("again", 2), ("not", 1)])
def test_retry_condition_of_a_compensation_reads_the_run_that_it_compensates(item: str, attempts: int) -> None:
    policy = {"max_retries": 1, "retry_intervals": [0], "retry_condition": "$.item = 'again'"}
    play = Play(mapped(undone("i", "undo"), also=[activity("undo", retry_policy=policy)]), {"items": [item]})
    play.complete("i")
    play.fail("last")

    play.fail("undo")

    assert [task.attempt for task in play.tasks()] == ([2] if attempts == 2 else [])
