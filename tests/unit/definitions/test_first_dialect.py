"""The first dialect gives the definition that its main form gives."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.definitions.normalise import normalise, normalised
from tests.unit.definitions.samples import (
    Document,
    classic,
    definition,
    document,
    edge,
    first_dialect,
    found,
    parallel,
    report,
    script,
    step,
)


def work(step_id: str, *targets: str | Document, **fields: Any) -> Document:
    """A script step of the first dialect."""
    return {**classic(step_id, "Script", *targets, expression="1"), **fields}


def steps_of(given: Document) -> dict[str, Document]:
    """The steps of the normalised document by id."""
    return {each["id"]: each for each in normalise(given)["steps"]}


def ways_of(given: Document) -> set[tuple[str, str]]:
    """The transitions of the normalised document."""
    return {(each["from_step_id"], each["to_step_id"]) for each in normalise(given)["transitions"]}


def test_start_and_end_are_added_when_the_document_has_none() -> None:
    given = first_dialect(work("a", "b"), work("b"), work("c"), start="a")
    given["steps"][1]["transitions"].append({"target_id": "c", "condition": "$.input.x"})
    given["steps"][1]["transitions"].append({"target_id": "a", "condition": "error"})

    assert ways_of(given) == {("start", "a"), ("a", "b"), ("b", "c"), ("b", "a"), ("c", "end")}
    assert steps_of(given)["start"]["step_type"] == {"type": "start"}
    assert "start_step_id" not in normalise(given)


def test_the_added_steps_have_other_ids_when_theirs_are_taken() -> None:
    given = first_dialect(work("start", "end"), work("end", "start-2"), work("start-2"))

    assert ways_of(given) == {
        ("start-3", "start"), ("start", "end"), ("end", "start-2"), ("start-2", "end-2")
    }  # fmt: skip
    assert report(given).findings == ()


def test_no_start_is_added_when_the_document_has_it() -> None:
    given = first_dialect({"id": "go", "step_type": "Start", "transitions": [{"target_id": "a"}]}, work("a"))

    assert ways_of(given) == {("go", "a"), ("a", "end")}


def test_a_step_ends_the_workflow_when_it_only_leads_on_in_failure() -> None:
    given = first_dialect(work("a", {"target_id": "b", "condition": "error"}), work("b"))

    assert ways_of(given) == {("start", "a"), ("a", "b"), ("a", "end"), ("b", "end")}
    assert report(given).findings == ()


def test_no_end_is_added_when_every_path_has_one() -> None:
    given = first_dialect(work("a", "stop"), {"id": "stop", "step_type": "End"})

    assert ways_of(given) == {("start", "a"), ("a", "stop")}


def test_a_compensation_is_not_led_to_an_end() -> None:
    given = first_dialect(work("a", compensation_step_id="undo"), work("undo"))

    assert ways_of(given) == {("start", "a"), ("a", "end")}
    assert report(given).findings == ()


def test_the_settings_of_a_step_move_from_properties() -> None:
    given = first_dialect(
        {
            "id": "a",
            "step_type": "Activity",
            "properties": {"activity_type": "x", "heartbeat_timeout": "PT5S", "priority": "Batch"},
            "preconditions": "$.input.x",
            "postconditions": ["$.result.y"],
            "timeout": {"secs": 1, "nanos": 500_000_000},
            "transitions": [],
        }
    )

    assert steps_of(given)["a"] == {
        "id": "a",
        "step_type": {"type": "activity", "activity_type": "x", "heartbeat_timeout": 5, "priority": "lowest"},
        "preconditions": ["$.input.x"],
        "postconditions": ["$.result.y"],
        "timeout": 1.5,
    }


@pytest.mark.parametrize(
    ("name", "properties", "settings"),
    [
        ("Wait", {"event_name": "x"}, {"type": "wait", "event_name": "x"}),
        ("Wait", {"event_type": "x"}, {"type": "wait", "event_name": "x"}),
        ("Event", {"event_type": "x"}, {"type": "event", "event_type": "x"}),
        ("Event", {"event_name": "x"}, {"type": "event", "event_type": "x"}),
        ("Script", {"expression": "1"}, {"type": "script", "expression": "1"}),
        ("Script", {"script": "1"}, {"type": "script", "expression": "1"}),
        ("SubWorkflow", {"workflow_id": "x"}, {"type": "sub_workflow", "workflow_id": "x"}),
        ("sub_workflow", {"workflow_id": "x"}, {"type": "sub_workflow", "workflow_id": "x"}),
        ("DataMapping", {"mapping": {}}, {"type": "data_mapping", "mapping": {}}),
        ("Timer", {"seconds": "PT5M"}, {"type": "timer", "timer_config": {"type": "delay", "seconds": 300}}),
        ("Timer", {"datetime": "x"}, {"type": "timer", "timer_config": {"type": "datetime", "datetime": "x"}}),
        (
            "Timer",
            {"expression": "0 9 * * *", "timezone": "UTC"},
            {"type": "timer", "timer_config": {"type": "cron", "expression": "0 9 * * *", "timezone": "UTC"}},
        ),
        (
            "Timer",
            {"timer_config": {"Delay": {"seconds": 5}}},
            {"type": "timer", "timer_config": {"type": "delay", "seconds": 5}},
        ),
        ("Timer", {"timer_config": {"seconds": 5}}, {"type": "timer", "timer_config": {"type": "delay", "seconds": 5}}),
        (
            "Timer",
            {"timer_config": {"type": "delay", "seconds": 5}},
            {"type": "timer", "timer_config": {"type": "delay", "seconds": 5}},
        ),
        ("Timer", {}, {"type": "timer", "timer_config": {}}),
        ("Timer", {"timer_config": 5}, {"type": "timer", "timer_config": 5}),
        ("Parallel", {"completion_strategy": "All"}, {"type": "parallel", "completion_strategy": "all"}),
        ("Parallel", {"completion_strategy": {"N": 2}}, {"type": "parallel", "completion_strategy": {"n": 2}}),
        ("Parallel", {"completion_strategy": "Most"}, {"type": "parallel", "completion_strategy": "Most"}),
    ],
)  # fmt: skip
def test_a_bare_name_becomes_a_step_type(name: str, properties: Document, settings: Document) -> None:
    assert steps_of(first_dialect(classic("a", name, **properties)))["a"]["step_type"] == settings


def test_empty_properties_go_when_the_step_type_is_in_the_main_form() -> None:
    given = document({**script("a"), "properties": {}})
    bare = document({"id": "a", "step_type": "Script", "properties": None})

    assert "properties" not in steps_of(given)["a"]
    assert steps_of(bare)["a"] == {"id": "a", "step_type": {"type": "script"}}
    assert found(document({**script("a"), "properties": {"x": 1}})) == [("UnknownField", "/steps/1/properties")]
    # A type among the settings would have to be guessed at.
    typed = document({"id": "a", "step_type": "Script", "properties": {"type": "x", "expression": "1"}})
    assert found(typed) == [("UnknownField", "/steps/1/properties"), ("MissingField", "/steps/1/step_type")]


# --- decisions ------------------------------------------------------------------------------------------------------


def test_a_decision_takes_its_transitions_when_it_has_no_conditions() -> None:
    given = first_dialect(
        classic(
            "d",
            "Decision",
            {"target_id": "a", "condition": "$.input.n > 1"},
            {"target_id": "c"},
            {"target_id": "b", "condition": "$.input.n > 0"},
            {"target_id": "c", "condition": "error"},
        ),
        work("a"),
        work("b"),
        work("c"),
    )

    assert steps_of(given)["d"]["step_type"] == {
        "type": "decision",
        "conditions": [
            {"condition": "$.input.n > 1", "transition_to": "a"},
            {"condition": "$.input.n > 0", "transition_to": "b"},
        ],
        "default": "c",
    }
    assert ways_of(given) == {("start", "d"), ("d", "c"), ("a", "end"), ("b", "end"), ("c", "end")}
    assert report(given).findings == ()


def test_pointers_lead_to_the_transition_when_it_became_a_condition() -> None:
    given = first_dialect(
        work("a", "d"),
        classic("d", "Decision", {"target_id": "a", "condition": "$.input.n >"}, {"target_id": "nowhere"}),
        work("b"),
    )

    assert found(given) == [
        ("InvalidExpression", "/steps/1/transitions/0/condition"),
        ("Cycle", "/steps/1/transitions/0/target_id"),
        ("UnknownStep", "/steps/1/transitions/1/target_id"),
        ("Unreachable", "/steps/2"),
    ]


def test_a_decision_keeps_its_conditions_when_it_has_them() -> None:
    given = first_dialect(
        classic("d", "Decision", "b", conditions=[{"condition": "true", "transition_to": "a"}]), work("a"), work("b")
    )

    assert found(given) == [("DecisionTransition", "/steps/0/transitions/0")]


def test_a_decision_keeps_its_default_when_it_has_one() -> None:
    given = first_dialect(classic("d", "Decision", "b", default="a"), work("a"), work("b"))

    assert found(given) == [
        ("ConflictingFields", "/steps/0/transitions/0"),
        ("Unreachable", "/steps/2"),
    ]


def test_a_decision_is_left_alone_when_the_document_is_in_the_main_dialect() -> None:
    given = document(step("d", "decision", conditions=[]))

    assert [code for code, _ in found(given)] == ["InvalidValue", "DecisionTransition"]


# --- parallel steps -------------------------------------------------------------------------------------------------


def branches_of(given: Document, step_id: str) -> list[tuple[str, str, str]]:
    """Name, entry and exit of the branches of a step."""
    branches = steps_of(given)[step_id]["step_type"]["branches"]
    return [(each["name"], each["entry_step_id"], each["exit_step_id"]) for each in branches]


def test_branches_end_where_the_transitions_meet() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "a", {"target_id": "b", "name": "second"}),
        work("a", "a2"),
        work("a2", "join"),
        work("b", "join"),
        work("join"),
    )
    main = document(
        parallel("fork", ("a", "a", "a2"), ("second", "b", "b")),
        script("a"), script("a2"), script("b"), script("join"),
        edges=[edge("a", "a2"), edge("fork", "join"), edge("join", "end"), edge("start", "fork")],
    )  # fmt: skip

    assert branches_of(given, "fork") == [("a", "a", "a2"), ("second", "b", "b")]
    assert report(given).findings == ()
    converted, wanted = definition(given), definition(main)
    assert converted.transitions == wanted.transitions
    assert {each.id: each for each in converted.steps} == {
        each.id: each for each in wanted.steps
    } | {each.id: each for each in converted.steps if each.id in ("start", "end")}  # fmt: skip


def test_branches_are_found_when_they_are_nested() -> None:
    given = first_dialect(
        classic("outer", "Parallel", "inner", "c"),
        classic("inner", "Parallel", "a", "b"),
        work("a", "join"),
        work("b", "join"),
        work("c", "join"),
        work("join"),
    )

    assert branches_of(given, "inner") == [("a", "a", "a"), ("b", "b", "b")]
    assert branches_of(given, "outer") == [("inner", "inner", "inner"), ("c", "c", "c")]
    assert report(given).findings == ()


def test_branches_end_in_their_last_steps_when_they_never_meet() -> None:
    given = first_dialect(classic("fork", "Parallel", "a", "b"), work("a"), work("b", "b2"), work("b2"))

    assert branches_of(given, "fork") == [("a", "a", "a"), ("b", "b", "b2")]
    assert ways_of(given) == {("start", "fork"), ("b", "b2"), ("fork", "end")}
    assert report(given).findings == ()


def test_a_branch_gets_an_exit_when_it_ends_in_several_steps() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "d", "b", {"target_id": "x", "condition": "error"}),
        classic("d", "Decision", conditions=[{"condition": "$.input.x", "transition_to": "a"},
                                             {"condition": "$.input.y", "transition_to": "join"}], default="join"),
        work("a", "join"), work("b", "join"), work("join"), work("x"),
    )  # fmt: skip

    assert branches_of(given, "fork") == [("d", "d", "fork-d-end"), ("b", "b", "b")]
    assert steps_of(given)["fork-d-end"]["step_type"] == {"type": "data_mapping", "mapping": {}}
    assert steps_of(given)["d"]["step_type"]["default"] == "fork-d-end"
    assert ways_of(given) == {
        ("start", "fork"), ("fork", "x"), ("fork", "join"), ("a", "fork-d-end"), ("join", "end"), ("x", "end")
    }  # fmt: skip
    assert report(given).findings == ()


def test_a_branch_gets_an_exit_when_it_ends_nowhere_in_several_steps() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "d", "b"),
        classic("d", "Decision", {"target_id": "a", "condition": "$.input.x"}, "c"),
        work("a"), work("b"), work("c"),
    )  # fmt: skip

    assert branches_of(given, "fork") == [("d", "d", "fork-d-end"), ("b", "b", "b")]
    assert ways_of(given) >= {("a", "fork-d-end"), ("c", "fork-d-end"), ("fork", "end")}
    assert report(given).findings == ()


def test_only_the_ways_to_the_meeting_are_led_to_the_exit() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "a", "b"),
        work("a", {"target_id": "a2", "condition": "$.input.x"}, {"target_id": "join", "condition": "$.input.y"}),
        work("a2", "join"), work("b", "join"), work("join"),
    )  # fmt: skip

    assert branches_of(given, "fork") == [("a", "a", "fork-a-end"), ("b", "b", "b")]
    assert ways_of(given) >= {("a", "a2"), ("a", "fork-a-end"), ("a2", "fork-a-end"), ("fork", "join")}


def test_the_exit_of_a_map_is_not_led_to_an_end() -> None:
    items = step("each", "map", items="$.input.lines", entry_step_id="a", exit_step_id="a")
    given = first_dialect({**items, "transitions": [{"target_id": "b"}]}, work("a"), work("b"))

    assert ways_of(given) == {("start", "each"), ("each", "b"), ("b", "end")}
    assert report(given).findings == ()


def test_a_branch_is_an_empty_step_when_it_leads_straight_to_the_meeting() -> None:
    given = first_dialect(classic("fork", "Parallel", "a", "join", "join"), work("a", "join"), work("join"))

    assert branches_of(given, "fork") == [
        ("a", "a", "a"),
        ("join", "fork-join", "fork-join"),
        ("join-2", "fork-join-2", "fork-join-2"),
    ]
    assert report(given).findings == ()


def test_the_meeting_is_the_step_that_every_way_passes() -> None:
    # Every way passes z; one way passes m on its way there, the other does not.
    given = first_dialect(
        classic("fork", "Parallel", "a", "b"),
        classic("a", "Decision", {"target_id": "m", "condition": "$.input.x"}, "z"),
        work("b", "m"), work("m", "z"), work("z"),
    )  # fmt: skip

    # m belongs to neither branch alone, so the two do meet before z, and have no form in the main dialect.
    assert found(given) == [("BranchesDoNotMeet", "/steps/0")]


def test_a_loop_inside_a_branch_stays_inside() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "a", "b"),
        work("a", {"target_id": "a2"}),
        classic("a2", "Decision", {"target_id": "a", "condition": "$.input.again"}, "join"),
        work("b", "join"), work("join"), allow_cycles=True,
    )  # fmt: skip

    assert branches_of(given, "fork") == [("a", "a", "fork-a-end"), ("b", "b", "b")]
    assert report(given).findings == ()


def test_a_branch_is_its_own_entry_when_it_never_ends() -> None:
    given = first_dialect(classic("fork", "Parallel", "a", "b"), work("a", "a"), work("b"), allow_cycles=True)

    assert branches_of(given, "fork")[0] == ("a", "a", "a")
    assert found(given) == [("LeavesRegion", "/steps/1/transitions/0")]


def test_branches_are_kept_when_they_are_written_out() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "join", branches=[{"name": "one", "entry_step_id": "a", "exit_step_id": "a"}]),
        work("a"),
        work("join"),
    )

    assert branches_of(given, "fork") == [("one", "a", "a")]
    assert ways_of(given) == {("start", "fork"), ("fork", "join"), ("join", "end")}


def test_a_parallel_step_without_ways_is_reported() -> None:
    assert found(first_dialect(classic("fork", "Parallel"))) == [("MissingField", "/steps/0/step_type")]


def test_the_search_for_meetings_is_bounded_when_the_shape_is_hard() -> None:
    steps = []
    for number in range(700):
        steps.append(classic(f"p{number}", "Parallel", f"x{number}", f"p{number + 1}", f"y{number}"))
        steps.append(work(f"x{number}", f"y{number}"))
        steps.append(work(f"y{number}"))
    given = first_dialect(*steps, work("p700"))

    findings = report(given).findings

    assert {each.code for each in findings} == {"BranchesDoNotMeet"}
    assert sum("takes too long" in each.message for each in findings) == 1


# --- types ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "main"),
    [
        ("String", {"value_type": {"type": "string"}}),
        ("Any", {"value_type": {"type": "any"}}),
        ("Unknown", {"value_type": {"type": "any"}}),
        ("int", {"value_type": {"type": "integer"}}),
        ({"type": "DateTime"}, {"value_type": {"type": "datetime"}}),
        ({"Array": "Number"}, {"value_type": {"type": "array", "items": {"type": "number"}}}),
        ({"Enum": ["a", "b"]}, {"value_type": {"type": "enum", "values": ["a", "b"]}}),
        (
            {"Object": {"a": "String", "b": {"Array": {"Object": {"c": "Boolean"}}}}},
            {
                "fields": [
                    {"name": "a", "field_type": {"type": "string"}, "required": True},
                    {
                        "name": "b",
                        "field_type": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "fields": [{"name": "c", "field_type": {"type": "boolean"}, "required": True}],
                            },
                        },
                        "required": True,
                    },
                ]
            },
        ),
        ({"type": "object", "fields": [{"name": "a", "field_type": "text"}]},
         {"fields": [{"name": "a", "field_type": {"type": "string"}}]}),
        ({"fields": [{"name": "a", "field_type": "Bool"}]},
         {"fields": [{"name": "a", "field_type": {"type": "boolean"}}]}),
        ({"type": "array", "items": "String"}, {"value_type": {"type": "array", "items": {"type": "string"}}}),
        ({"value_type": "String"}, {"value_type": {"type": "string"}}),
        ({"json_schema": {"type": "string"}}, {"json_schema": {"type": "string"}}),
        (None, None),
    ],
)  # fmt: skip
def test_a_type_has_one_main_form(given: Any, main: Any) -> None:
    assert normalise(document(input_type=given))["input_type"] == main
    assert report(document(input_type=given)).findings == ()


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ("Nothing", [("WrongType", "/input_type")]),
        ({"Object": ["a"]}, [("UnknownField", "/input_type/Object"), ("MissingField", "/input_type")]),
        ({"Object": {"a": "Nothing"}}, [("WrongType", "/input_type/Object/a")]),
        ({"Array": "Nothing"}, [("WrongType", "/input_type/Array")]),
        ({"Enum": 5}, [("WrongType", "/input_type/Enum")]),
        ({"fields": 5}, [("WrongType", "/input_type/fields")]),
        ({"fields": [5]}, [("WrongType", "/input_type/fields/0")]),
        ({"type": 5}, [("InvalidValue", "/input_type/type")]),
        ({"type": "object", "properties": {}}, [("UnknownField", "/input_type/properties")]),
    ],
)
def test_a_type_is_reported_where_it_stands_when_it_is_none(given: Any, places: list[tuple[str, str]]) -> None:
    assert sorted(found(document(input_type=given))) == sorted(places)


# --- people ---------------------------------------------------------------------------------------------------------


def with_point(**fields: Any) -> Document:
    """A human step of the first dialect with its intervention point."""
    point = {"id": "p", "step_id": "ask", "name": "Ask", "allowed_actions": ["Approve"], "user_groups": [], **fields}
    return first_dialect(classic("ask", "HumanTask", "late"), work("late"), human_intervention_points=[point])


def test_a_human_task_finds_its_point_by_its_step() -> None:
    assert steps_of(with_point())["ask"]["step_type"] == {"type": "human", "intervention_point_id": "p"}
    assert report(with_point()).findings == ()


def test_actions_have_one_main_form() -> None:
    field = {"name": "n", "field_type": "Number", "required": True, "default_value": None, "validation": "$ > 0"}
    actions = ["Approve", "reject", {"ModifyData": {"field_definitions": [field]}},
               {"Custom": {"id": "x", "name": "X"}},
               {"type": "custom", "id": "y", "field_definitions": [field]}]  # fmt: skip
    given = with_point(allowed_actions=actions)

    main = {**field, "field_type": {"type": "number"}}
    assert normalise(given)["human_intervention_points"][0]["allowed_actions"] == [
        {"type": "approve"},
        {"type": "reject"},
        {"type": "modify_data", "field_definitions": [main]},
        {"type": "custom", "id": "x", "name": "X"},
        {"type": "custom", "id": "y", "field_definitions": [main]},
    ]
    assert report(given).findings == ()


@pytest.mark.parametrize(
    ("action", "strategy"),
    [
        ("Approve", {"type": "auto_approve"}),
        ("Reject", {"type": "auto_reject", "reason": "nobody answered in time"}),
        ({"Reject": {"reason": "late"}}, {"type": "auto_reject", "reason": "late"}),
        ({"Custom": {"id": "late", "name": "Late"}}, {"type": "custom", "step_id": "late"}),
        ({"type": "custom", "id": "late"}, {"type": "custom", "step_id": "late"}),
        ({"type": "approve"}, {"type": "auto_approve"}),
    ],
)
def test_a_timeout_action_becomes_the_deadline(action: Any, strategy: Document) -> None:
    given = with_point(timeout={"secs": 5400, "nanos": 0}, timeout_action=action)

    assert normalise(given)["human_intervention_points"][0]["deadline"] == {
        "deadline_type": {"type": "relative", "hours": 1.5},
        "timeout_strategy": strategy,
    }
    assert report(given).findings == ()


@pytest.mark.parametrize("fields", [{"timeout_action": "Approve"}, {"timeout": 5, "timeout_action": {"ModifyData": {}}},
                                    {"timeout": 5, "timeout_action": 7}])  # fmt: skip
def test_a_timeout_action_is_refused_when_it_has_no_main_form(fields: Document) -> None:
    assert found(with_point(**fields)) == [("InvalidValue", "/human_intervention_points/0/timeout_action")]


def test_a_timeout_without_an_action_is_the_steps_own() -> None:
    given = with_point(timeout="PT1H", timeout_action=None)

    assert steps_of(given)["ask"]["step_type"]["timeout"] == 3600
    assert report(given).findings == ()
    assert found(with_point(timeout="soon")) == [("InvalidDuration", "/human_intervention_points/0/timeout")]
    assert ("UnknownField", "/human_intervention_points/0/timeout") in found(with_point(timeout=5, step_id="late"))
    assert ("UnknownField", "/human_intervention_points/0/timeout") in found(with_point(timeout=5, step_id=7))


# --- events and monitoring ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "handler"),
    [
        ("CancelWorkflow", {"type": "cancel_workflow"}),
        ("PauseWorkflow", {"type": "pause_workflow"}),
        ("ResumeWorkflow", {"type": "resume_workflow"}),
        ({"SkipStep": {"step_id": "a"}}, {"type": "skip_step", "step_id": "a"}),
        ({"RetryStep": {"step_id": "a"}}, {"type": "retry_step", "step_id": "a"}),
        ({"SetVariable": {"name": "n", "value": "$.event.x"}},
         {"type": "set_variable", "variable_mapping": {"n": "$.event.x"}}),
        ({"SetVariable": {"variable_mapping": {"n": 1}}}, {"type": "set_variable", "variable_mapping": {"n": 1}}),
        ({"StartWorkflow": {"workflow_id": "w", "input_mapping": {"a": "$.event.x"}}},
         {"type": "start_workflow", "workflow_id": "w", "input_mapping": {"a": "$.event.x"}}),
        ({"SendSignal": {"target_workflow_id": "t", "signal_name": "s", "payload": "p"}},
         {"type": "send_signal", "target": "t", "signal_name": "s", "payload": "p"}),
        ({"ExecuteScript": {"script": "1"}}, {"type": "execute_script", "script": "1"}),
        ({"type": "goto_step", "step_id": "a"}, {"type": "goto_step", "step_id": "a"}),
    ],
)  # fmt: skip
def test_an_event_handler_has_one_main_form(action: Any, handler: Document) -> None:
    given = {"id": "h", "event_type": "x", "filter_condition": "$.event.y", "action": action, "timeout": "PT5S",
             "priority": "Normal"}  # fmt: skip

    made = normalise(document(script("a"), event_handlers=[given]))["event_handlers"]

    assert made == [
        {
            "id": "h",
            "event_name": "x",
            "condition": "$.event.y",
            "handler_type": handler,
            "timeout": 5,
            "priority": "medium",
        }
    ]
    assert report(document(script("a"), event_handlers=[given])).findings == ()


def test_a_handler_is_reported_where_it_stands_when_it_is_none() -> None:
    def places(**fields: Any) -> list[tuple[str, str]]:
        return found(document(event_handlers=[{"id": "h", "event_type": "x", **fields}]))

    at = "/event_handlers/0"
    assert places(action={"SkipStep": {"step": "a"}}) == [
        ("MissingField", f"{at}/action"),
        ("UnknownField", f"{at}/action/SkipStep/step"),
    ]
    assert places(action={"SkipStep": {"step_id": "a"}}) == [("UnknownStep", f"{at}/action/SkipStep/step_id")]
    assert places(action="Explode") == [("WrongType", f"{at}/action")]
    assert places(action={"SetVariable": {"name": "$.output.x", "value": "1"}}) == [
        ("InvalidTarget", f"{at}/action/SetVariable/value")
    ]
    assert places(event_name="y", action="CancelWorkflow") == [("UnknownField", f"{at}/event_type")]


def test_a_subscription_is_told_apart_by_what_it_names() -> None:
    given = [{"event_name": "x"}, {"workflow_id": "w", "condition": "$.event.state = 'completed'"}, {"event_type": "y"}]

    made = definition(document(subscriptions=given)).subscriptions

    assert [(each.type, each.event_name, each.workflow_id) for each in made] == [
        ("event", "x", None), ("workflow", None, "w"), ("event", "y", None)
    ]  # fmt: skip
    assert found(document(subscriptions=[{}, 5])) == [
        ("MissingField", "/subscriptions/0"), ("WrongType", "/subscriptions/1")
    ]  # fmt: skip


def test_monitoring_has_one_main_form() -> None:
    config = {
        "enable_detailed_logging": True,
        "collect_performance_metrics": True,
        "trace_data_flow": True,
        "custom_metrics": ["orders"],
        "alert_rules": [
            {"id": "r", "name": "Slow", "condition": "$.execution.attempt > 1", "severity": "Critical",
             "notification_channels": ["ops@example.com", "https://example.com/hook", "+49 30 1234", "on-call"]},
            {"id": "q", "condition": "true", "severity": "Info", "notification_channels": []},
        ],
    }  # fmt: skip

    made = definition(document({**script("a"), "monitoring_config": config}, monitoring_config=config))

    monitoring = made.monitoring_config
    assert monitoring is not None
    assert made.steps[1].monitoring_config == monitoring
    assert monitoring.observability is not None
    assert monitoring.observability.detailed_logging is True
    assert monitoring.track_data_changes is True
    assert [(each.name, each.metric_type) for each in monitoring.metrics] == [
        ("orders", "counter"), ("execution_duration_seconds", "histogram"), ("step_duration_seconds", "histogram")
    ]  # fmt: skip
    slow, second = monitoring.alerts
    assert (slow.id, slow.name, slow.severity) == ("r", "Slow", "critical")
    assert slow.notification is not None
    assert [each.type for each in slow.notification.channels] == ["email", "webhook", "sms", "in_app"]
    assert (second.name, second.notification) == ("q", None)


@pytest.mark.parametrize(
    ("config", "places"),
    [
        (5, [("WrongType", "/monitoring_config")]),
        ({"custom_metrics": "x"}, [("UnknownField", "/monitoring_config/custom_metrics")]),
        ({"custom_metrics": [5]}, [("WrongType", "/monitoring_config/custom_metrics/0")]),
        ({"collect_performance_metrics": "yes"}, [("UnknownField", "/monitoring_config/collect_performance_metrics")]),
        ({"collect_performance_metrics": False}, []),
        ({"enable_detailed_logging": 5}, [("WrongType", "/monitoring_config/enable_detailed_logging")]),
        ({"trace_data_flow": 5}, [("WrongType", "/monitoring_config/trace_data_flow")]),
        ({"alert_rules": [5]}, [("WrongType", "/monitoring_config/alert_rules/0")]),
        ({"alert_rules": [{"name": "x", "condition": "(", "severity": "Info"}]},
         [("InvalidExpression", "/monitoring_config/alert_rules/0/condition")]),
        ({"alert_rules": [{"name": "x", "condition": "true", "severity": "bad", "notification_channels": [5]}]},
         [("UnknownField", "/monitoring_config/alert_rules/0/notification_channels"),
          ("InvalidValue", "/monitoring_config/alert_rules/0/severity")]),
        ({"metrics": [], "custom_metrics": ["x"]}, [("UnknownField", "/monitoring_config/custom_metrics")]),
        ({"observability": {}, "enable_detailed_logging": True},
         [("UnknownField", "/monitoring_config/enable_detailed_logging")]),
    ],
)  # fmt: skip
def test_monitoring_is_reported_where_it_stands_when_it_is_broken(config: Any, places: list[tuple[str, str]]) -> None:
    assert found(document(monitoring_config=config)) == places


# --- forms of both dialects -----------------------------------------------------------------------------------------


def test_transitions_may_say_from_and_to() -> None:
    given = document(edges=[{"from": "start", "to": "end"}])

    assert definition(given) == definition(document())
    edges: list[Any] = [{"from": "start", "to": "nowhere"}, 5]
    assert found(document(edges=edges)) == [
        ("UnknownStep", "/transitions/0/to"),
        ("WrongType", "/transitions/1"),
    ]
    assert found(document(edges=[{**edge("start", "end"), "to": "end"}])) == [("UnknownField", "/transitions/0/to")]


def test_transitions_may_stand_inside_steps_in_the_main_dialect() -> None:
    ways: list[Any] = [{"to": "end"}, 5]
    given = document({**script("a"), "transitions": ways}, edges=[edge("start", "a")])

    assert found(given) == [("WrongType", "/steps/1/transitions/1")]


@pytest.mark.parametrize(
    ("given", "main"),
    [
        ({"max_attempts": 3, "initial_interval_ms": 1500, "max_interval_ms": None},
         {"max_attempts": 3, "initial_interval": 1.5}),
        ({"max_attempts": 3, "initial_interval": None, "initial_interval_ms": 2000, "max_interval": "PT1M"},
         {"max_attempts": 3, "initial_interval": 2.0, "max_interval": 60}),
        ({"max_retries": 2, "retry_intervals": ["PT1S", {"secs": 2}, 3]},
         {"max_retries": 2, "retry_intervals": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_a_retry_policy_has_one_main_form(given: Document, main: Document) -> None:
    assert normalise(document(retry_policy=given))["retry_policy"] == main
    assert report(document(retry_policy=given)).findings == ()


@pytest.mark.parametrize(
    ("policy", "places"),
    [
        (5, [("WrongType", "/retry_policy")]),
        ({"max_retries": 1, "retry_intervals": 5}, [("WrongType", "/retry_policy/retry_intervals")]),
        ({"max_retries": 1, "retry_intervals": [1, "soon"]}, [("InvalidDuration", "/retry_policy/retry_intervals/1")]),
        ({"max_attempts": 1, "initial_interval_ms": True}, [("InvalidDuration", "/retry_policy/initial_interval_ms")]),
        ({"max_attempts": 1, "initial_interval_ms": -5}, [("InvalidDuration", "/retry_policy/initial_interval_ms")]),
        (
            {"max_attempts": 1, "initial_interval_ms": 10**400},
            [("InvalidDuration", "/retry_policy/initial_interval_ms")],
        ),
    ],
)
def test_a_retry_policy_is_reported_where_it_stands_when_it_is_broken(
    policy: Any, places: list[tuple[str, str]]
) -> None:
    assert found(document(retry_policy=policy)) == places


@pytest.mark.parametrize(
    ("given", "main"),
    [
        ("fail_workflow", {"type": "fail_workflow"}),
        ("ContinueWorkflow", {"type": "continue_workflow"}),
        ({"type": "continue_workflow"}, {"type": "continue_workflow"}),
        ({"type": "retry", "max_attempts": 3, "initial_interval": "PT5S"},
         {"type": "retry", "retry": {"max_attempts": 3, "initial_interval": 5}}),
        ({"type": "retry", "retry": {"max_attempts": 3, "initial_interval_ms": 5}},
         {"type": "retry", "retry": {"max_attempts": 3, "initial_interval": 0.005}}),
        ({"Retry": {"max_attempts": 3}}, {"type": "retry", "retry": {"max_attempts": 3}}),
    ],
)  # fmt: skip
def test_an_error_policy_has_one_main_form(given: Any, main: Document) -> None:
    assert normalise(document(default_error_policy=given))["default_error_policy"] == main
    assert report(document(default_error_policy=given)).findings == ()


@pytest.mark.parametrize(
    ("policy", "places"),
    [
        (5, [("WrongType", "/default_error_policy")]),
        ("explode", [("WrongType", "/default_error_policy")]),
        ({"type": "retry"}, [("MissingField", "/default_error_policy")]),
        ({"type": "retry", "max_attempts": 0}, [("InvalidValue", "/default_error_policy/max_attempts")]),
        ({"Retry": {"max_attempts": 0}}, [("InvalidValue", "/default_error_policy/Retry/max_attempts")]),
        ({"Retry": 5}, [("UnknownField", "/default_error_policy/Retry")]),
        ({"type": "fail_workflow", "max_attempts": 3}, [("UnknownField", "/default_error_policy/max_attempts")]),
        ({"type": "fail_workflow", "retry": {"max_attempts": 3}}, [("UnknownField", "/default_error_policy/retry")]),
    ],
)
def test_an_error_policy_is_reported_where_it_stands_when_it_is_broken(
    policy: Any, places: list[tuple[str, str]]
) -> None:
    assert found(document(default_error_policy=policy)) == places


def test_a_document_is_left_alone_when_it_is_in_the_main_dialect() -> None:
    given = document(script("a", retry_policy={"max_attempts": 2, "initial_interval": 1.5}), timeout=5)

    assert normalise(given) == given
    assert normalised(given).findings == []


@pytest.mark.parametrize("garbage", [None, 5, "x", [], {}, {"steps": 5}, {"steps": [None, 5, "x", [], {}]},
                                     {"steps": [{"id": 5, "step_type": "Decision", "transitions": [5, {}]}]},
                                     {"steps": [{"id": "a", "step_type": {"type": "decision", "conditions": [5]}}],
                                      "start_step_id": "a", "transitions": [5, {"from": "a"}]},
                                     {"steps": [{"id": "a", "step_type": "Decision"}], "transitions": 5,
                                      "start_step_id": "a"},
                                     {"start_step_id": 5, "steps": [{"id": "a", "step_type": "Parallel",
                                                                     "transitions": [{"target_id": "a"}]}]},
                                     {"human_intervention_points": [5, {"id": "p"}], "event_handlers": [5],
                                      "subscriptions": 7}])  # fmt: skip
def test_anything_can_be_normalised_when_it_is_garbage(garbage: Any) -> None:
    once = normalised(garbage).document

    assert normalised(once).document == once
    if isinstance(garbage, dict):
        assert report(garbage).definition is None


def test_the_id_of_the_first_step_is_asked_for_when_it_is_none() -> None:
    assert ("WrongType", "/start_step_id") in found({**first_dialect(work("a")), "start_step_id": 5})


def test_the_finding_is_about_the_first_step_when_it_is_unknown() -> None:
    given = first_dialect({"id": "a", "step_type": "End"}, start="b")

    assert found(given) == [("UnknownStep", "/start_step_id"), ("Unreachable", "/steps/0")]
