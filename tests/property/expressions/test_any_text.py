"""Whatever text is registered as an expression, the answer is an expression or a refusal with a place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.expressions import (
    ROOTS,
    ExpressionFailure,
    ExpressionSyntaxError,
    compile_expression,
    compile_mapping,
)
from tests.property.expressions.grammar import contexts, expressions, outcome
from tests.unit.expressions.conftest import NOW

pytestmark = pytest.mark.property

WORDS = [
    "$.input", "$$", "$", ".", "[", "]", "(", ")", "{", "}", '"', "'", "`", "/", "*", "**", "%", "^", "@", "#", "|",
    "~>", ":=", "?", ":", "?:", "??", "&", "and", "or", "in", "function", "1", "0", "1e308", "$sum", "$string", "$map",
    "\\", "\\u", "é", "==", "..", ",", ";", "-", "<", ">", "!", "a", "/a/", "$x", " ", "true", "null", "$now", "λ",
]  # fmt: skip
soups = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A well-formed expression with a piece cut out and a word put in."""
    text = draw(expressions)
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return text[:start] + draw(st.sampled_from(WORDS)) + text[end:]


@given(st.one_of(st.text(max_size=40), soups, damaged()), contexts())
def test_the_answer_is_a_value_or_an_error_when_any_text_is_an_expression(text: str, context: dict[str, Any]) -> None:
    expression = outcome(lambda: compile_expression(text))

    if isinstance(expression, ExpressionSyntaxError):
        assert 0 <= expression.position <= len(text)
    else:
        assert expression.roots <= ROOTS
        value = outcome(lambda: expression.evaluate(context, now=NOW))
        assert not isinstance(value, ExpressionFailure) or value.expression == text


mappings = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), soups, expressions, expressions.map("{{% {} %}}".format)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(("a", "b/~")), inner)),
    max_leaves=6,
)


@given(mappings, contexts())
def test_the_pointer_leads_to_the_bad_value_when_a_mapping_is_refused(mapping: Any, context: dict[str, Any]) -> None:
    compiled = outcome(lambda: compile_mapping(mapping))

    if isinstance(compiled, ExpressionSyntaxError):
        assert isinstance(at(compiled.pointer, mapping), str)
    else:
        value = outcome(lambda: compiled.evaluate(context, now=NOW))
        assert not isinstance(value, ExpressionSyntaxError)


def at(pointer: str, value: Any) -> Any:
    """What a JSON pointer leads to."""
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
    return value
