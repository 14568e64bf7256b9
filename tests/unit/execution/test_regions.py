"""Parallel branches and map items: joining, failing, cancelling, and what each sees."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Advance, Pause, Rerun, Resume, Retry, Skip
from chalicelib.domain.execution.effects import Continue, outstanding
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


def mapped(
    *steps: dict[str, Any], exit_step: str = "i", transitions: list[Any] | None = None, **of: Any
) -> dict[str, Any]:
    """A step ``m`` over ``$.input.items``; its output is ``$.output.all``."""
    body = steps or (activity("i", of={"input_mapping": {"v": "$.item", "n": "$.index"}}),)
    entry = body[0]["id"]
    step_type = {"type": "map", "items": "$.input.items", "entry_step_id": entry, "exit_step_id": exit_step, **of}
    report = {"id": "r", "step_type": {"type": "data_mapping", "mapping": {"$.output.all": "$.steps.m.output"}}}
    edges = [("start", "m"), ("m", "r"), ("r", "end"), *(transitions or [])]
    return workflow({"id": "m", "step_type": step_type}, *body, report, transitions=edges)


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


# --- map ------------------------------------------------------------------------------------------------------------


def test_items_are_worked_off_and_their_outputs_listed_in_order() -> None:
    play = Play(mapped(), {"items": ["x", "y", "z"]})
    assert [task.input for task in play.tasks()] == [{"v": "x", "n": 0}, {"v": "y", "n": 1}, {"v": "z", "n": 2}]

    for run_id in ("i#3", "i#1", "i#2"):
        complete_run(play, run_id, run_id)

    assert play.state.output == {"all": ["i#1", "i#2", "i#3"]}
    assert play.state.status == "completed"


@pytest.mark.parametrize(("items", "inputs"), [({}, []), ({"items": []}, []), ({"items": "one"}, ["one"])])
def test_items_are_a_list_whatever_the_expression_gives(items: dict[str, Any], inputs: list[Any]) -> None:
    play = Play(mapped(), items)

    assert [task.input["v"] for task in play.tasks()] == inputs
    if not inputs:
        assert play.state.output == {"all": []}


def test_no_more_items_are_open_than_may_be() -> None:
    play = Play(mapped(max_concurrency=2), {"items": list(range(5))})
    most = 0

    while play.tasks():
        most = max(most, len(play.tasks()))
        task = play.tasks()[-1]
        complete_run(play, task.run_id, task.input["v"] * 10)

    assert most == 2
    assert play.state.output == {"all": [0, 10, 20, 30, 40]}


def test_window_of_the_rules_holds_when_the_definition_has_none() -> None:
    play = Play(mapped(), {"items": list(range(30))}, rules=Rules(max_open_items=7))

    assert len(play.tasks()) == 7


def test_failed_item_fails_the_map_and_cancels_the_others() -> None:
    play = Play(mapped(), {"items": [1, 2, 3]})

    play.fail_run("i#2", "Odd")

    assert code_of(play) == "Odd"
    assert play.kinds.count("StepCanceled i") == 2


@pytest.mark.parametrize(
    ("percentage", "failures", "status"), [(50, 2, "completed"), (50, 3, "failed"), (25, 1, "completed")]
)
def test_failures_are_tolerated_up_to_the_percentage(percentage: float, failures: int, status: str) -> None:
    play = Play(mapped(tolerated_failure_percentage=percentage), {"items": [0, 1, 2, 3]})

    for number in range(4):
        if play.state.is_terminal:
            break
        if number < failures:
            play.fail_run(f"i#{number + 1}")
        else:
            complete_run(play, f"i#{number + 1}", number)

    assert play.state.status == status
    if status == "completed":
        assert play.state.output == {"all": [None if number < failures else number for number in range(4)]}


def test_item_keeps_its_writes_to_itself() -> None:
    note = {"id": "n", "step_type": {"type": "data_mapping", "mapping": {"$.context.v": "$.item", "$.output.o": 1}}}
    use = activity("i", of={"input_mapping": {"v": "$.context.v", "base": "$.context.base", "o": "$.output.o"}})
    document = mapped(note, use, transitions=[("n", "i")])
    document["steps"].insert(1, {"id": "b", "step_type": {"type": "data_mapping", "mapping": {"$.context.base": 9}}})
    document["transitions"][0] = {"from_step_id": "start", "to_step_id": "b"}
    document["transitions"].append({"from_step_id": "b", "to_step_id": "m"})
    play = Play(document, {"items": [5, 6]})

    assert [task.input for task in play.tasks()] == [{"v": 5, "base": 9, "o": 1}, {"v": 6, "base": 9, "o": 1}]
    complete_run(play, "i#1", "x")
    complete_run(play, "i#2", "y")

    assert (play.state.variables, play.state.output) == ({"base": 9}, {"all": ["x", "y"]})


def test_item_sees_its_own_earlier_steps() -> None:
    use = activity("i", of={"input_mapping": {"from": "$.steps.f.output"}})
    play = Play(mapped(activity("f"), use, transitions=[("f", "i")]), {"items": [0, 1]})

    complete_run(play, "f#2", "second")
    complete_run(play, "f#1", "first")

    inputs = {task.run_id: task.input["from"] for task in play.tasks()}
    assert inputs == {"i#1": "second", "i#2": "first"}


def test_map_inside_a_branch_inside_a_map_joins_from_the_inside_out() -> None:
    inner = {"type": "map", "items": "$.item", "entry_step_id": "leaf", "exit_step_id": "leaf"}
    branches = [
        {"name": "deep", "entry_step_id": "inner", "exit_step_id": "inner"},
        {"name": "flat", "entry_step_id": "c", "exit_step_id": "c"},
    ]
    document = mapped(
        {"id": "p", "step_type": {"type": "parallel", "branches": branches}},
        {"id": "inner", "step_type": inner},
        activity("leaf", of={"input_mapping": {"v": "$.item", "n": "$.index"}}),
        activity("c", of={"input_mapping": {"v": "$.item", "n": "$.index"}}),
        exit_step="p",
    )
    play = Play(document, {"items": [[1, 2], [3]]})

    while play.tasks():
        task = play.tasks()[-1]
        complete_run(play, task.run_id, [task.step_id, task.input["v"], task.input["n"]])

    assert play.state.output["all"] == [
        {"deep": [["leaf", 1, 0], ["leaf", 2, 1]], "flat": ["c", [1, 2], 0]},
        {"deep": [["leaf", 3, 0]], "flat": ["c", [3], 1]},
    ]
    assert play.state.regions == {}


def test_large_map_is_spread_over_commits_and_ends() -> None:
    play = Play(mapped(), {"items": list(range(500))}, rules=Rules(max_open_items=150, steps_per_commit=40))

    while not play.state.is_terminal:
        if any(isinstance(effect, Continue) for effect in outstanding(play.state)):
            play.tell(Advance(cause=play.state.commit))
        else:
            task = play.tasks()[0]
            complete_run(play, task.run_id, task.input["v"])

    assert play.state.output["all"] == list(range(500))


def complete_run(play: Play, run_id: str, output: Any) -> None:
    play.complete_run(run_id, output)


def test_rows_say_which_branch_or_item_they_are_in() -> None:
    play = Play(branched())
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    assert [(row["step_id"], row.get("branch")) for row in status["active_steps"]] == [
        ("p", None),
        ("a", "left"),
        ("c", "right"),
    ]

    play = Play(mapped(), {"items": ["x", "y"]})
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    assert [(row["run_id"], row.get("index")) for row in status["active_steps"]] == [
        ("m#1", None),
        ("i#1", 0),
        ("i#2", 1),
    ]
