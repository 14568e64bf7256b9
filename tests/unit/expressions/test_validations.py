"""Expressions about one value, which is ``$`` in them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.expressions import ExpressionFailure, ExpressionSyntaxError, compile_validation

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "accepted", "refused"),
    [
        ("$ >= 0 and $ <= 100", 0, -0.5),
        ("$ >= 0 and $ <= 100", 100, 101),
        ("$ == 'yes'", "yes", "no"),
        ("$length($) > 2", "abc", "ab"),
        ("$length() > 2", "abc", "ab"),
        ("$contains($, /^[A-Z]{2}$/)", "CN", "cn"),
        ("$.min < $.max", {"min": 1, "max": 2}, {"min": 2, "max": 2}),
        ("min < max", {"min": 1, "max": 2}, {"min": 2, "max": 2}),
        ("$.input = 1", {"input": 1}, {"input": 2}),
        ("$.ok", {"ok": True}, {"ok": "yes"}),
        ("$", True, 1),
        ("$count($) = 2", [1, 2], [1]),
        ("$count($[price > 5]) = 1", [{"price": 6}, {"price": 1}], []),
        ("$count($[$.price > 5]) = 1", [{"price": 6}, {"price": 1}], [{"price": 1}]),
        ("$count(items[$.steps > 1]) = 1", {"items": [{"steps": 2}]}, {"items": []}),
        ("$sum($.lines.(price * quantity)) < 10", {"lines": [{"price": 2, "quantity": 3}]}, {"lines": [{"price": 20}]}),
        ("$ = null or $ > 0", None, -1),
        ("$toMillis($) > $millis()", "2026-02-01T00:00:00Z", "2025-12-01T00:00:00Z"),
        ("$exists($.a)", {"a": None}, {}),
    ],
)
def test_value_is_accepted_when_the_expression_is_true_of_it(text: str, accepted: Any, refused: Any) -> None:
    validation = compile_validation(text)

    assert validation.accepts(accepted, NOW)
    assert not validation.accepts(refused, NOW)


@pytest.mark.parametrize(
    "text", ["$ >", "", "$foo > 1", "$random() > 0", "function($x){$x}", "$eval('1')", "1" * 5_000, "\ud800"]
)
def test_validation_is_refused_when_it_is_no_expression(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_validation(text)


@pytest.mark.parametrize(("text", "value"), [("$ > 'a'", 5), ("$ > 1", 2**60), ("$.a < 2", {"a": Decimal("1e400")})])
def test_evaluation_fails_when_the_value_cannot_be_computed_with(text: str, value: Any) -> None:
    with pytest.raises(ExpressionFailure):
        compile_validation(text).accepts(value, NOW)


def test_large_value_is_looked_at_in_the_sandbox_when_it_may_take_long() -> None:
    validation = compile_validation("$count($) = $count($distinct($))")

    assert validation.accepts(list(range(3_000)), NOW)
    assert not validation.accepts([*range(3_000), 1], NOW)


def test_same_text_is_compiled_once() -> None:
    assert compile_validation("$ > 41") is compile_validation("$ > 41")
