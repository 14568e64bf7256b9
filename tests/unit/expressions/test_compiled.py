"""Expressions as the rest of the engine uses them: compiled once, evaluated at a given time, conditions, bounds."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chalicelib.domain.errors import WeftError
from chalicelib.domain.expressions import (
    NOTHING,
    Expression,
    ExpressionFailure,
    ExpressionSyntaxError,
    Nothing,
    compile_expression,
    sandbox,
)
from chalicelib.domain.expressions.compiled import CACHED, MAX_BYTES
from tests.unit.expressions.conftest import NOW, Evaluate

CONTEXT: dict[str, Any] = {
    "input": {"count": 3, "name": "World", "lines": [{"price": 2, "quantity": 3}, {"price": 4.5, "quantity": 2}]},
    "context": {"greeting": "Hello", "min": 3},
    "result": {"ok": True},
    "item": {"sku": "a"},
    "index": 0,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.input.count > 0", True),
        ("$.input.count == 3", True),
        ("$.input.count + 1", 4),
        ("$.context.greeting & '!'", "Hello!"),
        ("$.context.greeting & ', ' & $.input.name", "Hello, World"),
        ("$sum($.input.lines.(price * quantity))", 15),
        ("$.input.lines[price > $$.context.min].quantity", 2),
        ("$map($.input.lines, function($l) { $l.price * 2 })", [4, 9]),
        ("$.item.sku & $.index", "a0"),
        ("$.result.ok and true", True),
        ("true", True),
        ("'text'", "text"),
        ("null", None),
        ("$.input.missing + 1", NOTHING),
        ("$.event.data > 1", NOTHING),
        ("[]", []),
        ("$.input.lines[price > 100]", NOTHING),
    ],
)
def test_an_expression_evaluates_as_written_when_it_is_sound(text: str, expected: Any, evaluate: Evaluate) -> None:
    value = evaluate(text, CONTEXT)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("$.input.count > 0", True),
        ("$.input.count > 3", False),
        ("$.result.ok", True),
        ("true", True),
        ("$.input.count", False),
        ("'true'", False),
        ("1", False),
        ("$.input.missing", False),
        ("$.input.missing > 0", False),
        ("null", False),
    ],
)
def test_a_condition_holds_only_when_its_value_is_true(text: str, holds: bool) -> None:
    assert compile_expression(text).holds(CONTEXT, NOW) is holds


def test_the_context_is_unchanged_when_an_expression_transforms_it(evaluate: Evaluate) -> None:
    context = {"input": {"a": [1.0, {"b": 2.0}]}}

    assert evaluate("$.input ~> |a|{'b': 5}|", context) == {"a": [1, {"b": 5}]}
    assert repr(evaluate("($.input)", context)) == "{'a': [1, {'b': 2}]}"
    assert repr(context) == "{'input': {'a': [1.0, {'b': 2.0}]}}"


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (NOW, "2026-01-31T23:59:59.987Z"),
        (datetime(2026, 2, 1, 7, 59, 59, 987_999, tzinfo=timezone(timedelta(hours=8))), "2026-01-31T23:59:59.987Z"),
        (datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "1969-12-31T23:59:59.999Z"),
    ],
)
def test_the_time_is_the_given_one_when_an_expression_asks_for_it(now: datetime, text: str) -> None:
    moment = compile_expression("{'now': $now(), 'millis': $millis(), 'year': $now('[Y]')}").evaluate({}, now=now)

    assert isinstance(moment, dict)
    assert moment["now"] == text
    assert moment["millis"] == (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert moment["year"] == text[:4]


@pytest.mark.parametrize("text", ["$map([1, 2], function($x) { $now() })", "$map([1, 2], function($x) { $millis() })"])
def test_the_time_is_the_same_when_a_child_evaluates(text: str, evaluate: Evaluate) -> None:
    first, second = evaluate(text, {})

    assert first == second == evaluate("$now()" if "$now" in text else "$millis()", {})


def test_an_expression_is_compiled_once_when_its_text_is_the_same() -> None:
    assert compile_expression("$.input.a + 1") is compile_expression("$.input.a + 1")
    assert compile_expression.cache_info().maxsize == CACHED


def test_an_expression_shows_its_text_when_it_is_printed() -> None:
    assert repr(compile_expression("$.input.a")) == "Expression(text='$.input.a')"


def test_an_expression_cannot_be_changed_when_it_is_compiled() -> None:
    expression = compile_expression("1")

    assert isinstance(expression, Expression)
    with pytest.raises(FrozenInstanceError):
        expression.text = "2"  # type: ignore[misc]


@pytest.mark.parametrize("text", ["'" + "x" * (MAX_BYTES - 2) + "'", "$.input." + "a" * (MAX_BYTES - 8)])
def test_length_is_counted_in_bytes_when_an_expression_is_long(text: str) -> None:
    assert compile_expression(text).text == text
    with pytest.raises(ExpressionSyntaxError, match="at most 4,096 bytes, this one has 4,097"):
        compile_expression(text.replace("a", "é", 1).replace("x", "é", 1))


@pytest.mark.parametrize("text", ["", "   ", "1 +", "$.input[", b"$.\xff".decode(errors="surrogateescape"), "$$$"])
def test_an_expression_is_refused_when_it_does_not_parse(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as refused:
        compile_expression(text)

    assert isinstance(refused.value, WeftError)
    assert refused.value.code == "ExpressionError"
    assert 0 <= refused.value.position <= len(text)


def test_an_expression_is_refused_when_only_the_engine_objects() -> None:
    with pytest.raises(ExpressionSyntaxError, match="S0"):
        compile_expression("$.input.%.%.%.%")


def test_a_failure_says_all_when_an_evaluation_fails(evaluate: Evaluate) -> None:
    with pytest.raises(ExpressionFailure) as failed:
        evaluate("1 + $.input.name", CONTEXT)

    assert isinstance(failed.value, WeftError)
    assert failed.value.code == "ExpressionError"
    assert failed.value.message == (
        "T2002: The right side of the + operator must evaluate to a number at position 0 "
        "in the expression 1 + $.input.name"
    )


@pytest.mark.parametrize("count", [10, 20_000])
def test_the_value_is_the_same_when_there_is_so_much_that_a_child_evaluates(
    count: int, evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    run = sandbox.run

    def counted(text: str, *more: Any) -> Any:
        sent.append(text)
        return run(text, *more)

    monkeypatch.setattr(sandbox, "run", counted)
    lines = [{"price": price, "quantity": 2} for price in range(count)]

    assert evaluate("$sum($.input.lines.(price * quantity))", {"input": {"lines": lines}}) == count * (count - 1)
    assert len(sent) == (1 if count > 10 else 0)


def test_nothing_is_one_falsy_value_when_it_is_compared() -> None:
    assert not NOTHING
    assert repr(NOTHING) == "NOTHING"
    assert list(Nothing) == [NOTHING]
