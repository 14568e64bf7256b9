"""Parallel branches: joining, failing, cancelling, and what each sees."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Advance, Pause, Rerun, Resume, Retry, Skip
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import Play, activity, workflow

A_B_C: list[Any] = [("start", "p"), ("p", "end"), ("a", "b")]


def parallel(strategy: Any = "all", **fields: Any) -> dict[str, Any]:
    """A step ``p`` with the branches left (a, then b) and right (c)."""
    branches = [
        {"name": "left", "entry_step_id": "a", "exit_step_id": "b"},
        {"name": "right", "entry_step_id": "c", "exit_step_id": "c"},
    ]
    of = {"type": "parallel", "branches": branches, "completion_strategy": strategy, **fields.pop("of", {})}
    return {"id": "p", "step_type": of, **fields}


def branched(strategy: Any = "all", transitions: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    steps = [parallel(strategy, **fields), activity("a"), activity("b"), activity("c")]
    return workflow(*steps, transitions=[*A_B_C, *(transitions or [])])


def open_ids(play: Play) -> list[str]:
    return sorted(task.run_id for task in play.tasks())


def outcome_of(play: Play, step_id: str) -> Any:
    return next(e.details for e in play.events if e.type in ("StepCompleted", "StepFailed") and e.step_id == step_id)


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


# --- parallel -------------------------------------------------------------------------------------------------------


def test_all_branches_are_joined_by_name() -> None:
    play = Play(branched())
    assert open_ids(play) == ["a#1", "c#1"]

    play.complete("a", 1)
    play.complete("c", {"x": 3})
    play.complete("b", 2)

    assert outcome_of(play, "p")["output"] == {"left": 2, "right": {"x": 3}}
    assert play.state.status == "completed"
    assert play.state.regions == {}


def test_any_branch_is_enough_and_the_rest_is_cancelled() -> None:
    play = Play(branched("any"))

    play.complete("c", 3)

    assert outcome_of(play, "p")["output"] == {"right": 3}
    assert "StepCanceled a" in play.kinds
    assert play.state.status == "completed"


def test_remaining_branches_go_on_when_they_are_not_to_be_cancelled() -> None:
    play = Play(branched("any", of={"cancel_remaining": False}))

    play.complete("c", 3)
    assert (play.state.status, open_ids(play)) == ("running", ["a#1"])
    play.complete("a")
    play.complete("b")

    assert play.state.status == "completed"
    assert outcome_of(play, "p")["output"] == {"right": 3}


@pytest.mark.parametrize(("n", "after"), [(1, "c"), (2, "b")])
def test_n_branches_are_waited_for(n: int, after: str) -> None:
    play = Play(branched({"n": n}))

    last = ""
    for step_id in ("c", "a", "b"):
        if play.state.is_terminal:
            break
        play.complete(step_id)
        last = step_id

    assert (play.state.status, last) == ("completed", after)


def test_parallel_fails_as_soon_as_its_strategy_cannot_be_met() -> None:
    play = Play(branched())

    play.fail("a", "CardDeclined")

    assert "StepCanceled c" in play.kinds
    assert code_of(play) == "CardDeclined"
    assert play.state.error is not None
    assert play.state.error.message == "branch 'left' failed: it failed"
    assert play.state.error.details["cause"]["code"] == "CardDeclined"


def test_failed_branch_is_tolerated_when_another_is_enough() -> None:
    play = Play(branched("any"))

    play.fail("a")
    assert play.state.status == "running"
    play.complete("c", 3)

    assert outcome_of(play, "p")["output"] == {"right": 3}
    assert play.state.status == "completed"


def test_error_transition_of_the_parallel_answers_a_branch_by_its_code() -> None:
    steps = [parallel(), activity("a"), activity("b"), activity("c"), activity("d")]
    play = Play(workflow(*steps, transitions=[*A_B_C, ("p", "d", "error:CARD_DECLINED"), ("d", "end")]))

    play.fail("a", "CardDeclined")

    assert open_ids(play) == ["d#1"]


def test_error_transition_inside_a_branch_comes_first() -> None:
    play = Play(branched(transitions=[("a", "b", "error")]))

    play.fail("a")

    assert open_ids(play) == ["b#1", "c#1"]


def test_branches_share_the_variables() -> None:
    of = {"output_mapping": {"n": "$.context.n"}}
    steps = [
        parallel(),
        activity("a", of=of),
        activity("b", of={"input_mapping": {"n": "$.context.n"}}),
        activity("c", of=of),
    ]
    play = Play(workflow(*steps, transitions=A_B_C))

    play.complete("a", {"n": 1})
    play.complete("c", {"n": 2})

    assert play.state.variables == {"n": 2}
    assert play.task("b").input == {"n": 1}


def test_timeout_of_a_parallel_cancels_its_branches() -> None:
    play = Play(branched(timeout=5))

    play.wait(5)

    assert code_of(play) == "Timeout"
    assert {"StepCanceled a", "StepCanceled c"} <= set(play.kinds)


def test_skipping_a_parallel_cancels_its_branches() -> None:
    play = Play(branched(skippable=True))

    play.tell(Skip(id="s", step="p"))

    assert play.state.status == "completed"
    assert play.kinds.index("StepCanceled a") < play.kinds.index("StepSkipped p")


def test_skipped_exit_ends_its_branch() -> None:
    steps = [parallel(), activity("a"), activity("b"), activity("c", skippable=True)]
    play = Play(workflow(*steps, transitions=A_B_C))

    play.tell(Skip(id="s", step="c", reason="no"))
    play.complete("a")
    play.complete("b", 2)

    assert outcome_of(play, "p")["output"] == {"left": 2, "right": {"skipped": True, "reason": "no"}}


def test_branch_that_ends_during_a_pause_is_joined_at_resume() -> None:
    play = Play(branched())
    play.complete("a")
    play.tell(Pause(id="p"))
    play.complete("b", 2)
    play.complete("c", 3)
    assert play.state.status == "paused"

    play.tell(Resume(id="r"))

    assert outcome_of(play, "p")["output"] == {"left": 2, "right": 3}
    assert play.state.status == "completed"


def test_branch_that_fails_during_a_pause_fails_the_parallel_at_resume() -> None:
    play = Play(branched())
    play.tell(Pause(id="p"))
    play.fail("a", "Odd")

    play.tell(Resume(id="r"))

    assert code_of(play) == "Odd"


def test_failed_parallel_is_retried_as_a_whole() -> None:
    play = Play(branched())
    play.fail("a")

    (refused,) = play.tell(Retry(id="r1", step="a"))
    assert "name step 'p'" in refused.details["message"]
    play.tell(Retry(id="r2", step="p"))

    assert open_ids(play) == ["a#2", "c#2"]


def test_step_in_an_open_branch_can_be_run_again() -> None:
    play = Play(branched())
    play.complete("a")

    play.tell(Rerun(id="r", step="a", input=5))

    assert open_ids(play) == ["a#2", "c#1"]
    assert play.task("a").input == 5
    play.complete("a")
    play.complete("b", 2)
    play.complete("c", 3)
    assert play.state.status == "completed"


def test_rows_say_which_branch_they_are_in() -> None:
    play = Play(branched())
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    assert [(row["step_id"], row.get("branch")) for row in status["active_steps"]] == [
        ("p", None),
        ("a", "left"),
        ("c", "right"),
    ]


def instant(step_id: str, expression: str) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": "script", "expression": expression}}


def test_branch_that_has_not_begun_never_does_when_another_fails_at_once() -> None:
    steps = [parallel(), instant("a", "$.input.text + 1"), activity("b"), activity("c")]

    play = Play(workflow(*steps, transitions=A_B_C), {"text": "x"})

    assert code_of(play) == "ExpressionError"
    assert "c" not in play.state.counts


def test_branch_that_has_not_begun_never_does_when_the_failure_is_answered() -> None:
    steps = [parallel(), instant("a", "$.input.text + 1"), activity("b"), activity("c"), activity("d")]

    play = Play(workflow(*steps, transitions=[*A_B_C, ("p", "d", "error"), ("d", "end")]), {"text": "x"})

    assert open_ids(play) == ["d#1"]
    play.complete("d")
    assert play.state.status == "completed"
    assert "c" not in play.state.counts


def test_branch_begins_and_ends_by_itself_when_another_was_enough_at_once() -> None:
    branches = [
        {"name": "left", "entry_step_id": "a", "exit_step_id": "a"},
        {"name": "right", "entry_step_id": "c", "exit_step_id": "c"},
    ]
    of = {"branches": branches, "completion_strategy": "any", "cancel_remaining": False}
    steps = [{"id": "p", "step_type": {"type": "parallel", **of}}, instant("a", "1"), activity("c")]
    play = Play(workflow(*steps, transitions=[("start", "p"), ("p", "end")]))
    assert (play.state.status, open_ids(play)) == ("running", ["c#1"])

    play.complete("c", 2)

    assert play.state.status == "completed"
    assert outcome_of(play, "p")["output"] == {"left": 1}


def test_rest_of_what_ended_during_a_pause_does_not_matter_when_the_execution_fails_at_resume() -> None:
    document = workflow(
        activity("a"), activity("b"), transitions=[("start", "a"), ("start", "b"), ("a", "end"), ("b", "end")]
    )
    play = Play(document)
    play.tell(Pause(id="p"))
    play.fail("a", "Odd")
    play.complete("b")

    play.tell(Resume(id="r"))

    assert code_of(play) == "Odd"
    assert "end" not in play.state.counts


def test_branch_left_for_the_next_commit_does_not_begin_when_another_has_won_meanwhile() -> None:
    document = workflow(
        *({"id": name, "step_type": {"type": "script", "expression": "1"}} for name in ("s", "t")),
        {
            "id": "p",
            "step_type": {
                "type": "parallel",
                "branches": [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("a", "b")],
                "completion_strategy": "any",
            },
        },
        activity("a", skippable=True, preconditions=["false"]),
        activity("b"),
        activity("c"),
        transitions=[("start", "s"), ("s", "t"), ("t", "p"), ("p", "c"), ("c", "end")],
    )
    play = Play(document, rules=Rules(steps_per_commit=4))

    play.tell(Advance(cause=play.state.commit))

    assert [task.step_id for task in play.tasks()] == ["c"]
    assert [kind for kind in play.kinds if kind.endswith(" b")] == ["StepScheduled b", "StepCanceled b"]
