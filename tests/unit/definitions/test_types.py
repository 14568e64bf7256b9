"""Values against declared types and raw JSON Schema: what fits, what is said, and what cannot hang."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.definitions.json_schema import EvaluationLimit, compiled_pattern, evaluate
from chalicelib.domain.definitions.model import TypeDefinition
from chalicelib.domain.definitions.normalise import normalise
from chalicelib.domain.definitions.schema_checks import DIALECT, check_schema
from chalicelib.domain.definitions.types import MAX_FINDINGS, apply_defaults, check_value, compile_type
from chalicelib.domain.errors import Finding


def type_of(given: Any) -> TypeDefinition:
    """The type that a document's ``input_type`` says."""
    return msgspec.convert(normalise({"input_type": given})["input_type"], TypeDefinition)


def field(name: str, kind: Any, **more: Any) -> dict[str, Any]:
    """A field of an object type."""
    return {"name": name, "field_type": kind, **more}


def problems(given: Any, value: Any) -> list[tuple[str, str, str]]:
    """Code, pointer and message of what is wrong with a value."""
    return [(each.code, each.pointer, each.message) for each in check_value(type_of(given), value, root="$.input")]


def raw(schema: Any, value: Any) -> list[tuple[str, str]]:
    """Code and message of what is wrong with a value under a raw JSON Schema."""
    found: list[Finding] = check_value(TypeDefinition(json_schema=schema), value, root="$")
    return [(each.code, each.message) for each in found]


ORDER = {
    "fields": [
        field("id", "string", required=True, description="its number"),
        field(
            "items",
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "fields": [field("sku", "string", required=True), field("price", "number", required=True)],
                },
            },
        ),
        field("odd key!", "boolean"),
    ]
}


def test_a_value_fits_when_it_has_the_declared_fields() -> None:
    assert problems(ORDER, {"id": "1", "items": [{"sku": "a", "price": 5, "more": True}], "other": 1}) == []
    assert problems(ORDER, {"id": "1"}) == []


def test_the_path_of_the_value_is_named_when_it_does_not_fit() -> None:
    value = {"items": [{"sku": "a", "price": 1}, {"price": "2"}, 3], "odd key!": None}

    assert problems(ORDER, value) == [
        ("WrongType", "/items/1/price", "$.input.items[1].price: expected a number, found the string '2'"),
        ("MissingField", "/items/1/sku", "$.input.items[1].sku: is required and missing"),
        ("WrongType", "/items/2", "$.input.items[2]: expected an object, found the number 3"),
        ("WrongType", "/odd key!", "$.input['odd key!']: expected true or false, found null"),
        ("MissingField", "/id", "$.input.id: is required and missing"),
    ]
    assert problems(ORDER, [1]) == [("WrongType", "", "$.input: expected an object, found a list of 1")]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "x"], [None, 1, [], {}]),
        ("number", [0, -1.5, 10**40, Decimal("1e400")], ["1", True, None]),
        ("integer", [0, 5.0, 10**40, Decimal("1e400")], [1.5, "1", False, Decimal("0.1234567890123456789012345")]),
        ("boolean", [True, False], [0, "true", None]),
        ("object", [{}, {"a": 1}], [[], "x", None]),
        ("array", [[], [1, "x"]], [{}, "x", None]),
        ("any", [None, 1, "x", [], {}, Decimal("1e400")], []),
        ("datetime", ["2030-01-31T09:00:00Z", "2030-01-31T09:00:00.5+08:00"],
         ["2030-01-31", "2030-01-31T09:00:00", "2030-02-30T09:00:00Z", "", 5]),
        ("duration", [0, 5.5, "PT5M", "P1Y", {"secs": 5}, {"secs": 5, "nanos": 1}],
         [-1, "5 minutes", "", "P", {"secs": -1}, {"secs": 1, "x": 2}, None, True]),
        ({"type": "enum", "values": ["a", 1, None]}, ["a", 1, 1.0, None], ["b", True, "1", []]),
    ],
)  # fmt: skip
def test_a_value_fits_when_it_has_the_declared_type(kind: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if problems({"value_type": kind}, value)] == []
    assert [value for value in bad if len(problems({"value_type": kind}, value)) != 1] == []


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("datetime", "today", "expected a timestamp with an offset (RFC 3339), found the string 'today'"),
        ("duration", "long", "expected a duration (seconds, ISO 8601 or {secs, nanos}), found the string 'long'"),
        ({"type": "enum", "values": ["a", "b"]}, "c", "expected one of ['a', 'b'], found the string 'c'"),
        ("integer", 1.5, "expected a whole number, found the number 1.5"),
        ("string", True, "expected a string, found true"),
        ("string", False, "expected a string, found false"),
    ],
)
def test_what_was_expected_and_found_is_said_when_a_value_does_not_fit(kind: Any, value: Any, message: str) -> None:
    assert [each for _, _, each in problems({"value_type": kind}, value)] == [f"$.input: {message}"]


