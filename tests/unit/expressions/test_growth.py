"""How far an evaluation may grow: what may run in the process, and with how much input."""

from __future__ import annotations

import pytest

from chalicelib.domain.expressions.growth import largest_input
from chalicelib.domain.expressions.parser import parse

BUDGET = 1e6


def room(text: str, budget: float = BUDGET) -> int:
    return largest_input(parse(text), budget)


@pytest.mark.parametrize(
    "text",
    [
        "$map(a, function($x) {$x})",
        "$reduce(a, $f)",
        "($f := function() {1}; $f())",
        "function() {1}()",
        "$substring(?, 1)",
        "|a|b|",
        "a@$x.b",
        "a#$x.b",
        "a.%.b",
        "[1..a]",
        "[a..1]",
        "[1..2.5]",
        "[1..9999999]",
        "$sort(a, function($x, $y) {$x > $y})",
        "$each(a, $string)",
        "$formatInteger(a, 'I')",
        "$now($.input.a)",
        "$fromMillis(a, '[Y,99999999]')",
        "$fromMillis(a, '[Y00000000]')",
        "$fromMillis(a, '[Y]é')",
        "$fromMillis(a, b)",
        "$formatNumber(1, a)",
        "$string(a, true)",
        "$contains(a, /x{100}/)",
        "$contains(a, /" + r"\w" * 10 + "/)",
        "a ~> $map(function($x) {$x})",
        "a ~> $sum = 1",
        "1" + " ~> $string" * 30,
        "$string(" * 40 + "a" + ")" * 40,
        "($a := 'xxxxxxxx'; " + "$a := $a & $a; " * 40 + "$a)",
        "a.nosuch(1)",
        "a" + ".($$.a" * 8 + ")" * 8,
    ],
)
def test_no_input_is_small_enough_when_there_is_no_bound(text: str) -> None:
    assert room(text) == -1


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("1", 1_000_000),
        ("'abc' = \"d\"", 1_000_000),
        ("$.input.a > 0", 10_000),
        ("$.input.a and $.input.b or not", 5_000),
        ("$sum(a.(b * c))", 2_000),
        ("a[b = 1].c", 2_000),
        ("a{b: c}", 2_000),
        ("a^(>b)", 500),
        ("a.*", 10_000),
        ("**", 3_000),
        ("a[]", 10_000),
        ("-a", 10_000),
        ("a ? b : c", 5_000),
        ("a ? b", 5_000),
        ("a ?: b", 5_000),
        ("($x := a; $x)", 10_000),
        ("[a, 1..3]", 10_000),
        ('{"x": a}', 10_000),
        ("a & b", 5_000),
        ("$uppercase(a)", 5_000),
        ("a.$uppercase()", 5_000),
        ("a ~> $uppercase()", 5_000),
        ("a ~> $uppercase ~> $trim", 5_000),
        ("$now('[Y0001]-[M01]-[D01]')", 1_000),
        ("$formatNumber(a, '#,##0.00')", 1_000),
        ("$contains(a, /^ab+c/)", 10_000),
        # squares and products: the room is about a root
        ("a.($$.b)", 100),
        ("a[$$.b]", 100),
        ("$distinct(a)", 100),
        ("$replace(a, 'x', b)", 100),
        ("$join(a, b)", 100),
    ],
)
def test_some_input_is_small_enough_when_there_is_a_bound(text: str, least: int) -> None:
    assert room(text) >= least


@pytest.mark.parametrize(
    ("linear", "steeper"),
    [
        ("a.b", "a.($$.b)"),
        ("a.b", "$distinct(a)"),
        ("a.($$.b)", "a.($$.b.($$.c))"),
        ("$join(a)", "$join(a, b).(c & $$.d)"),
    ],
)
def test_less_input_is_left_when_the_degree_is_higher(linear: str, steeper: str) -> None:
    # ten thousand times the budget, a hundred times the input of a square, less than that of a cube
    gain = room(linear, 1e12) / room(linear, 1e8)
    steeper_gain = room(steeper, 1e12) / room(steeper, 1e8)

    assert steeper_gain < gain


def test_what_a_regular_expression_costs_counts_for_each_item_when_it_is_used_on_items() -> None:
    assert room("a[$contains(b, /x/)]") < room("$contains(a, /x/)") / 10
