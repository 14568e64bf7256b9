"""What an expression reads, and what registration refuses."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.expressions import ROOTS, ExpressionSyntaxError, compile_expression
from chalicelib.domain.expressions.analysis import analyse
from chalicelib.domain.expressions.parser import parse
from chalicelib.domain.expressions.reads import MAX_DEPTH, Place


def reads(place: Place) -> Any:
    """A place as {field: place}; ``"carried"`` or ``"computed"`` where all below is needed."""
    if place.computed:
        return "computed"
    if place.whole:
        return "carried"
    return {name: reads(below) for name, below in place.below.items()}


def read_by(text: str) -> Any:
    return reads(analyse(parse(text)))


def under_input(**fields: Any) -> Any:
    return {"input": fields}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.input.a", under_input(a="carried")),
        ("input.a", under_input(a="carried")),
        ("$$.input.a", under_input(a="carried")),
        ("$.input.a + 1", under_input(a="computed")),
        ("-$.input.a", under_input(a="computed")),
        ("$.input.a = $.context.b", {"input": {"a": "computed"}, "context": {"b": "computed"}}),
        ("1", {}),
        # a filter looks at its test and hands on its items
        ("$.input.a[b > 1].c", under_input(a={"b": "computed", "c": "carried"})),
        ("$.input.a[0].c", under_input(a={"c": "carried"})),
        ("$.input.a[].c", under_input(a={"c": "carried"})),
        ("$.input.a^(>b).c", under_input(a={"b": "computed", "c": "carried"})),
        ("$.input.a[$.b].c", under_input(a={"b": "computed", "c": "carried"})),
        ("$.input.a{b: c}", under_input(a={"b": "computed", "c": "carried"})),
        ("$.input.a{b: c} = 1", under_input(a={"b": "computed", "c": "computed"})),
        ("$.input.a.(b * c)", under_input(a={"b": "computed", "c": "computed"})),
        ('$.input.a.{"x": b, c: 1}', under_input(a={"b": "carried", "c": "computed"})),
        ("[$.input.a, 1]", under_input(a="carried")),
        ("[$.input.a][0]", under_input(a="computed")),
        ('{"x": $.input.a}.x', under_input(a="computed")),
        ("[1..$.input.a]", under_input(a="computed")),
        ("$.input.a ? $.input.b : $.input.c", under_input(a="computed", b="carried", c="carried")),
        ("$.input.a ? $.input.b", under_input(a="computed", b="carried")),
        ("$.input.a ?: $.input.b", under_input(a="computed", b="carried")),
        ("$.input.a ?? $.input.b", under_input(a="carried", b="carried")),
        ("($.input.a; $.input.b)", under_input(a={}, b="carried")),
        ("()", {}),
        # variables
        ("($x := $.input.a; $x.b)", under_input(a={"b": "carried"})),
        ("($x := $.input.a; $y := $x + 1; $y)", under_input(a="computed")),
        ("($x := $.input.a; $x := $.input.b; $x)", under_input(a="computed", b="computed")),
        ("($x := 1; $f := function() {$x}; $x := $.input.a; $f())", under_input(a="computed")),
        ("($x := 1; ($x := $.input.a); $x)", under_input(a="computed")),
        ("$.input.a@$x.[$x.b, b]", under_input(a={"b": "carried"}, b="carried")),
        ("$.input.a#$x.{'b': b, 'x': $x}", under_input(a={"b": "carried"})),
        # functions
        ("$count($.input.a)", under_input(a="carried")),
        ("$exists($.input.a)", under_input(a="carried")),
        ("$sum($.input.a)", under_input(a="computed")),
        ("$append($.input.a, $.input.b)", under_input(a="carried", b="carried")),
        ("$reverse($.input.a) = 1", under_input(a="computed")),
        ("$.input.a ~> $sum()", under_input(a="computed")),
        ("$.input.a ~> $sum", under_input(a="computed")),
        ("$.input.a ~> $join($.input.b)", under_input(a="computed", b="computed")),
        ("$.input.a ~> |b|{'c': 1}|", under_input(a="computed")),
        ("$.input.a ~> |b|{'c': 1},['d']|", under_input(a="computed")),
        ("$map($.input.a, function($v) { $v.b })", under_input(a="computed")),
        ("$map($.input.a, function($v) { $.input.b })", under_input(a="computed", b="computed")),
        ("$map($.input.a, $string)", under_input(a="computed")),
        ("($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f($.input.a))", under_input(a="computed")),
        ("function($v) { $v }($.input.a)", under_input(a="computed")),
        # the item stands in for a missing argument
        ("$.input.a.$string()", under_input(a="computed")),
        ("$.input.a.$substring(0, 2)", under_input(a="computed")),
        ("$.input.a.$substring(b, 0, 2)", under_input(a={"b": "computed"})),
        ("$.input.a.('x' ~> $substringBefore)", under_input(a="computed")),
        ("$.input.a.(b ~> $contains('x'))", under_input(a={"b": "computed"})),
        ("$substring($.input.a, 1)", under_input(a="computed")),
        # everything
        ("$.input.*", {"input": "computed"}),
        ("$.input.**.a", {"input": "computed"}),
        ("$.input.a.%", "computed"),
        ("$keys()", "computed"),
        ("$", "carried"),
        ("$$", "carried"),
        ("$string($)", "computed"),
        ("$.(input.a)", under_input(a="carried")),
        ("(1 ? $ : $.input).input.a", {"input": {"a": "carried", "input": {"a": "carried"}}}),
        ("(1 ? $ : $.input).c", under_input(c="carried")),
    ],
)
def test_the_places_are_found_when_an_expression_reads_them(text: str, expected: Any) -> None:
    assert read_by(text) == expected


def test_one_place_stands_for_all_below_when_a_path_goes_far_down() -> None:
    place = analyse(parse("$.input" + ".a" * (MAX_DEPTH + 10) + " = 1"))

    for _ in range(MAX_DEPTH):
        (place,) = place.below.values()
    assert place.computed
    assert not place.below


@pytest.mark.parametrize(
    ("text", "roots", "step_ids"),
    [
        ("$.input.a", {"input"}, set()),
        ("$.steps.charge.output.id", {"steps"}, {"charge"}),
        ("$.steps.`check-stock`.output = $.context.a", {"steps", "context"}, {"check-stock"}),
        ("$.steps.check-stock.output", {"steps"}, {"check-stock"}),
        ("$.steps.a.state = 'x' and $.steps.b.state = 'y'", {"steps"}, {"a", "b"}),
        ("$.steps", {"steps"}, None),
        ("$.steps.*", {"steps"}, None),
        ("$keys($.steps)", {"steps"}, None),
        ("$lookup($.steps, $.input.id)", {"steps", "input"}, None),
        ("$.input[$$.steps.a.output = b]", {"steps", "input"}, {"a"}),
        ("$", ROOTS, None),
        ("true", set(), set()),
    ],
)
def test_roots_and_steps_are_known_when_an_expression_is_compiled(
    text: str, roots: set[str], step_ids: set[str] | None
) -> None:
    expression = compile_expression(text)

    assert expression.roots == roots
    assert expression.step_ids == step_ids


@pytest.mark.parametrize(
    ("text", "position", "reason", "hint"),
    [
        ("$.foo", 0, "Unknown root foo", "compensated, context"),
        ("$.foo > 1", 2, "Unknown root foo", "compensated, context"),
        ("1 + foo.bar", 4, "Unknown root foo", "backquotes"),
        ("$.input.order-id > 5", 14, "Unknown root id", "backquotes"),
        ("$$.foo = 1", 3, "Unknown root foo", ""),
        ("$.input.a[$$.foo = 1]", 13, "Unknown root foo", ""),
        ("$input.name", 0, r"Unknown variable or function \$input", "Write $.input"),
        ("1 + $x", 4, r"Unknown variable or function \$x", "Assign it first"),
        ("($x := 1) + $x", 12, r"Unknown variable or function \$x", ""),
        ("$nosuch(1)", 0, r"Unknown variable or function \$nosuch", ""),
        ("sum([1])", 0, "sum is a field, not a function", "Write $sum(…)"),
        ("$eval('1')", 0, r"\$eval is not available", ""),
        ("$map([1], $eval)", 10, r"\$eval is not available", ""),
        ("'x' ~> $pad(5)", 7, r"\$pad is not available", ""),
        ("$random()", 0, r"\$random is not available", ""),
        ("$shuffle([1])", 0, r"\$shuffle is not available", ""),
        ("($pad := 1)", 1, r"\$pad is taken", ""),
        ("($sum := 1)", 1, r"\$sum is taken", ""),
        ("($__now := 1)", 1, r"\$__now is taken", ""),
        ("$map([1], function($sum) {1})", 10, r"\$sum is taken", ""),
        ("function($) {1}(1)", 0, r"\$ is taken", ""),
        ("[1]@$max.a", 0, r"\$max is taken", ""),
        ("$map([1], $now)", 10, "must be called where it stands", ""),
        ("1 ~> $millis", 5, "must be called where it stands", ""),
        ("$sum", 0, "a function, not data", "Call it"),
        ("(1; function() {1})", 4, "a function, not data", ""),
        ("/a/", 0, "a function, not data", ""),
        ("|$|{}|", 0, "a function, not data", ""),
        ("$substring(?, 1)", 0, "a function, not data", ""),
        ("$toMillis('12', '[H01]')", 16, "year", ""),
        ("$toMillis('12', $.input.picture)", 16, "year", ""),
        ("'12' ~> $toMillis('[H01]')", 18, "year", ""),
    ],
)
def test_an_expression_is_refused_when_it_uses_what_is_not_there(
    text: str, position: int, reason: str, hint: str
) -> None:
    with pytest.raises(ExpressionSyntaxError, match=reason) as refused:
        compile_expression(text)

    assert refused.value.position == position
    assert hint in refused.value.hint


@pytest.mark.parametrize("root", sorted(ROOTS))
@pytest.mark.parametrize(
    "text",
    ["$.input.a[b > $.{}.c]", "$.input.a.(b * $.{}.c)", "$.input.a[$.{}[0] = 1]", "$.input.a^($.{}.b)",
     "$.input.a{{$.{}.b: 1}}", "$.input.a.$map(b, function($v) {{ $.{}.c }})"],
)  # fmt: skip
def test_a_root_is_refused_when_the_item_stands_in_its_way(text: str, root: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match=rf"\$\.{root} inside a path step") as refused:
        compile_expression(text.format(root))

    assert f"Write $$.{root}" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "$.input.a[b > $$.context.c]",
        "$.input.a[input = 1]",
        "$.input.a.(context.b)",
        "$map($.input.a, function($v) { $v > $.context.c })",
        "$toMillis('2026', '[Y0001]')",
        "$toMillis('2026-01-01T00:00:00Z')",
        "('2026' ~> $toMillis('[Y]'))",
        "$now()",
        "$.steps.a-b.output",
    ],
)
def test_an_expression_is_accepted_when_it_says_what_it_means(text: str) -> None:
    assert compile_expression(text).text == text