@pytest.mark.parametrize(
    ("schema", "value", "code", "message"),
    [
        ({"type": ["string", "null"]}, 5, "WrongType", "expected a string or null, found the number 5"),
        ({"const": 1}, 2, "InvalidValue", "expected 1, found the number 2"),
        ({"minimum": 3}, 2, "InvalidValue", "expected at least 3, found the number 2"),
        ({"maximum": 3}, 4, "InvalidValue", "expected at most 3, found the number 4"),
        ({"exclusiveMinimum": 3}, 3, "InvalidValue", "expected a number above 3, found the number 3"),
        ({"exclusiveMaximum": 3}, 3, "InvalidValue", "expected a number below 3, found the number 3"),
        ({"multipleOf": 0.1}, 0.25, "InvalidValue", "expected a multiple of 0.1, found the number 0.25"),
        ({"minLength": 3}, "ab", "InvalidValue", "expected at least 3 characters, found the string 'ab'"),
        ({"maxLength": 1}, "ab", "InvalidValue", "expected at most 1 characters, found the string 'ab'"),
        ({"pattern": "^a"}, "b", "InvalidValue", "expected text that matches '^a', found the string 'b'"),
        ({"format": "uuid"}, "b", "InvalidValue", "expected the format 'uuid', found the string 'b'"),
        ({"minItems": 1}, [], "InvalidValue", "expected at least 1 elements, found a list of 0"),
        ({"maxItems": 1}, [1, 2], "InvalidValue", "expected at most 1 elements, found a list of 2"),
        ({"anyOf": [{"type": "string"}]}, 1, "InvalidValue", "expected one of several forms, found the number 1"),
        ({"oneOf": [{}, {}]}, 1, "InvalidValue", "expected exactly one of several forms, found the number 1"),
        ({"not": {}}, 1, "InvalidValue", "found the number 1, which is not allowed"),
        (False, 1, "InvalidValue", "found the number 1, which is not allowed"),
        ({"items": False}, [1], "InvalidValue", "does not fit the rule 'items', found a list of 1"),
        ({"properties": {"a": False}}, {"a": 1}, "InvalidValue", "no value is allowed here, found the number 1"),
        ({"contains": {"const": 1}}, [2], "InvalidValue", "does not fit the rule 'contains', found a list of 1"),
        ({"minProperties": 1}, {}, "InvalidValue", "does not fit the rule 'minProperties', found an object"),
        ({"uniqueItems": True}, [1, 1.0], "InvalidValue", "stands more than once in the list"),
        ({"additionalProperties": False}, {"a": 1}, "UnknownField", "is not a field of this type"),
        ({"required": ["a"]}, {}, "MissingField", "is required and missing"),
    ],
)
def test_what_a_raw_schema_expects_is_said_when_a_value_does_not_fit(
    schema: Any, value: Any, code: str, message: str
) -> None:
    ((found_code, found),) = raw(schema, value)

    assert found_code == code
    assert found.split(": ", 1)[1] == message


def test_types_compile_to_json_schema() -> None:
    for given in (ORDER, {"value_type": "duration"}, {"value_type": {"type": "enum", "values": [1]}}):
        Draft202012Validator.check_schema(compile_type(type_of(given)))
    assert compile_type(type_of({"fields": [field("a", "string", description="x", default="y")]})) == {
        "type": "object",
        "properties": {"a": {"type": "string", "description": "x", "default": "y"}},
    }
    assert compile_type(TypeDefinition(json_schema={"$schema": DIALECT, "type": "string"})) == {"type": "string"}
    assert compile_type(TypeDefinition(json_schema=True)) == {}
    assert compile_type(TypeDefinition()) == {"type": "object", "properties": {}}


