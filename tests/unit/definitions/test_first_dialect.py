"""The first dialect gives the definition that its main form gives: steps, decisions, types."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.definitions.normalise import normalise
from tests.unit.definitions.samples import (
    Document,
    classic,
    document,
    first_dialect,
    found,
    report,
    script,
    step,
    steps_of,
    ways_of,
    work,
)


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
