"""Failing workflows take back what they have done: in reverse order, each run once, in its own scope."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.execution.commands import (
    Advance,
    Cancel,
    CompleteTask,
    FailExecution,
    FailTask,
    Pause,
    Rerun,
    Resume,
    Retry,
    SetVariables,
    Signal,
    Skip,
)
from chalicelib.domain.execution.decide import give_up
from chalicelib.domain.execution.effects import Arm, Continue, RunInline, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import Rules
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import BEGIN, Play, activity, chain, workflow


def undone(step_id: str, by: str, **fields: Any) -> dict[str, Any]:
    """A step and, apart from the graph, the name of what compensates it."""
    return activity(step_id, compensation_step_id=by, **fields)


def undo(step_id: str, mapping: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    mapped = {"out": "$.compensated.output"} if mapping is None else mapping
    return activity(step_id, of={"input_mapping": mapped, **fields.pop("of", {})}, **fields)


def saga(*steps: dict[str, Any], also: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A chain of steps, with compensations beside it."""
    document = chain(*steps, **fields)
    document["steps"] += also
    return document


def twice(**fields: Any) -> dict[str, Any]:
    """Steps a and b, which undo-a and undo-b compensate, and c, which may fail."""
    return saga(
        undone("a", "undo-a"), undone("b", "undo-b"), activity("c"), also=[undo("undo-a"), undo("undo-b")], **fields
    )


def mapped(*inner: dict[str, Any], also: list[dict[str, Any]], of: dict[str, Any] | None = None) -> dict[str, Any]:
    """A map over ``$.input.items`` whose items go through ``inner``, and then a step ``last``."""
    ids = [step["id"] for step in inner]
    step_type = {
        "type": "map",
        "items": "$.input.items",
        "entry_step_id": ids[0],
        "exit_step_id": ids[-1],
        **(of or {}),
    }
    return workflow(
        {"id": "m", "step_type": step_type},
        *inner,
        activity("last"),
        *also,
        transitions=[("start", "m"), *pairwise(ids), ("m", "last"), ("last", "end")],
    )


def hand_over(play: Play) -> None:
    """Go on with what did not fit into a commit."""
    while any(isinstance(effect, Continue) for effect in outstanding(play.state)):
        play.tell(Advance(cause=play.state.commit))


def compensations(play: Play) -> list[str]:
    """What was compensated, in order, by how it ended."""
    return [
        f"{event.type.removeprefix('Compensation')} {event.details['compensates']}"
        for event in play.events
        if event.type.startswith("Compensation") and event.run_id is not None
    ]


def shown(play: Play) -> dict[str, Any]:
    """The status that people see."""
    found = status_view(play.commits, play.program.definition)
    assert found is not None
    return found


def summary(play: Play) -> dict[str, Any]:
    found: dict[str, Any] = play.events[-1].details["compensation"]
    return found


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


# --- scope ------------------------------------------------------------------------------------------------------------


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


# --- attempts in flight -----------------------------------------------------------------------------------------------


def side_by_side(**fields: Any) -> dict[str, Any]:
    """Branches: charge, which refund compensates, beside reserve."""
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("charge", "reserve")]
    mapping = {"id": "$.context.id", "out": "$.compensated.output"}
    return workflow(
        {"id": "p", "step_type": {"type": "parallel", "branches": branches}},
        undone("charge", "refund", of={"output_mapping": {"id": "$.context.id"}}, **fields),
        activity("reserve"),
        undo("refund", mapping),
        transitions=[("start", "p"), ("p", "end")],
    )


def test_attempt_in_flight_is_awaited_and_compensated_when_it_succeeds_late() -> None:
    play = Play(side_by_side(timeout=30))
    charge = play.task("charge")

    play.fail("reserve")
    assert play.state.status == "running"
    assert play.state.awaits(charge.run_id, 1)
    assert [task.run_id for task in play.tasks()] == [charge.run_id]
    play.tell(CompleteTask(run_id=charge.run_id, attempt=1, output={"id": "pay"}, started_at=BEGIN, node="n"))

    assert play.task("refund").input == {"id": "pay", "out": {"id": "pay"}}
    assert "id" not in play.state.variables
    assert play.state.latest["charge"].state == "completed"
    play.complete("refund")
    assert play.state.status == "failed"
    assert summary(play)["compensated"] == ["charge#1"]


def test_attempt_in_flight_is_not_repeated_when_it_fails_late() -> None:
    play = Play(side_by_side(timeout=30, retry_policy={"max_attempts": 3, "initial_interval": 0}))
    charge = play.task("charge")

    play.fail("reserve")
    play.tell(FailTask(run_id=charge.run_id, attempt=1, error=ErrorInfo(code="No", message=""), started_at=BEGIN))

    assert play.state.status == "failed"
    assert play.state.error is not None
    assert play.state.error.code == "Boom"
    assert compensations(play) == []
    assert play.kinds[-2:] == ["StepFailed charge", "WorkflowFailed"]


@pytest.mark.parametrize(("timeout", "seconds"), [(30, 30), (None, 3_600)])
def test_attempt_in_flight_is_awaited_to_its_timeout_or_for_an_hour(timeout: float | None, seconds: float) -> None:
    play = Play(side_by_side(**({} if timeout is None else {"timeout": timeout})))

    play.fail("reserve")

    assert play.wait_for_deadline() == seconds
    assert play.state.status == "failed"
    assert play.kinds[-3:] == ["StepTimedOut charge", "StepFailed charge", "WorkflowFailed"]


