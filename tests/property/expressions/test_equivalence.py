"""What is done to an expression on its way to the engine changes nothing about its value.

The engine itself, given the text as written and the whole context, is the measure.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.expressions import NOTHING, ExpressionFailure, compile_expression
from chalicelib.domain.expressions.analysis import analyse
from chalicelib.domain.expressions.engine import EngineFault, Program, compile_program
from chalicelib.domain.expressions.growth import largest_input
from chalicelib.domain.expressions.parser import parse
from chalicelib.domain.expressions.paths import resolve
from chalicelib.domain.expressions.printer import to_engine
from chalicelib.domain.expressions.projection import take_excerpt
from tests.property.expressions.grammar import contexts, expressions, names, outcome
from tests.unit.expressions.conftest import NOW

pytestmark = pytest.mark.property

OVERFLOW = "A computed number is out of the range of a double"


def value_of(program: Program, context: dict[str, Any]) -> tuple[str, str]:
    try:
        value = program.run(context, None)
    except EngineFault as fault:
        return "fault", fault.cause
    return "value", repr(NOTHING) if value is NOTHING else json.dumps(value)


@given(expressions, contexts())
def test_the_value_is_the_same_when_the_engine_sees_only_what_is_read(text: str, context: dict[str, Any]) -> None:
    tree = parse(text)
    program = compile_program(to_engine(tree))

    assert value_of(program, take_excerpt(analyse(tree), context).data) == value_of(program, context)


@given(expressions, contexts())
def test_the_value_is_the_same_when_an_expression_is_printed_from_its_tree(text: str, context: dict[str, Any]) -> None:
    printed = value_of(compile_program(to_engine(parse(text))), context)
    written = value_of(compile_program(text), context)

    # The text as written may swallow an infinity. And the engine looks at the test of a filter that has nothing to
    # filter only if the test holds a call, such as the one that the printed text has around arithmetic.
    fails_early = printed[0] == "fault" and ")[" in text
    assert printed in (written, ("fault", OVERFLOW)) or fails_early


@given(st.lists(names, min_size=1, max_size=4), contexts())
def test_the_value_is_the_same_when_a_plain_path_is_resolved_without_the_engine(
    path: list[str], context: dict[str, Any]
) -> None:
    mine = resolve(("input", *path), context)
    theirs = compile_program("$.input." + ".".join(path)).run(context, None)

    # numbers keep their form here, and have JSON's there
    assert (mine is NOTHING) == (theirs is NOTHING)
    assert mine is NOTHING or json.loads(json.dumps(mine)) == json.loads(json.dumps(theirs))


@given(expressions, contexts(), st.sampled_from([300.0, 1e3, 1e4, 1e5, 1e6]))
def test_a_result_is_within_the_budget_when_the_input_is(text: str, context: dict[str, Any], budget: float) -> None:
    tree = parse(text)
    excerpt = take_excerpt(analyse(tree), context)
    if excerpt.size <= largest_input(tree, budget):
        assert len(value_of(compile_program(to_engine(tree)), excerpt.data)[1]) <= budget


@given(expressions, contexts())
def test_nothing_but_a_failure_comes_out_when_an_expression_is_evaluated(text: str, context: dict[str, Any]) -> None:
    before = json.dumps(context)

    answer = outcome(lambda: compile_expression(text).evaluate(context, now=NOW))

    if isinstance(answer, ExpressionFailure):
        assert answer.position is not None
        assert 0 <= answer.position < len(text)
    else:
        assert answer is NOTHING or json.dumps(answer, allow_nan=False)
    assert json.dumps(context) == before
