"""What is doubtful, and what only looks so."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.definitions.definition import (
    load_definition,
)
from tests.unit.definitions.samples import (
    POINT,
    Document,
    document,
    edge,
    found,
    only,
    parallel,
    report,
    script,
    step,
)


def test_a_warning_keeps_no_definition_back() -> None:
    given = document(step("a", "activity", activity_type="nobody.Knows"))

    loaded = load_definition(given, known_activities={"somebody.Knows"})

    (finding,) = loaded.findings
    assert (finding.code, finding.severity, finding.pointer) == (
        "UnknownActivity",
        "warning",
        "/steps/1/step_type/activity_type",
    )
    assert finding.hint == "Did you mean 'somebody.Knows'?"


def test_an_activity_need_not_be_known_when_it_has_workers_of_its_own() -> None:
    given = document(
        step("a", "activity", activity_type="nobody.Knows", task_list="theirs"),
        event_handlers=[
            {"id": "h", "event_name": "x", "handler_type": {"type": "execute_activity", "activity_type": "unknown"}}
        ],
    )

    assert found(given, known_activities=["x"]) == [("UnknownActivity", "/event_handlers/0/handler_type/activity_type")]


def test_a_decision_without_a_default_is_doubtful_unless_a_condition_is_always_true() -> None:
    conditions = [{"condition": "$.input.x", "transition_to": "end"}]
    edges = [edge("start", "a")]

    assert found(document(step("a", "decision", conditions=conditions), edges=edges)) == [
        ("NoDefault", "/steps/1/step_type")
    ]
    certain = [*conditions, {"condition": " true ", "transition_to": "end"}]
    assert found(document(step("a", "decision", conditions=certain), edges=edges)) == []
    assert found(document(step("a", "decision", conditions=conditions, default="end"), edges=edges)) == []


def fork(*, condition: str | None = None, end: Document | None = None, meet: str = "d") -> Document:
    """A step with two ways that meet at one step, or at the end."""
    given = document(
        script("a"), script("b"), script("c"), script("d"),
        edges=[edge("start", "a"), edge("a", "b", condition), edge("a", "c"), edge("b", meet), edge("c", meet),
               edge("d", "end"), *([edge("c", "d")] if meet == "end" else [])],
    )  # fmt: skip
    if end is not None:
        given["steps"][-1]["step_type"] |= end
    return given


def test_paths_that_meet_are_doubtful_when_they_fork_outside_a_parallel_step() -> None:
    assert found(fork()) == [("PathsMeet", "/steps/1")]
    assert found(fork(condition="$.input.x")) == [("PathsMeet", "/steps/1")]
    assert "meet again at 'd'" in only(fork()).message


def test_paths_may_meet_at_the_end_unless_it_writes_the_output() -> None:
    assert found(fork(meet="end")) == []
    assert ("PathsMeet", "/steps/1") in found(fork(meet="end", end={"output_mapping": {"x": 1}}))


def test_paths_may_meet_when_a_decision_or_a_loop_separates_them() -> None:
    choice = document(
        step("a", "decision", conditions=[{"condition": "$.input.x", "transition_to": "b"}], default="c"),
        script("b"), script("c"), script("d"),
        edges=[edge("start", "a"), edge("b", "d"), edge("c", "d"), edge("d", "end"), edge("a", "d", "error")],
    )  # fmt: skip
    loop = document(
        script("a"), script("b"),
        edges=[edge("start", "a"), edge("a", "b"), edge("a", "end"), edge("b", "a"), edge("b", "b", "$.input.x")],
        allow_cycles=True,
    )  # fmt: skip

    assert found(choice) == []
    assert found(loop) == []


def test_meetings_are_looked_for_only_so_far_when_there_are_many_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.domain.definitions.checks.cycles._MAX_STEPS_VISITED", 3)

    assert found(fork()) == []


def test_a_step_that_goes_on_only_when_it_fails_is_doubtful() -> None:
    given = document(script("a"), edges=[edge("start", "a"), edge("a", "end", "error")])

    assert found(given) == [("OnlyErrorTransitions", "/steps/1")]


def test_an_intervention_point_is_doubtful_when_no_step_uses_it() -> None:
    other = {**POINT, "id": "q"}
    given = document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[POINT, other])

    assert found(given) == [("UnusedInterventionPoint", "/human_intervention_points/1")]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(document(), id="nothing between start and end"),
        pytest.param(
            document(script("a"), allow_cycles=True,
                     edges=[edge("start", "a"), edge("a", "a", "$.result.again"), edge("a", "end", "true")]),
            id="a loop with a way out",
        ),
        pytest.param(
            document(
                script("a"), script("b"), edges=[edge("start", "a"), edge("a", "end")],
                event_handlers=[{"id": "h", "event_name": "x", "handler_type": {"type": "goto_step", "step_id": "b"}}],
            ) | {"transitions": [edge("start", "a"), edge("a", "end"), edge("b", "end")]},
            id="a step reached by a handler alone",
        ),
        pytest.param(
            document(
                step("w", "wait", event_name="x", timeout=5, timeout_step_id="late"), script("late"),
                edges=[edge("start", "w"), edge("w", "end"), edge("late", "end")],
            ),
            id="a step reached by a timeout alone",
        ),
        pytest.param(
            document(
                step("ask", "human", intervention_point_id="p"), script("late"),
                edges=[edge("start", "ask"), edge("ask", "end"), edge("late", "end")],
                human_intervention_points=[{**POINT, "deadline": {
                    "deadline_type": {"type": "relative", "hours": 1},
                    "timeout_strategy": {"type": "custom", "step_id": "late"}}}],
            ),
            id="a step reached by a deadline alone",
        ),
        pytest.param(
            document(
                parallel("fork", ("one", "w", "w"), ("two", "b", "b"), completion_strategy={"n": 1}),
                step("w", "wait", event_name="x", timeout=5, timeout_step_id="late"), script("late"), script("b"),
                edges=[edge("start", "fork"), edge("fork", "end"), edge("late", "w")],
                allow_cycles=True,
            ),
            id="an exit that comes back to itself",
        ),
        pytest.param(
            document(step("again", "sub_workflow", workflow_id="sample", workflow_version="0.9.0")),
            id="an earlier version of itself",
        ),
        pytest.param(
            document(
                step("d", "decision", default="end",
                     conditions=[{"condition": "$.input.n > 0", "transition_to": "again"}]),
                step("again", "sub_workflow", workflow_id="sample"),
                edges=[edge("start", "d"), edge("again", "end")],
            ),
            id="itself on a condition",
        ),
        pytest.param(
            document({**step("again", "sub_workflow", workflow_id="sample"), "skippable": True,
                      "preconditions": "$.input.n > 0"}),
            id="itself unless it is skipped",
        ),
    ],
)  # fmt: skip
def test_nothing_is_found_when_a_document_is_unusual_and_right(given: Document) -> None:
    assert report(given).findings == ()


GOTO: Document = {"id": "h", "event_name": "x", "handler_type": {"type": "goto_step", "step_id": "b"}}


def test_an_event_may_lead_on_when_nothing_else_does() -> None:
    edges = [edge("start", "a"), edge("b", "end")]
    dead = document(script("a"), script("b"), edges=edges, event_handlers=[GOTO])
    loop = document(script("a"), script("b"), edges=[*edges, edge("a", "a")], event_handlers=[GOTO])
    nowhere = document(script("a"), script("b"), edges=[edge("start", "a")], event_handlers=[GOTO])

    assert [(each.code, each.pointer, each.severity) for each in report(dead).findings] == [
        ("NoWayToEnd", "/steps/1", "warning")
    ]
    assert "but by an event" in only(dead).message
    assert found(loop) == [("Cycle", "/transitions/2")]
    assert found({**loop, "allow_cycles": True}) == []
    assert {each.severity for each in report(nowhere).findings} == {"error"}


@pytest.mark.parametrize("mapping", [{"a": 1}, "$.input", "{% $merge([$.input, {}]) %}", None])
def test_a_mapping_is_an_object_or_gives_one(mapping: Any) -> None:
    assert found(document(step("a", "activity", activity_type="x", input_mapping=mapping))) == []


@pytest.mark.parametrize("mapping", [5, [], True, "input", "$5"])
def test_a_mapping_is_refused_when_it_is_neither(mapping: Any) -> None:
    given = document(step("a", "activity", activity_type="x", input_mapping=mapping))

    assert found(given) == [("WrongType", "/steps/1/step_type/input_mapping")]


def test_recursion_is_endless_when_it_is_inside_every_branch() -> None:
    given = document(
        parallel("fork", ("one", "again", "again"), ("two", "b", "b")),
        step("again", "sub_workflow", workflow_id="sample", workflow_version="1.0.0"),
        script("b"),
        edges=[edge("start", "fork"), edge("fork", "end")],
    )

    assert found(given) == [("EndlessRecursion", "/steps/2/step_type/workflow_id")]
    given["steps"][1]["step_type"]["completion_strategy"] = "any"
    assert found(given) == []


def test_a_region_may_not_belong_to_two_steps() -> None:
    given = document(
        parallel("one", ("x", "a", "a")),
        parallel("two", ("y", "a", "a")),
        script("a"),
        edges=[edge("start", "one"), edge("one", "two"), edge("two", "end")],
    )

    assert found(given) == [("LeavesRegion", "/steps/2/step_type/branches/0/entry_step_id")]


def test_an_entry_is_refused_when_it_is_an_end() -> None:
    given = document(parallel("fork", ("x", "end", "end")), edges=[edge("start", "fork"), edge("fork", "end")])

    assert found(given) == [("LeavesRegion", "/steps/1/step_type/branches/0/entry_step_id")]


def test_an_entry_is_refused_when_it_is_an_end_nobody_reached() -> None:
    given = document(
        parallel("fork", ("x", "stop", "stop")),
        step("stop", "end"),
        edges=[edge("start", "fork"), edge("fork", "end")],
    )

    assert ("LeavesRegion", "/steps/1/step_type/branches/0/entry_step_id") in found(given)


def test_an_unknown_entry_is_the_only_finding_of_its_branch() -> None:
    given = document(parallel("fork", ("x", "nowhere", "nowhere")), edges=[edge("start", "fork"), edge("fork", "end")])

    assert [code for code, _ in found(given)] == ["UnknownStep", "UnknownStep"]


def test_branches_of_several_steps_may_not_cross() -> None:
    given = document(
        parallel("fork", ("one", "a", "b"), ("two", "inner", "inner")),
        script("a"),
        script("b"),
        parallel("inner", ("deep", "c", "c")),
        script("c"),
        edges=[edge("start", "fork"), edge("fork", "end"), edge("a", "b"), edge("c", "b", "error")],
    )

    assert found(given) == [("LeavesRegion", "/transitions/3")]
    assert "(in branch 'deep' of 'inner') to 'b' (in branch 'one' of 'fork')" in only(given).message
