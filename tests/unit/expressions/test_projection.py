"""What goes to the engine: only what is read; and numbers that no double holds never do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.expressions import ExpressionFailure
from chalicelib.domain.expressions.analysis import analyse
from chalicelib.domain.expressions.parser import parse
from chalicelib.domain.expressions.projection import Excerpt, InexactNumber, take_excerpt
from chalicelib.domain.jsonvalue import JsonError
from tests.unit.expressions.conftest import Evaluate

BIG = 2**70
HUGE = Decimal("1e400")
CONTEXT: dict[str, Any] = {
    "input": {
        "count": 3,
        "big": BIG,
        "minus": -BIG,
        "huge": HUGE,
        "exact": 2**53,
        "lines": [{"id": BIG, "price": 2, "sku": "a"}, {"id": BIG + 1, "price": 5, "sku": "b"}, 7],
        "text": "x" * 1_000,
        "digits": "12345678901234567890",
    },
    "context": {"a": [1], "b": 1.5, "c": None},
}


def excerpt_for(text: str, context: dict[str, Any] = CONTEXT) -> Excerpt:
    return take_excerpt(analyse(parse(text)), context)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("1", {}),
        ("$.input.count > 0", {"input": {"count": 3}}),
        ("$.input.missing > 0", {"input": {}}),
        ("$.event.data = 1", {}),
        ("$.input.count.more = 1", {"input": {"count": 3}}),
        ("$.context.*", {"context": CONTEXT["context"]}),
        ("$.context.a[0] + $.input.count", {"context": {"a": [1]}, "input": {"count": 3}}),
        ("$.input.text & $.input.digits", {"input": {"text": "x" * 1_000, "digits": "12345678901234567890"}}),
    ],
)
def test_only_what_is_read_is_taken_when_the_context_holds_more(text: str, data: Any) -> None:
    taken = excerpt_for(text)

    assert taken.data == data
    assert taken.originals == {}


def test_everything_is_taken_when_the_whole_context_is_read() -> None:
    context = {"input": {"a": [1]}, "event": None}

    assert excerpt_for("$keys($)", context).data == context


def test_values_are_not_copied_when_all_numbers_are_doubles() -> None:
    assert excerpt_for("$count($.context.a)").data["context"]["a"] is CONTEXT["context"]["a"]


def test_size_grows_with_what_is_read_when_texts_are_long() -> None:
    assert excerpt_for("$.input.text = 'x'").size > 1_000 > excerpt_for("$.input.count = 1").size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[$.input.big]", [BIG]),
        ('{"a": $.input.big, "b": $.input.minus, "c": $.input.huge}', {"a": BIG, "b": -BIG, "c": HUGE}),
        ("true ? $.input.big : 1", BIG),
        ("$.input.missing ?? $.input.big", BIG),
        ("($x := $.input.big; $x)", BIG),
        ("$.input.lines[0].id", BIG),
        ("$.input.lines[price > 2].id", BIG + 1),
        ("$.input.lines[price > 2]", {"id": BIG + 1, "price": 5, "sku": "b"}),
        ("$.input.lines^(>price).id", [BIG + 1, BIG]),
        ("$.input.lines{sku: id}", {"a": BIG, "b": BIG + 1}),
        ("$append($.input.big, 1)", [BIG, 1]),
        ("$reverse($.input.lines.id)", [BIG + 1, BIG]),
        ("$count($.input.lines)", 3),
        ("$exists($.input.huge)", True),
        # not read at all
        ("$sum($.input.lines.price)", 7),
        ("$.input.lines.(price * 2)", [4, 10]),
        ("$.input.lines[sku = 'b'].price", 5),
        ("$.input.big.more = 1", False),
        ("$.input.exact + 0", 2**53),
        ("$.input.digits & ''", "12345678901234567890"),
    ],
)
def test_a_number_comes_through_exactly_when_it_is_only_handed_on(text: str, expected: Any, evaluate: Evaluate) -> None:
    assert evaluate(text, CONTEXT) == expected


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("$.input.big + 1", 8),
        ("1 + $.input.huge", 12),
        ("-$.input.minus", 9),
        ("$.input.big = 1", 8),
        ("$.input.big > 1", 8),
        ("$.input.big & ''", 8),
        ("$.input.big ? 1 : 2", 8),
        ("$.input.big ?: 1", 8),
        ("$string($.input.big)", 16),
        ("$sum($.input.lines.id)", 19),
        ("$.input.lines[id = 1]", 14),
        ("$.input.lines^(id)", 15),
        ("$distinct($.input.lines)", 18),
        ("$.input.*", 2),
        ("$map($.input.lines, function($l) {$l.id})", 13),
        ("[$.input.big][0]", 9),
        ("($x := $.input.big; $x + 1)", 15),
    ],
)
def test_an_expression_fails_when_it_computes_with_a_number_no_double_holds(
    text: str, position: int, evaluate: Evaluate
) -> None:
    with pytest.raises(ExpressionFailure, match="which a double cannot hold exactly") as failed:
        evaluate(text, CONTEXT)

    assert failed.value.position == position


def test_a_decimal_deep_inside_is_found_when_only_its_exponent_shows() -> None:
    context = {"input": {"rows": [[{"value": Decimal("1E+400")}]]}}

    with pytest.raises(InexactNumber, match=r"1E\+400"):
        excerpt_for("$string($.input.rows)", context)


def test_a_text_is_not_taken_for_a_number_when_it_looks_like_a_stand_in(evaluate: Evaluate) -> None:
    (stand_in,) = excerpt_for("[$.input.big]", {"input": {"big": BIG}}).originals
    context = {"input": {"rows": [BIG, stand_in]}}

    assert evaluate("[$.input.rows]", context) == [BIG, stand_in]


@pytest.mark.parametrize("value", [{1, object}, [b"\xff".decode(errors="surrogateescape")]])
def test_an_excerpt_is_refused_when_the_context_holds_no_json(value: Any) -> None:
    with pytest.raises(JsonError, match="no JSON form"):
        excerpt_for("$count($.input)", {"input": value})


def test_an_excerpt_is_refused_when_a_context_with_a_big_number_nests_too_deeply() -> None:
    value: Any = [BIG]
    for _ in range(380):
        value = [value]

    def take(stack: int) -> Excerpt:
        return excerpt_for("$count($.input)", {"input": value}) if stack == 0 else take(stack - 1)

    with pytest.raises(JsonError, match="nests too deeply"):
        take(400)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$.input & ''", b"\xff".decode(errors="surrogateescape")),
        ("$count($.input)", {1, object}),
        ("$.input + 1", object()),
    ],
)
def test_an_expression_fails_when_it_reads_what_is_no_json(text: str, value: Any, evaluate: Evaluate) -> None:
    with pytest.raises(ExpressionFailure) as failed:
        evaluate(text, {"input": value})

    assert failed.value.code == "ExpressionError"
