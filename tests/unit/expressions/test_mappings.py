"""Mappings: which texts are expressions, what is left out, and where a bad one stands."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.expressions import (
    NOTHING,
    ExpressionFailure,
    ExpressionSyntaxError,
    compile_mapping,
    is_expression_value,
)
from chalicelib.domain.expressions.mappings import MAX_NESTING
from tests.unit.expressions.conftest import NOW

CONTEXT = {"input": {"name": "World", "count": 3, "big": 2**70}, "steps": {"s1": {"output": 5}}}


@pytest.mark.parametrize(
    "value", ["$.input.name", "$sum([1])", "$.", "{% 1 + 1 %}", " {%1%} ", "{%\n$.input\n%}", "$uppercase('x')"]
)
def test_a_text_is_an_expression_when_it_is_marked_as_one(value: str) -> None:
    assert is_expression_value(value)


@pytest.mark.parametrize(
    "value", ["$5.00", "$", "$$.input", "input.name", "{% open", "%}", "", 1, None, ["$.input"], {}]
)
def test_a_value_is_a_constant_when_it_is_not_marked(value: Any) -> None:
    assert not is_expression_value(value)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("$.input.name", "World"),
        ("{% 'Hello ' & $.input.name %}", "Hello World"),
        ("$5.00", "$5.00"),
        (None, None),
        (2**70, 2**70),
        ({}, {}),
        ({"a": "$.input.name", "b": [1, "$.input.count"]}, {"a": "World", "b": [1, 3]}),
        ({"a": {"b": {"c": "$.input.big"}}}, {"a": {"b": {"c": 2**70}}}),
        ({"a": "$.input.missing", "b": 1}, {"b": 1}),
        ({"a": ["$.input.missing", 1], "b": {"c": "$.event"}}, {"a": [1], "b": {}}),
        ({"$literal": "$.input.name"}, "$.input.name"),
        ({"a": {"$literal": {"b": "$.input"}}}, {"a": {"b": "$.input"}}),
        ({"$literal": 1, "b": 2}, {"$literal": 1, "b": 2}),
        ("$.input.missing", NOTHING),
    ],
)
def test_expressions_are_replaced_by_their_values_when_a_mapping_is_evaluated(mapping: Any, expected: Any) -> None:
    assert compile_mapping(mapping).evaluate(CONTEXT, now=NOW) == expected


def test_null_is_kept_when_nothing_is_left_out() -> None:
    mapping = compile_mapping({"a": "$.input.none", "b": "$.input.missing", "c": None})

    assert mapping.evaluate({"input": {"none": None}}, now=NOW) == {"a": None, "c": None}


def test_what_is_read_is_the_sum_when_a_mapping_has_several_expressions() -> None:
    mapping = compile_mapping({"a": "$.input.name", "b": ["$.steps.s1.output"], "c": "{% $.steps.s2.output + 1 %}"})

    assert mapping.roots == {"input", "steps"}
    assert mapping.step_ids == frozenset({"s1", "s2"})


def test_any_step_may_be_read_when_one_expression_reads_all() -> None:
    assert compile_mapping(["$.steps.s1", "$.steps"]).step_ids is None


def test_nothing_is_read_when_all_is_constant() -> None:
    mapping = compile_mapping({"a": [1, "x"]})

    assert (mapping.roots, mapping.step_ids) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        ("$.foo", ""),
        ({"a": {"b/c": [1, "$.input +"]}}, "/a/b~1c/1"),
        ({"x~y": "{% ( %}"}, "/x~0y"),
    ],
)
def test_the_place_is_named_when_an_expression_is_bad(mapping: Any, pointer: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as refused:
        compile_mapping(mapping)

    assert refused.value.pointer == pointer


def test_the_way_out_is_shown_when_a_constant_looks_like_an_expression() -> None:
    with pytest.raises(ExpressionSyntaxError, match="Unexpected") as refused:
        compile_mapping({"price": "$USD 5"})

    assert "$literal" in refused.value.hint


def test_a_failure_names_its_expression_when_one_of_several_fails() -> None:
    mapping = compile_mapping({"a": 1, "b": "{% $.input.name + 1 %}"})

    with pytest.raises(ExpressionFailure) as failed:
        mapping.evaluate(CONTEXT, now=NOW)

    assert failed.value.expression == "$.input.name + 1"


def test_a_mapping_is_refused_when_it_nests_too_deeply() -> None:
    def nest(levels: int) -> Any:
        value: Any = "$.input.count"
        for _ in range(levels):
            value = [value]
        return value

    assert compile_mapping(nest(MAX_NESTING)).roots == {"input"}
    with pytest.raises(ExpressionSyntaxError, match="at most 64 levels") as refused:
        compile_mapping(nest(MAX_NESTING + 2))
    assert refused.value.pointer == "/0" * (MAX_NESTING + 1)