def test_defaults_are_filled_in_when_fields_are_missing() -> None:
    inner = {"type": "object", "fields": [field("n", "integer", default=1)]}
    given = type_of(
        {
            "fields": [
                field("a", "string", default="x"),
                field("b", inner),
                field("c", {"type": "array", "items": inner}),
                field("d", "string", required=True),
                field("e", {"type": "array"}),
            ]
        }
    )
    value = {"b": {}, "c": [{}, {"n": 5}, 7], "e": [{}], "z": 1}

    assert apply_defaults(given, value) == {"a": "x", "b": {"n": 1}, "c": [{"n": 1}, {"n": 5}, 7], "e": [{}], "z": 1}
    assert value == {"b": {}, "c": [{}, {"n": 5}, 7], "e": [{}], "z": 1}
    assert apply_defaults(given, "text") == "text"
    assert "MissingField" in [each.code for each in check_value(given, value, root="$")]


def test_defaults_of_a_raw_schema_count_too() -> None:
    schema = {"properties": {"a": {"default": None}, "b": True, "c": {"properties": {"d": {"default": 1}}}}}

    assert apply_defaults(TypeDefinition(json_schema=schema), {"b": 1, "c": {}}) == {"a": None, "b": 1, "c": {"d": 1}}
    assert apply_defaults(TypeDefinition(json_schema=False), {"b": 1}) == {"b": 1}


def test_numbers_are_compared_exactly_when_they_are_large() -> None:
    assert raw({"maximum": 10**30}, 10**30) == []
    assert len(raw({"maximum": 10**30}, 10**30 + 1)) == 1
    assert raw({"minimum": Decimal("1e400")}, Decimal("1e401")) == []
    assert raw({"enum": [Decimal("1e400")]}, Decimal("1e400")) == []
    assert raw({"multipleOf": 0.01}, 19.99) == []
    assert raw({"multipleOf": Decimal("0.00000000000000000001")}, Decimal("3e-20")) == []
    assert len(raw({"multipleOf": 7}, Decimal("1e999999"))) == 1
    assert len(raw({"multipleOf": 7}, 10**500)) == 1


def test_elements_are_told_apart_when_they_must_be_unique() -> None:
    schema = {"uniqueItems": True}

    assert raw(schema, [1, True, 0, False, "1", None, [1], [True], {"a": 1}, {"a": True}, {"a": [1]}]) == []
    assert len(raw(schema, [{"a": [1], "b": 2}, {"b": 2, "a": [1.0]}])) == 1
    assert raw({"uniqueItems": False}, [1, 1]) == []
    assert raw(schema, {"a": 1}) == []


def test_properties_are_matched_by_pattern_when_a_schema_says_so() -> None:
    schema = {
        "properties": {"a": True},
        "patternProperties": {"^x-": {"type": "string"}},
        "additionalProperties": {"type": "integer"},
        "propertyNames": {"maxLength": 5},
    }

    assert raw(schema, {"a": [], "x-1": "s", "b": 5}) == []
    assert [code for code, _ in raw(schema, {"x-1": 5, "b": "s", "toolong": 1})] == ["WrongType"] * 2 + ["InvalidValue"]
    assert raw(schema, "text") == []
    assert raw({"pattern": "a", "required": ["a"], "multipleOf": 2}, None) == []


def test_findings_end_when_there_are_very_many() -> None:
    assert len(raw({"items": {"type": "string"}}, [1] * 1_000)) == MAX_FINDINGS


