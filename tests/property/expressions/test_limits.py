"""Every function of the language with any arguments, over values of any size: repeatable, and within the limits."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.expressions import NOTHING, ExpressionFailure, compile_expression
from chalicelib.domain.expressions.functions import BUILTINS
from tests.property.expressions.grammar import expressions, objects, outcome
from tests.unit.expressions.conftest import NOW

pytestmark = [pytest.mark.property, pytest.mark.fuzz]

MOST_SECONDS = 2.0
"""Of this process: the engine has one, and finding the part to blame evaluates once more."""

# What functions take besides values: pictures of numbers and of dates, patterns, counts, orders, functions.
SPECIAL = [
    '"#,##0.00"', '"00e0"', '"%"', '"[Y0001]-[M01]-[D01]"', '"[h]:[m] [P]"', '"[Y,*-2]"', '"w"', '"I"', '"A"', '"0"',
    '"2026-02-29T25:61:00Z"', '"+0530"', "/a+/", "/(x*)*y/i", "//", '""', "1e308", "-1e-308", "9007199254740993", "2",
    "-1", "36", "1.5", "function($a){$a}", "function($a, $b){$a > $b}", "$string", "null", '"base64=="', '"%E0%A4"',
    '"\\u0000"', '"é\\uD83D\\uDE00"', "[]", "{}", "[[1,2],[3]]", "[1..20]", "$missing",
]  # fmt: skip
FUNCTIONS = sorted(BUILTINS)


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call of any function, with up to four arguments."""
    arguments = st.one_of(st.sampled_from(SPECIAL), expressions)
    name = draw(st.sampled_from(FUNCTIONS))
    return f"${name}({', '.join(draw(st.lists(arguments, max_size=4)))})"


texts = calls() | st.builds("({}).({})".format, expressions, calls()) | st.builds("[{}, {}]".format, calls(), calls())
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([2**53 + 1, -0.0, 1e308])
awkward = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=30,
)
contexts = st.fixed_dictionaries(
    {"input": objects | st.fixed_dictionaries({"a": awkward, "b": awkward, "c": awkward}), "context": objects}
)


def shown(action: Callable[[], Any]) -> Any:
    """What an action gives, or the whole of its refusal."""
    found = outcome(action)
    if isinstance(found, Exception):
        return type(found), str(found), getattr(found, "position", None)
    return repr(NOTHING) if found is NOTHING else json.dumps(found, allow_nan=False)


@given(texts, contexts)
def test_answer_is_the_same_and_in_time_when_any_function_is_given_anything(text: str, context: dict[str, Any]) -> None:
    def evaluate() -> Any:
        return compile_expression(text).evaluate(context, now=NOW)

    began = time.process_time()
    first = shown(evaluate)
    took_seconds = time.process_time() - began

    assert took_seconds < MOST_SECONDS
    assert shown(evaluate) == first
    if isinstance(first, tuple) and issubclass(first[0], ExpressionFailure):
        assert first[2] is not None
        assert 0 <= first[2] < len(text)
