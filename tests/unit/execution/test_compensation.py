"""Failing workflows take back what they have done: in reverse order, each run once, in its own scope."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.commands import (
    Cancel,
    FailExecution,
    Pause,
    Rerun,
    SetVariables,
)
from chalicelib.domain.execution.events import ErrorInfo
from tests.unit.execution.play import Play, activity
from tests.unit.execution.sagas import (
    compensations,
    mapped,
    saga,
    summary,
    twice,
    undo,
    undone,
)


def test_finished_steps_are_compensated_in_reverse_order_when_a_later_one_fails() -> None:
    play = Play(twice())
    play.complete("a", {"id": 1})
    play.complete("b", {"id": 2})

    play.fail("c", "Broken")

    assert play.state.status == "running"
    assert play.state.is_ending
    assert [task.step_id for task in play.tasks()] == ["undo-b"]
    assert play.task("undo-b").input == {"out": {"id": 2}}
    play.complete("undo-b")
    assert play.task("undo-a").input == {"out": {"id": 1}}
    play.complete("undo-a")
    assert play.state.status == "failed"
    assert play.state.error == ErrorInfo(code="Broken", message="it failed")
    (began,) = [n for n, kind in enumerate(play.kinds) if kind == "CompensationStarted"]
    assert play.kinds[began - 1 :] == [
        "StepFailed c",
        "CompensationStarted",
        *_around("undo-b"),
        *_around("undo-a"),
        "WorkflowFailed",
    ]
    assert summary(play) == {
        "compensated": ["b#1", "a#1"],
        "skipped": [],
        "failed": [],
        "left": [],
        "counts": {"compensated": 2, "skipped": 0, "failed": 0, "left": 0},
    }


def _around(step_id: str) -> list[str]:
    kinds = ("CompensationStarted", "StepScheduled", "StepStarted", "StepCompleted", "CompensationCompleted")
    return [f"{kind} {step_id}" for kind in kinds]


def test_execution_fails_at_once_when_nothing_was_finished_that_has_a_compensation() -> None:
    play = Play(twice())

    play.fail("a")

    assert play.state.status == "failed"
    assert "compensation" not in play.events[-1].details
    assert compensations(play) == []


def test_skipped_failed_and_continued_steps_are_not_compensated() -> None:
    keep_on = {"error_policy": {"type": "continue_workflow"}}
    document = saga(
        undone("a", "undo", skippable=True, preconditions=["false"]),
        undone("b", "undo", **keep_on),
        undone("c", "undo"),
        activity("d"),
        also=[undo("undo")],
    )
    play = Play(document)
    play.fail("b")
    play.complete("c")

    play.fail("d")
    play.complete("undo")

    assert compensations(play) == ["Started c#1", "Completed c#1"]
    assert play.state.status == "failed"


@pytest.mark.parametrize("cause", ["timed_out", "end", "no transition", "engine", "output"])
def test_compensation_follows_whatever_the_cause_of_the_end(cause: str) -> None:
    output_type = {"fields": [{"name": "x", "field_type": {"type": "string"}, "required": True}]}
    more: dict[str, Any] = {"timeout": 60} if cause == "timed_out" else {}
    document = saga(undone("a", "undo"), activity("b"), also=[undo("undo")], **more)
    if cause == "end":
        document["steps"].append({"id": "bad", "step_type": {"type": "end", "result": "failed"}})
        document["transitions"][-1]["to_step_id"] = "bad"
        document["transitions"].append({"from_step_id": "b", "to_step_id": "end", "condition": "false"})
    elif cause == "no transition":
        document["transitions"][-1]["condition"] = "false"
    elif cause == "output":
        document["output_type"] = output_type
    play = Play(document)
    play.complete("a")

    if cause == "timed_out":
        play.wait(60)
    elif cause == "engine":
        play.tell(FailExecution(cause="x", error=ErrorInfo(code="EngineError", message="no")))
    else:
        play.complete("b")
    play.complete("undo")

    assert compensations(play) == ["Started a#1", "Completed a#1"]
    error = play.state.error
    codes = {"timed_out": "Timeout", "end": "FailedEnd", "no transition": "NoTransition"}
    codes |= {"engine": "EngineError", "output": "InvalidOutput"}
    assert play.state.status == ("timed_out" if cause == "timed_out" else "failed")
    assert error is not None
    assert error.code == codes[cause]


@pytest.mark.parametrize("wanted", [False, True])
def test_cancel_compensates_only_when_the_definition_says_so(wanted: bool) -> None:
    play = Play(twice(compensate_on_cancel=wanted))
    play.complete("a")
    play.complete("b")

    play.tell(Cancel(id="c", reason="changed their mind", by="ann"))

    if wanted:
        assert play.state.status == "running"
        play.complete("undo-b")
        play.complete("undo-a")
    assert play.state.status == "canceled"
    assert compensations(play)[:1] == (["Started b#1"] if wanted else [])
    details = play.events[-1].details
    assert (details["reason"], details["by"]) == ("changed their mind", "ann")


def test_cancel_of_a_paused_execution_compensates_at_once() -> None:
    play = Play(twice(compensate_on_cancel=True))
    play.tell(Pause(id="p"))
    play.complete("a", {"id": 1})
    assert play.state.deferred

    play.tell(Cancel(id="c"))
    play.complete("undo-a")

    assert play.state.status == "canceled"
    assert compensations(play) == ["Started a#1", "Completed a#1"]


def test_each_finished_run_counts_when_a_step_has_run_again() -> None:
    play = Play(twice())
    play.complete("a", {"id": 1})
    play.complete("b", {"id": 2})
    play.tell(Rerun(id="r", step="a"))
    play.complete("a", {"id": 3})
    play.complete("b", {"id": 4})

    play.fail("c")
    seen = []
    for step in ("undo-b", "undo-a", "undo-b", "undo-a"):
        seen.append(play.task(step).input["out"]["id"])
        play.complete(step)

    assert seen == [4, 3, 2, 1]
    assert compensations(play)[::2] == ["Started b#2", "Started a#2", "Started b#1", "Started a#1"]


def test_item_is_compensated_in_its_scope_when_its_region_has_closed() -> None:
    mapping = {
        "sku": "$.item",
        "at": "$.index",
        "kept": "$.context.v",
        "out": "$.compensated.output",
        "x": "$.context.n",
    }
    document = mapped(
        undone("i", "undo", of={"input_mapping": {"v": "$.item"}, "output_mapping": {"v": "$.context.v"}}),
        also=[undo("undo", mapping | {"in": "$.compensated.input"})],
    )
    play = Play(document, {"items": ["p", "q"]})
    for number, run_id in enumerate(["i#2", "i#1"]):
        play.complete_run(run_id, {"v": number})
    play.tell(SetVariables(id="v", variables={"n": 5}))

    play.fail("last")
    inputs = []
    for _ in range(2):
        inputs.append(play.task("undo").input)
        play.complete("undo")

    assert inputs == [
        {"sku": "p", "at": 0, "kept": 1, "out": {"v": 1}, "in": {"v": "p"}},
        {"sku": "q", "at": 1, "kept": 0, "out": {"v": 0}, "in": {"v": "q"}},
    ]
    assert play.state.status == "failed"


def test_compensation_sees_nothing_of_an_item_but_what_it_reads() -> None:
    play = Play(mapped(undone("i", "undo"), also=[undo("undo", {"k": "$.context.k"})]), {"items": [1]})
    play.tell(SetVariables(id="v", variables={"k": 1, "big": "x" * 1_000}))

    play.complete("i", {"large": "y" * 1_000})

    (kept,) = play.state.finished
    assert (kept.item, kept.output, kept.variables, kept.item_output) == (None, None, {}, None)


@pytest.mark.parametrize(
    ("mapping", "seen"),
    [
        ({"all": "$.context"}, {"all": {"w": 7}}),
        ({"all": "$.compensated"}, {"all": {"input": {"items": [9]}, "output": {"n": 7}}}),
        ({"o": "$.output"}, {"o": {"r": 7}}),
        ({"s": "$.steps.before.output"}, {"s": {"b": 1}}),
        ({"s": "$.steps.*.output.b"}, {"s": 1}),
        ({"e": "$.error.code"}, {"e": "Broken"}),
        ({"all": "{% $merge([$$.item, $$.context]) %}"}, None),
    ],
)
def test_compensation_of_an_item_reads_every_root_as_it_was(mapping: dict[str, Any], seen: Any) -> None:
    step = undone("i", "undo", of={"output_mapping": {"n": "$.context.w"}})
    if "o" in mapping:
        step = undone("i", "undo", of={"output_mapping": {"n": "$.output.r"}})
    play = Play(mapped(activity("before"), step, also=[undo("undo", mapping)]), {"items": [9]})
    play.complete("before", {"b": 1})
    play.complete("i", {"n": 7})

    play.fail("last", "Broken")

    if seen is not None:
        assert play.task("undo").input == seen
        play.complete("undo")
    assert play.state.status == "failed"


def test_item_of_an_item_sees_the_steps_of_both() -> None:
    inner = {"type": "map", "items": "[1]", "entry_step_id": "i", "exit_step_id": "i"}
    document = mapped(
        activity("outer"),
        {"id": "n", "step_type": inner},
        also=[undone("i", "undo"), undo("undo", {"o": "$.steps.outer.output", "item": "$.item"})],
    )
    play = Play(document, {"items": [9]})
    play.complete("outer", 4)
    play.complete("i")

    play.fail("last")

    assert play.task("undo").input == {"o": 4, "item": 1}


def test_compensation_works_on_the_input_of_the_execution_when_it_maps_none() -> None:
    play = Play(saga(undone("a", "undo"), activity("b"), also=[activity("undo")]), {"n": 1})
    play.complete("a")

    play.fail("b")

    assert play.task("undo").input == {"n": 1}
