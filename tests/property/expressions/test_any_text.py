"""Whatever text is registered as an expression, the answer is an expression or a refusal with a place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.expressions import (
    ROOTS,
    CompiledMapping,
    ExpressionFailure,
    ExpressionSyntaxError,
    compile_expression,
    compile_mapping,
)
from tests.property.expressions.grammar import contexts, expressions
from tests.unit.expressions.conftest import NOW

pytestmark = pytest.mark.property

WORDS = [
    "$.input", "$$", "$", ".", "[", "]", "(", ")", "{", "}", '"', "'", "`", "/", "*", "**", "%", "^", "@", "#", "|", "~>",
    ":=", "?", ":", "?:", "??", "&", "and", "or", "in", "function", "1", "0", "1e308", "$sum", "$string", "$map", "\\",
    "\\u", "é", "==", "..", ",", ";", "-", "<", ">", "!", "a", "/a/", "$x", " ", "true", "null", "$now", "λ",
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
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError as refused:
        assert 0 <= refused.position <= len(text)
        return
    assert expression.roots <= ROOTS
    try:
        expression.evaluate(context, now=NOW)
    except ExpressionFailure as failure:
        assert failure.expression == text


mappings = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), soups, expressions, expressions.map("{{% {} %}}".format)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(("a", "b/~")), inner)),
    max_leaves=6,
)


@given(mappings, contexts())
def test_the_pointer_leads_to_the_bad_value_when_a_mapping_is_refused(mapping: Any, context: dict[str, Any]) -> None:
    try:
        compiled = compile_mapping(mapping)
    except ExpressionSyntaxError as refused:
        value = mapping
        for step in refused.pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
        assert isinstance(value, str)
        return
    assert isinstance(compiled, CompiledMapping)
    try:
        compiled.evaluate(context, now=NOW)
    except ExpressionFailure as failure:
        assert failure.code == "ExpressionError"
