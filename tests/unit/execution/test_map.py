"""Maps: one region an item, worked off in a window, and joined in order."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Advance
from chalicelib.domain.execution.effects import Continue, outstanding
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import Play, activity, workflow


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


def code_of(play: Play) -> str | None:
    return None if play.state.error is None else play.state.error.code


def test_items_are_worked_off_and_their_outputs_listed_in_order() -> None:
    play = Play(mapped(), {"items": ["x", "y", "z"]})
    assert [task.input for task in play.tasks()] == [{"v": "x", "n": 0}, {"v": "y", "n": 1}, {"v": "z", "n": 2}]

    for run_id in ("i#3", "i#1", "i#2"):
        play.complete_run(run_id, run_id)

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
        play.complete_run(task.run_id, task.input["v"] * 10)

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
            play.complete_run(f"i#{number + 1}", number)

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
    play.complete_run("i#1", "x")
    play.complete_run("i#2", "y")

    assert (play.state.variables, play.state.output) == ({"base": 9}, {"all": ["x", "y"]})


def test_item_sees_its_own_earlier_steps() -> None:
    use = activity("i", of={"input_mapping": {"from": "$.steps.f.output"}})
    play = Play(mapped(activity("f"), use, transitions=[("f", "i")]), {"items": [0, 1]})

    play.complete_run("f#2", "second")
    play.complete_run("f#1", "first")

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
        play.complete_run(task.run_id, [task.step_id, task.input["v"], task.input["n"]])

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
            play.complete_run(task.run_id, task.input["v"])

    assert play.state.output["all"] == list(range(500))


def test_rows_say_which_item_they_are_of() -> None:
    play = Play(mapped(), {"items": ["x", "y"]})
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    assert [(row["run_id"], row.get("index")) for row in status["active_steps"]] == [
        ("m#1", None),
        ("i#1", 0),
        ("i#2", 1),
    ]


def test_map_that_takes_too_long_fails() -> None:
    document = mapped()
    document["steps"][1]["timeout"] = 5
    play = Play(document, {"items": [1, 2]})

    play.wait(5)

    assert code_of(play) == "Timeout"
    assert play.kinds.count("StepCanceled i") == 2