# --- what could hang or reach out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}$", r"^(\w+\s?)*$"])
def test_a_pattern_takes_linear_time_when_it_is_catastrophic(pattern: str) -> None:
    # A backtracking engine would not come back from this.
    assert len(raw({"pattern": pattern}, "a" * 50_000 + "!")) == 1


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)b", "(?<!a)b", "a{5000}", "(", "((a{1000}){1000}){1000}", "[z-a]"])
def test_a_pattern_is_refused_when_it_may_not_be_linear(pattern: str) -> None:
    (finding,) = check_schema({"properties": {"p": {"pattern": pattern}}}, "/s")

    assert (finding.code, finding.pointer) == ("InvalidType", "/s/properties/p/pattern")
    (finding,) = check_schema({"patternProperties": {pattern: True}}, "/s")
    assert finding.pointer.startswith("/s/patternProperties/")
    # And if one got so far all the same, nothing matches it.
    assert compiled_pattern(pattern) is None
    assert len(raw({"pattern": pattern}, "a")) == 1


def test_evaluation_ends_when_a_schema_multiplies_itself() -> None:
    # Each level asks twice for the next: 2^40 evaluations.
    levels = {f"l{number}": {"allOf": [{"$ref": f"#/$defs/l{number + 1}"}] * 2} for number in range(40)}
    schema = {"$ref": "#/$defs/l0", "$defs": {**levels, "l40": {"type": "string"}}}

    assert raw(schema, "x") == [("LimitExceeded", "$: Checking the value takes too many evaluations of its type")]
    assert [each.code for each in check_schema(schema, "")] == ["InvalidType"]


def test_evaluation_ends_when_an_enum_is_asked_for_many_elements() -> None:
    with pytest.raises(EvaluationLimit):
        evaluate({"items": {"enum": list(range(1_000))}}, ["x"] * 1_000, most=1_000)


def test_evaluation_ends_when_a_value_nests_deeper_than_the_stack() -> None:
    schema = {"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [{"items": {"$ref": "#/$defs/n"}}]}}}
    deep: list[Any] = []
    for _ in range(190):
        deep = [deep]

    assert check_schema(schema, "") == []
    found = raw(schema, deep)
    assert found in ([], [("LimitExceeded", "$: The value and its type nest too deeply")])
    assert [code for code, _ in raw({"$ref": "#"}, 1)] == ["LimitExceeded"]


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"$ref": "https://example.com/a"}, "/s/$ref"),
        ({"$ref": "other.json#/a"}, "/s/$ref"),
        ({"$ref": "#/$defs/a"}, "/s/$ref"),
        ({"$ref": "#/enum/5", "enum": [1]}, "/s/$ref"),
        ({"$ref": "#/enum/0", "enum": [1]}, "/s/$ref"),
        ({"$ref": "#nowhere"}, "/s/$ref"),
        ({"$ref": 5}, "/s/$ref"),
        ({"$ref": "#/type/x", "type": "object"}, "/s/$ref"),
        ({"$id": "https://example.com/a"}, "/s/$id"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/s/$schema"),
        ({"items": {"$schema": DIALECT}}, "/s/items/$schema"),
        ({"$dynamicRef": "#a"}, "/s/$dynamicRef"),
        ({"properties": {"a": {"unevaluatedItems": False}}}, "/s/properties/a/unevaluatedItems"),
        ({"type": "txt"}, "/s/type"),
        ({"properties": 5}, "/s/properties"),
        ({"minimum": "5"}, "/s/minimum"),
        ({"required": "a"}, "/s/required"),
        ({"patternProperties": 5}, "/s/patternProperties"),
    ],
)
def test_a_schema_is_refused_when_it_reaches_out_or_is_none(schema: Any, pointer: str) -> None:
    found = check_schema(schema, "/s")

    assert {each.code for each in found} == {"InvalidType"}
    assert found[0].pointer == pointer


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"$schema": DIALECT, "type": "object"},
        {"$schema": DIALECT + "#"},
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}},
        {"$ref": "#/$defs/a%20b", "$defs": {"a b": True}},
        {"$ref": "#here", "$defs": {"a": {"$anchor": "here"}}},
        {"$ref": "#/allOf/0", "allOf": [{"type": "string"}]},
        {"properties": {"next": {"$ref": "#"}}},
        {"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}, "$id": True}},
        {"enum": [{"$ref": "nowhere"}], "default": {"$id": 5}},
    ],
)
def test_a_schema_is_accepted_when_it_keeps_to_itself(schema: Any) -> None:
    assert check_schema(schema, "") == []


def test_a_schema_is_refused_when_it_nests_deeply() -> None:
    schema: Any = {}
    for _ in range(70):
        schema = {"items": schema}

    assert [each.message for each in check_schema(schema, "")] == ["The JSON Schema nests deeper than 60 levels"]


@pytest.mark.parametrize("keyword", ["items", "not", "if", "additionalProperties", "contains", "propertyNames"])
def test_a_schema_of_the_allowed_depth_can_be_checked(keyword: str) -> None:
    schema: Any = {}
    for _ in range(29):
        schema = {keyword: schema}

    assert check_schema({"allOf": [schema]}, "") == []
