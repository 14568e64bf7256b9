"""What people call a step when they take an execution in hand: ids, items of maps, runs."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import Confirm, Pause, Rerun, Resume, Retry, Skip
from tests.unit.execution.play import Play, activity, workflow


def mapped(*inner: dict[str, Any], edges: list[Any] = (), items: str = "$.input.items", **of: Any) -> dict[str, Any]:  # type: ignore[assignment]
    ids = [step["id"] for step in inner]
    step_type = {"type": "map", "items": items, "entry_step_id": ids[0], "exit_step_id": ids[-1], **of}
    return workflow({"id": "m", "step_type": step_type}, *inner, transitions=[("start", "m"), *edges, ("m", "end")])


def of_items(**fields: Any) -> Play:
    return Play(mapped(activity("i", **fields)), {"items": ["p", "q", "r"]})


def nested() -> Play:
    inner = {"type": "map", "items": "$.item", "entry_step_id": "i", "exit_step_id": "i"}
    document = mapped({"id": "n", "step_type": inner})
    document["steps"].append(activity("i", skippable=True))
    return Play(document, {"items": [["p", "q"], ["r", "s"]]})


def refusal(play: Play) -> tuple[str, str]:
    details = play.events[-1].details
    return details["code"], details["message"]


def ended(play: Play, kind: str) -> list[str | None]:
    return [event.run_id for event in play.events if event.type == kind]


@pytest.mark.parametrize("name", ["i[1]", "i#2"])
def test_run_in_an_item_is_named_by_its_index_or_its_run_id(name: str) -> None:
    play = of_items(skippable=True)

    play.tell(Skip(id="s", step=name))

    assert ended(play, "StepSkipped") == ["i#2"]


def test_several_runs_are_refused_with_what_to_call_them() -> None:
    play = of_items(skippable=True)

    play.tell(Skip(id="s", step="i"))

    assert refusal(play) == (
        "Ambiguous",
        "'i' may mean several runs; name one of them: i#1 (i[0]), i#2 (i[1]), i#3 (i[2])",
    )


def test_item_of_an_item_is_named_from_outside_inwards() -> None:
    play = nested()

    play.tell(Skip(id="s", step="i[1][0]"))
    assert ended(play, "StepSkipped") == ["i#3"]
    play.tell(Skip(id="t", step="i[0]"))

    assert refusal(play)[0] == "Ambiguous"
    assert "i#1 (i[0][0]), i#2 (i[0][1])" in refusal(play)[1]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("i[7]", "InvalidState"),
        ("i#9", "InvalidState"),
        ("i[0][0]", "InvalidState"),
        ("x[0]", "UnknownStep"),
        ("i[-1]", "UnknownStep"),
        ("i[0]#1", "UnknownStep"),
        ("i[", "UnknownStep"),
        ("", "UnknownStep"),
    ],
)
def test_name_without_a_run_is_refused(name: str, code: str) -> None:
    play = of_items(skippable=True)

    play.tell(Skip(id="s", step=name))

    assert refusal(play)[0] == code


def test_skip_that_took_effect_in_an_item_is_no_error_the_second_time() -> None:
    play = of_items(skippable=True)
    play.tell(Skip(id="s", step="i[1]"))

    assert play.tell(Skip(id="t", step="i[1]")) == []


def test_item_that_waits_to_be_confirmed_is_confirmed_by_its_index() -> None:
    play = of_items(requires_confirmation=True)

    play.tell(Confirm(id="c", step="i[2]"))

    assert [task.run_id for task in play.tasks()] == ["i#3"]
    assert play.tasks()[0].input == {"items": ["p", "q", "r"]}


def answered() -> Play:
    """Items whose first step fails into a second one, so that they stay open."""
    document = mapped(activity("i"), activity("f"), edges=[("i", "f"), ("i", "f", "error")])
    play = Play(document, {"items": ["p", "q"]})
    play.fail_run("i#1", "One")
    play.fail_run("i#2", "Two")
    return play


def test_step_that_failed_in_an_item_is_retried_there() -> None:
    play = answered()

    play.tell(Retry(id="r", step="i"))
    assert refusal(play)[0] == "Ambiguous"
    play.tell(Retry(id="s", step="i[0]"))

    assert play.state.runs["i#3"].region == "m#1/0"
    play.tell(Retry(id="t", step="i"))
    assert play.state.runs["i#4"].region == "m#1/1"


def test_run_that_is_not_the_last_of_its_place_is_not_retried() -> None:
    play = answered()
    play.tell(Retry(id="s", step="i[0]"))
    play.fail_run("i#3")

    play.tell(Retry(id="t", step="i#1"))

    assert refusal(play) == ("InvalidState", "step 'i#1' has no last run that has failed")


def test_rerun_in_an_item_cancels_what_followed_there_and_nothing_else() -> None:
    play = answered()

    play.tell(Rerun(id="r", step="i[0]"))

    assert ended(play, "StepCanceled") == ["f#1"]
    assert {run.run_id for run in play.state.runs.values() if run.step_id != "m"} == {"f#2", "i#3"}


def test_step_in_an_item_that_is_over_is_reached_by_the_step_that_opened_it() -> None:
    play = of_items()
    play.complete_run("i#1")
    play.complete_run("i#2")

    for number, name in enumerate(["i#1", "i[1]"]):
        play.tell(Rerun(id=f"r{number}", step=name))

        assert refusal(play)[0] == "InvalidState"
    assert "name step 'm'" in refusal(play)[1]


def test_step_in_an_item_of_an_execution_that_is_over_is_reached_by_the_step_that_opened_it() -> None:
    play = Play(mapped(activity("i")), {"items": ["p"]})
    play.fail_run("i#1")

    play.tell(Retry(id="r", step="i[0]"))

    assert refusal(play) == ("InvalidState", "step 'i#1' was in a region that has ended; name step 'm'")


def test_branch_of_a_step_that_is_over_is_reached_by_that_step() -> None:
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("a", "b")]
    document = workflow(
        {"id": "p", "step_type": {"type": "parallel", "branches": branches}},
        activity("a"),
        activity("b"),
        activity("c"),
        transitions=[("start", "p"), ("p", "c"), ("c", "end")],
    )
    play = Play(document)
    play.complete("a")
    play.complete("b")

    play.tell(Rerun(id="r", step="a"))

    assert "name step 'p'" in refusal(play)[1]


def test_error_is_that_of_the_own_item_when_another_has_failed_since() -> None:
    document = mapped(
        activity("i"),
        activity("f", of={"input_mapping": {"code": "$.error.code"}}),
        edges=[("i", "f", "error"), ("i", "f")],
    )
    play = Play(document, {"items": ["p", "q"]})
    play.tell(Pause(id="p"))
    play.fail_run("i#1", "One")
    play.fail_run("i#2", "Two")

    play.tell(Resume(id="r"))

    assert sorted(task.input["code"] for task in play.tasks()) == ["One", "Two"]
