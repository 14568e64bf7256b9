"""The place of a failure is the innermost part that fails for the same reason."""

from __future__ import annotations

import pytest

from chalicelib.domain.expressions import ExpressionFailure
from tests.unit.expressions.conftest import Evaluate

CONTEXT = {"input": {"s": "x", "n": 1, "list": [{"v": "x"}], "z": 0}}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("$.input.s + 1", "$.input.s + 1"),
        ("1 + ($.input.s + 1)", "$.input.s + 1)"),
        ("[1, $.input.s - 1]", "$.input.s - 1]"),
        ('{"a": 1, "b": -$.input.s}', "-$.input.s}"),
        ("-(1 - 'x')", "1 - 'x')"),
        ("$.input.n = 1 ? $uppercase(5) : 2", "$uppercase(5)"),
        ("$.input.n = 2 ? 1 : $uppercase(5)", "$uppercase(5)"),
        ("'x' * 2 ? 1", "'x' * 2"),
        ("$.input.missing ?? 1 - 'x'", "1 - 'x'"),
        ("$string($sum('x'))", "$sum('x')"),
        ("(1 - 'x').a", "1 - 'x')"),
        ("(1 - 'x')[0]", "1 - 'x')"),
        ("(1 - 'x')[]", "1 - 'x')"),
        ("([1 - 'x'])^(a)", "1 - 'x'"),
        ("(1 - 'x'){'a': 1}", "1 - 'x'"),
        ("$.input.list.(1 - v)", "$.input.list"),
        ("($x := 's'; 1 - $x)", "($x"),
        ("2 > 1 / $.input.z", "1 / $.input.z"),
        # evaluated elsewhere, blamed all the same
        ("[1, $map([1], function($v) { $v - 'x' })]", "$map"),
    ],
)
def test_the_innermost_part_is_named_when_an_evaluation_fails(text: str, part: str, evaluate: Evaluate) -> None:
    with pytest.raises(ExpressionFailure) as failed:
        evaluate(text, CONTEXT)

    assert failed.value.position is not None
    assert text[failed.value.position :].startswith(part)
    assert failed.value.expression == text
    assert failed.value.cause in failed.value.message
    assert f"position {failed.value.position}" in failed.value.message


def test_the_place_is_the_whole_when_a_bound_is_exceeded(evaluate: Evaluate) -> None:
    with pytest.raises(ExpressionFailure, match="more than 200,000 elements") as failed:
        evaluate("  $count([1..9999999])", CONTEXT)

    assert failed.value.position == 2


def test_a_failure_has_no_place_when_none_is_known() -> None:
    failure = ExpressionFailure("$.a", "an object was expected")

    assert failure.position is None
    assert failure.message == "an object was expected in the expression $.a"