def test_each_attempt_in_flight_has_its_own_time() -> None:
    document = workflow(
        undone("a", "undo", timeout=10),
        undone("b", "undo", timeout=20),
        activity("c"),
        undo("undo"),
        transitions=[("start", "a"), ("start", "b"), ("start", "c"), ("a", "end"), ("b", "end"), ("c", "end")],
    )
    play = Play(document)
    play.fail("c")

    assert play.wait_for_deadline() == 10
    assert shown(play)["status_info"]["details"] == "0 to compensate, 1 awaited"
    play.complete("b", 5)

    assert play.task("undo").input == {"out": 5}
    view = shown(play)
    assert (view["state"], view["status_info"]["sub_state"]) == ("running", "compensating")
    assert view["status_info"]["details"] == "1 to compensate, 0 awaited"


def test_attempt_waiting_for_a_retry_is_not_awaited() -> None:
    play = Play(side_by_side(retry_policy={"max_attempts": 2, "initial_interval": 60}))
    play.fail("charge")

    play.fail("reserve")

    assert play.state.status == "failed"


def test_attempt_is_not_awaited_when_it_was_scheduled_by_the_decision_that_fails() -> None:
    document = workflow(
        activity("first"),
        undone("a", "undo"),
        {"id": "bad", "step_type": {"type": "script", "expression": "$.input.text + 1"}},
        undo("undo"),
        transitions=[("start", "first"), ("first", "a"), ("first", "bad"), ("a", "end"), ("bad", "end")],
    )
    play = Play(document, {"text": "x"})

    play.complete("first")

    assert play.state.status == "failed"


def test_late_item_is_compensated_in_its_scope() -> None:
    document = mapped(
        undone("i", "undo", of={"output_mapping": {"v": "$.context.v"}}),
        also=[undo("undo", {"item": "$.item", "v": "$.context.v"})],
    )
    play = Play(document, {"items": ["p", "q"]})

    play.fail_run("i#1")
    play.complete_run("i#2", {"v": 3})

    assert play.task("undo").input == {"item": "q", "v": 3}


def test_attempt_cancelled_by_a_join_is_compensated_when_it_succeeds_and_the_workflow_fails_later() -> None:
    document = side_by_side(timeout=600)
    document["steps"][1]["step_type"]["completion_strategy"] = "any"
    document["steps"].append(activity("after"))
    document["transitions"] = [
        {"from_step_id": a, "to_step_id": b} for a, b in (("start", "p"), ("p", "after"), ("after", "end"))
    ]
    play = Play(document)
    charge = play.task("charge")
    play.complete("reserve")
    assert not play.state.awaits(charge.run_id, 1)

    play.tell(CompleteTask(run_id=charge.run_id, attempt=1, output={"id": 1}, started_at=BEGIN))
    assert play.state.latest["charge"].state == "canceled"
    play.fail("after")

    assert play.task("refund").input == {"id": 1, "out": {"id": 1}}


def test_attempt_cancelled_long_ago_is_forgotten_when_its_time_is_over() -> None:
    document = side_by_side(timeout=10)
    document["steps"][1]["step_type"]["completion_strategy"] = "any"
    document["steps"].append(activity("after"))
    document["transitions"] = [
        {"from_step_id": a, "to_step_id": b} for a, b in (("start", "p"), ("p", "after"), ("after", "end"))
    ]
    play = Play(document)
    play.complete("reserve")
    assert list(play.state.strays) == ["charge#1"]

    play.wait(11)
    play.complete("after")

    assert play.state.status == "completed"
    assert play.state.strays == {}


def test_inline_attempt_that_was_never_run_is_not_awaited_when_the_workflow_fails_later() -> None:
    document = side_by_side()
    document["steps"][2]["step_type"]["inline"] = True
    document["steps"][1]["step_type"]["completion_strategy"] = "any"
    document["steps"].append(activity("after"))
    document["transitions"] = [
        {"from_step_id": a, "to_step_id": b} for a, b in (("start", "p"), ("p", "after"), ("after", "end"))
    ]
    play = Play(document)
    play.complete("reserve")

    play.fail("after")

    assert play.state.status == "failed"


def test_inline_attempt_in_flight_is_run_and_compensated() -> None:
    document = side_by_side()
    document["steps"][2]["step_type"]["inline"] = True
    play = Play(document)

    play.fail("reserve")

    assert [type(effect) for effect in outstanding(play.state)] == [RunInline, Arm]
    play.complete("charge", {"id": 1})
    assert play.task("refund").input["id"] == 1


# --- compensations are steps ------------------------------------------------------------------------------------------


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


def branches_that_undo(exit_of: str = "x") -> dict[str, Any]:
    """Step a is compensated by a parallel step of two branches."""
    branches = [
        {"name": "one", "entry_step_id": "x", "exit_step_id": exit_of},
        {"name": "two", "entry_step_id": "y", "exit_step_id": "y"},
    ]
    inner = [undone("x", "undo-x"), activity("y", of={"input_mapping": {"o": "$.compensated.output"}}), undo("undo-x")]
    document = saga(
        undone("a", "both"),
        activity("b"),
        also=[{"id": "both", "step_type": {"type": "parallel", "branches": branches}}, *inner],
    )
    if exit_of != "x":
        document["steps"].append(activity(exit_of))
        document["transitions"].append({"from_step_id": "x", "to_step_id": exit_of, "condition": "$.result.ok"})
    return document


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


# --- control ----------------------------------------------------------------------------------------------------------


def compensating() -> Play:
    play = Play(twice())
    play.complete("a")
    play.complete("b")
    play.fail("c")
    return play


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


# --- crashes and poison -----------------------------------------------------------------------------------------------


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
