"""Loading and checking as a whole: results, statistics, what may run, warnings, limits, speed."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.definitions.definition import (
    MAX_FINDINGS,
    check_definition,
    content_hash,
    load_definition,
    to_document,
)
from chalicelib.domain.definitions.supported import FEATURES, STEP_TYPES, step_type_name
from chalicelib.domain.definitions.validation import validate
from chalicelib.domain.errors import InvalidDefinition, TooLarge
from tests.unit.definitions.samples import (
    Document,
    classic,
    definition,
    document,
    edge,
    first_dialect,
    found,
    only,
    parallel,
    report,
    script,
    step,
)

POINT: Document = {"id": "p", "step_id": "ask", "name": "Ask", "allowed_actions": [{"type": "approve"}]}


def test_a_definition_is_loaded_when_it_is_valid() -> None:
    given = document(script("a", timeout="PT1M30S"), timeout={"secs": 5, "nanos": 500_000_000}, tags={"team": "x"})

    loaded = load_definition(given)

    assert loaded.findings == ()
    assert loaded.definition.timeout == 5.5
    assert [each.id for each in loaded.definition.steps] == ["start", "a", "end"]
    assert loaded.definition.steps[1].timeout == 90.0
    assert loaded.definition.tags == {"team": "x"}


@pytest.mark.parametrize("media_type", [None, "application/json"])
def test_a_definition_is_the_same_when_it_comes_as_text(media_type: str | None) -> None:
    given = document(script("a"))
    text = json.dumps(given)

    assert load_definition(text, media_type=media_type) == load_definition(given)
    assert load_definition(text.encode(), media_type=media_type) == load_definition(given)


def test_the_document_is_not_changed_when_it_is_loaded() -> None:
    given = first_dialect(
        classic("a", "Parallel", "b", "c"),
        classic("b", "Decision", {"target_id": "d", "condition": "$.input.x"}, {"target_id": "e"}),
        classic("c", "Activity", "e", activity_type="x"),
        classic("d", "Activity", "e", activity_type="x"),
        classic("e", "HumanTask"),
        human_intervention_points=[
            {"id": "p", "step_id": "e", "name": "E", "allowed_actions": ["Approve"], "timeout": 5}
        ],
        event_handlers=[{"id": "h", "event_type": "x", "action": {"SetVariable": {"name": "a", "value": "1"}}}],
    )
    before = json.dumps(given)

    assert report(given).definition is not None
    assert json.dumps(given) == before


def test_the_error_says_how_much_is_wrong_when_there_is_more_than_one_thing() -> None:
    with pytest.raises(InvalidDefinition, match=r"^There is no field 'x' here at /x$"):
        load_definition(document(x=1))
    with pytest.raises(InvalidDefinition, match=r"^There is no field 'x' here at /x \(and 1 more\)$"):
        load_definition(document(x=1, y=2))
    with pytest.raises(InvalidDefinition, match=r"^A definition is an object, and this document is not$"):
        load_definition("[]")


def test_too_large_is_raised_when_a_definition_has_two_megabytes() -> None:
    text = json.dumps(document(description="x" * 2_000_000))

    for given in (text, text.encode(), json.loads(text)):
        with pytest.raises(TooLarge):
            load_definition(given)
        checked = check_definition(given)
        assert [(each.code, each.severity) for each in checked.findings] == [("PayloadTooLarge", "error")]
        assert checked.definition is None


@pytest.mark.parametrize("given", [{"id": {1, 2}}, {"id": "\ud800"}, {5: "x"}, [1], None, 5])
def test_a_finding_is_given_when_a_document_is_not_json(given: Any) -> None:
    checked = check_definition(given)

    assert [each.severity for each in checked.findings] == ["error"]
    assert checked.statistics.steps_by_type == {}


def test_statistics_count_what_was_understood() -> None:
    handler = {"id": "h", "event_name": "x", "handler_type": {"type": "pause_workflow"}}
    given = document(script("a"), script("b"), {"id": "c"}, event_handlers=[handler])

    statistics = report(given).statistics

    assert statistics.steps_by_type == {"end": 1, "script": 2, "start": 1}
    assert (statistics.transitions, statistics.handlers) == (4, 1)


def test_a_document_gives_the_same_definition_when_it_is_written_out() -> None:
    given = definition(document(script("a", retry_policy={"max_retries": 2, "retry_intervals": [1, "PT5S"]})))

    assert load_definition(to_document(given)).definition == given
    assert load_definition(json.dumps(to_document(given))).definition == given


def test_the_content_is_equal_when_only_the_form_differs() -> None:
    one = document(script("a", timeout=60, skippable=False))
    other = document(script("a", timeout="PT1M"))
    other["transitions"] = [{"from": each["from_step_id"], "to": each["to_step_id"]} for each in other["transitions"]]
    different = document(script("a", timeout=61))

    assert content_hash(definition(one)) == content_hash(definition(other))
    assert content_hash(definition(one)) != content_hash(definition(different))


@pytest.mark.parametrize("field", ["created_at", "updated_at", "$schema"])
def test_a_field_is_read_and_left_out_when_it_is_not_content(field: str) -> None:
    assert definition({**document(), field: "2030-01-01T00:00:00Z"}) == definition(document())


# --- what may run ---------------------------------------------------------------------------------------------------


def test_a_step_type_is_refused_when_it_cannot_run() -> None:
    given = document(step("w", "wait", event_name="x"), script("a"))

    finding = only(given, runnable_step_types={"start", "end", "script"})

    assert (finding.code, finding.pointer) == ("UnsupportedStepType", "/steps/1/step_type")
    assert finding.hint == "These can: end, script, start."
    assert report(given).findings == ()


@pytest.mark.parametrize(
    ("feature", "pointer", "given"),
    [
        ("schedule", "/schedule", document(schedule={"cron": "0 9 * * *"})),
        ("subscriptions", "/subscriptions", document(subscriptions=[{"type": "event", "event_name": "x"}])),
        (
            "event_handlers",
            "/event_handlers",
            document(event_handlers=[{"id": "h", "event_name": "x", "handler_type": {"type": "pause_workflow"}}]),
        ),
        ("confirmation", "/steps/1/requires_confirmation", document(script("a", requires_confirmation=True))),
        ("compensation", "/compensate_on_cancel", document(compensate_on_cancel=True)),
        (
            "compensation",
            "/steps/1/compensation_step_id",
            document(script("a", compensation_step_id="b"), script("b"), edges=[edge("start", "a"), edge("a", "end")]),
        ),
        (
            "human_intervention",
            "/human_intervention_points",
            document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[POINT]),
        ),
    ],
)
def test_a_feature_is_refused_when_it_cannot_run(feature: str, pointer: str, given: Document) -> None:
    others = set(FEATURES) - {feature}

    assert found(given, runnable_features=others) == [("UnsupportedFeature", pointer)]
    assert found(given, runnable_features={feature}) == []
    assert found(given) == []


def test_names_of_step_types_are_those_of_documents() -> None:
    assert set(STEP_TYPES) == {
        "start", "end", "activity", "decision", "parallel", "map", "wait", "timer", "human", "sub_workflow", "event",
        "data_mapping", "script",
    }  # fmt: skip
    assert step_type_name(definition(document()).steps[0].step_type) == "start"


# --- warnings -------------------------------------------------------------------------------------------------------


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


def test_a_step_that_goes_on_only_when_it_fails_is_doubtful() -> None:
    given = document(script("a"), edges=[edge("start", "a"), edge("a", "end", "error")])

    assert found(given) == [("OnlyErrorTransitions", "/steps/1")]


def test_an_intervention_point_is_doubtful_when_no_step_uses_it() -> None:
    other = {**POINT, "id": "q"}
    given = document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[POINT, other])

    assert found(given) == [("UnusedInterventionPoint", "/human_intervention_points/1")]


# --- valid, though it looks odd -------------------------------------------------------------------------------------


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


# --- what may be registered here ------------------------------------------------------------------------------------


@pytest.mark.parametrize("calendar", ["CN", "US-NY", "DE-BY", "house"])
def test_a_calendar_is_known_when_it_is_a_country_a_region_or_registered(calendar: str) -> None:
    deadline = {
        "deadline_type": {"type": "business_days", "days": 2, "calendar_id": calendar},
        "timeout_strategy": {"type": "auto_approve"},
    }
    given = document(
        step("ask", "human", intervention_point_id="p"), human_intervention_points=[{**POINT, "deadline": deadline}]
    )

    assert found(given, known_calendars={"house"}) == []


@pytest.mark.parametrize("calendar", ["cn", "China", "US-XX", "US-", "XX", "../US", "house", ""])
def test_a_calendar_is_unknown_when_nobody_knows_it(calendar: str) -> None:
    deadline = {
        "deadline_type": {"type": "business_days", "days": 2, "calendar_id": calendar},
        "timeout_strategy": {"type": "auto_approve"},
    }
    given = document(
        step("ask", "human", intervention_point_id="p"), human_intervention_points=[{**POINT, "deadline": deadline}]
    )

    assert [code for code, _ in found(given)] == ["UnknownCalendar"]


@pytest.mark.parametrize(
    "zone", ["", "Mars", "/etc/passwd", "../UTC", "europe/berlin", "America", "\x00", "x" * 5_000, "UTC\n"]
)
def test_a_time_zone_is_unknown_when_the_database_lacks_it(zone: str) -> None:
    assert found(document(schedule={"cron": "0 9 * * *", "timezone": zone})) == [
        ("UnknownTimezone", "/schedule/timezone")
    ]


@pytest.mark.parametrize("cron", ["", "* * * *", "x", "0 0 30 2 *", "61 * * * *", "* " * 300, "1,2-", "@daily"])
def test_a_cron_expression_is_refused_when_it_is_none(cron: str) -> None:
    assert found(document(schedule={"cron": cron})) == [("InvalidCron", "/schedule/cron")]


@pytest.mark.parametrize("cron", ["0 9 * * MON-FRI", "*/5 * * * *", "0 0 29 2 *", "0 0 L * *", "*/10 * * * * *"])
def test_a_cron_expression_is_accepted_when_it_fires(cron: str) -> None:
    assert found(document(schedule={"cron": cron, "timezone": "Europe/Berlin"})) == []


@pytest.mark.parametrize(
    "config",
    [
        {"type": "delay", "seconds": "$.input.wait"},
        {"type": "delay", "seconds": "PT5M"},
        {"type": "delay", "seconds": {"secs": 5, "nanos": 0}},
        {"type": "delay", "seconds": 0},
        {"type": "cron", "expression": "{% $.input.cron %}", "timezone": "$.input.zone"},
        {"type": "datetime", "datetime": "$.context.when"},
        {"type": "datetime", "datetime": "2030-01-31T09:00:00+08:00"},
    ],
)
def test_a_value_of_a_timer_may_be_an_expression(config: Document) -> None:
    assert found(document(step("t", "timer", timer_config=config))) == []


def test_a_handler_may_set_variables_by_name_or_path() -> None:
    def with_variables(names: list[str]) -> Document:
        mapping = dict.fromkeys(names, "$.event.x")
        handler = {"type": "set_variable", "variable_mapping": mapping}
        return document(event_handlers=[{"id": "h", "event_name": "x", "handler_type": handler}])

    assert found(with_variables(["a", "$.context.b", "c.d"])) == []
    at = "/event_handlers/0/handler_type/variable_mapping"
    assert found(with_variables(["$.output.b", "a b", ""])) == [
        ("InvalidTarget", f"{at}/"),
        ("InvalidTarget", f"{at}/$.output.b"),
        ("InvalidTarget", f"{at}/a b"),
    ]


def test_validating_a_definition_gives_the_findings_of_its_document() -> None:
    given = document(step("a", "decision", conditions=[{"condition": "$.input.x", "transition_to": "end"}]),
                     edges=[edge("start", "a")])  # fmt: skip
    loaded = load_definition(given)

    assert validate(loaded.definition) == list(loaded.findings)
    assert [each.code for each in validate(loaded.definition, runnable_step_types=())] == [
        "NoDefault", *["UnsupportedStepType"] * 3
    ]  # fmt: skip


# --- limits ---------------------------------------------------------------------------------------------------------


def test_findings_end_when_there_are_very_many() -> None:
    given = document() | {f"field{number}": 1 for number in range(2 * MAX_FINDINGS)}

    findings = report(given).findings

    assert len(findings) == MAX_FINDINGS + 1
    assert (findings[-1].code, findings[-1].message) == (
        "TooManyFindings",
        f"{MAX_FINDINGS} more findings were left out",
    )


def chain(count: int) -> Document:
    """A long chain of activities with mappings."""
    return document(
        *(
            step(
                f"s{number}",
                "activity",
                activity_type="example.Work",
                input_mapping={"value": f"$.context.v{number}"},
                output_mapping={"value": f"$.context.v{number + 1}"},
            )
            for number in range(count)
        )
    )


def test_a_chain_of_two_thousand_steps_is_checked_in_well_under_a_second() -> None:
    given = chain(2_000)
    before = time.process_time()

    assert report(given).findings == ()

    # 0.3 s where this was written; the bound leaves room for a busy machine, not for quadratic work (20 s and more).
    assert time.process_time() - before < 6


def test_a_cycle_of_many_steps_is_found_when_the_way_is_long() -> None:
    given = chain(3_000)
    given["transitions"].append(edge("s2999", "s0", "$.result.again"))

    assert found(given) == [("Cycle", "/transitions/3001")]


def test_hints_are_bounded_when_very_many_steps_are_unknown() -> None:
    given = chain(2_000)
    for each in given["transitions"]:
        each["to_step_id"] += "x"
    before = time.process_time()

    assert found(given)[0][0] == "Unreachable"

    # 0.5 s where this was written, 18 s when every hint is looked for among all steps.
    assert time.process_time() - before < 8


def test_meetings_are_looked_for_only_so_far_when_there_are_many_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.domain.definitions.checks.cycles._MAX_STEPS_VISITED", 3)

    assert found(fork()) == []


# --- shapes that the table does not have ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "places"),
    [
        (document(step("t", "timer", timer_config={"type": "delay", "seconds": [5]})),
         [("InvalidDuration", "/steps/1/step_type/timer_config/seconds")]),
        (document({"id": "a", "step_type": 5}), [("WrongType", "/steps/1/step_type")]),
        (document({"id": "a", "step_type": {"type": 5}}), [("WrongType", "/steps/1/step_type/type")]),
        (document(name="x" * 257), [("InvalidValue", "/name")]),
        (document(name=True), [("WrongType", "/name")]),
        (document(retry_policy={"max_attempts": Decimal("3.5")}), [("WrongType", "/retry_policy/max_attempts")]),
        (document(retry_policy={"max_attempts": Decimal("3e400")}), [("InvalidValue", "/retry_policy/max_attempts")]),
        (document(retry_policy={"max_attempts": 3, "jitter": "x"}), [("WrongType", "/retry_policy/jitter")]),
        (document(edges=[edge("start", "end"), None]), [("WrongType", "/transitions/1")]),  # type: ignore[list-item]
        (document(event_handlers=[{"id": "h", "event_name": "x"}]), [("MissingField", "/event_handlers/0")]),
        (
            document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[{"id": "p"}]),
            [("MissingField", "/human_intervention_points/0")] * 3,
        ),
        (
            document(
                parallel("fork", ("one", "a", "c"), ("two", "b", "d")), *map(script, "abcd"),
                edges=[edge("start", "fork"), edge("fork", "end"), edge("a", "c"), edge("b", "d"), edge("b", "c")],
            ),
            [("BranchesShareStep", "/transitions/4")],
        ),
    ],
)  # fmt: skip
def test_each_finding_is_reported_when_a_shape_is_wrong(given: Document, places: list[tuple[str, str]]) -> None:
    assert found(given) == places


def test_whole_numbers_may_have_a_point() -> None:
    made = definition(document(retry_policy={"max_attempts": 3.0, "jitter": Decimal("0.5")}))

    assert made.retry_policy is not None
    assert (made.retry_policy.max_attempts, made.retry_policy.jitter) == (3, 0.5)
