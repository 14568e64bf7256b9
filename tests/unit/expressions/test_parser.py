"""The grammar: what binds to what, and what is refused where.

The trees are compared as the text they print to, with every node in brackets.
"""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.expressions import ExpressionSyntaxError
from chalicelib.domain.expressions.parser import MAX_HEIGHT, MAX_LINKS, MAX_NESTING, parse
from chalicelib.domain.expressions.syntax import Node


def shape(value: Any) -> Any:
    """A tree as nested tuples: the name of the node, then its fields without the position."""
    if isinstance(value, Node):
        fields = [name for name in value.__struct_fields__ if name not in ("at", "height")]
        return (type(value).__name__, *(shape(getattr(value, name)) for name in fields))
    return tuple(shape(each) for each in value) if isinstance(value, tuple) else value


def same(one: str, other: str) -> bool:
    return bool(shape(parse(one)) == shape(parse(other)))


A, B, C = ("Name", "a"), ("Name", "b"), ("Name", "c")
ONE = ("Literal", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a.b.c", ("Path", (A, B, C))),
        ('a."b"', ("Path", (A, B))),
        ("a.b[1].c", ("Path", (A, ("Filter", B, ONE), C))),
        ("a[]", ("KeepArray", A)),
        ("a.b{c: 1}", ("Group", ("Path", (A, B)), ((C, ONE),))),
        ("a{}", ("Group", A, ())),
        ("a^(b, >c, <a)", ("Sort", A, ((False, B), (True, C), (False, A)))),
        ("a@$b.c", ("Path", (("Focus", A, "b"), C))),
        ("a#$b", ("Position", A, "b")),
        ("a + b - c", ("Chain", A, (("+", B), ("-", C)))),
        ("a + b * c", ("Chain", A, (("+", ("Chain", B, (("*", C),))),))),
        ("a * b + c", ("Chain", ("Chain", A, (("*", B),)), (("+", C),))),
        ("a or b and c", ("Chain", A, (("or", ("Chain", B, (("and", C),))),))),
        ("a = b", ("Chain", A, (("=", B),))),
        ("-a.b", ("Negative", ("Path", (A, B)))),
        ("-a * b", ("Chain", ("Negative", A), (("*", B),))),
        ("a ? b : c", ("Condition", A, B, C)),
        ("a ? b", ("Condition", A, B, None)),
        ("a ?: b", ("Default", "?:", A, B)),
        ("a ?? b + c", ("Default", "??", A, ("Chain", B, (("+", C),)))),
        ("$a := $b := 1", ("Assign", "a", ("Assign", "b", ONE))),
        ("(a; b;)", ("Block", (A, B))),
        ("()", ("Block", ())),
        ("[]", ("Array", ())),
        ("[a, 1..b]", ("Array", (A, ("Range", ONE, B)))),
        ("{}", ("Object", ())),
        ('{"a": 1, b: c}', ("Object", ((("Literal", "a"), ONE), (B, C)))),
        ("$f(a, ?)", ("Call", ("Variable", "f"), (A, ("Placeholder",)))),
        ("$f()", ("Call", ("Variable", "f"), ())),
        ("a ~> $f(1)", ("Chain", A, (("~>", ("Call", ("Variable", "f"), (ONE,))),))),
        ("function($a, $b)<nn:n>{a}", ("Lambda", ("a", "b"), "<nn:n>", A)),
        ("λ(){1}", ("Lambda", (), "", ONE)),
        ("|a|b|", ("Transform", A, B, None)),
        ("|a|b,c|", ("Transform", A, B, C)),
        ("*.**", ("Path", (("Wildcard",), ("Descendants",)))),
        ("a.%.b", ("Path", (A, ("Parent",), B))),
        ("a % b", ("Chain", A, (("%", B),))),
        ("$f(/x/i, a / b)", ("Call", ("Variable", "f"), (("Regex", "x", "i"), ("Chain", A, (("/", B),))))),
        ("and", ("Name", "and")),
        ("or.in", ("Path", (("Name", "or"), ("Name", "in")))),
        ("a and and", ("Chain", A, (("and", ("Name", "and")),))),
    ],
)
def test_operators_bind_as_in_the_reference_when_a_text_is_parsed(text: str, expected: Any) -> None:
    assert shape(parse(text)) == expected


def test_equality_is_the_same_when_it_is_written_as_in_other_languages() -> None:
    assert same("a == 1 and b==2", "a = 1 and b = 2")


def test_positions_are_characters_of_the_text_when_nodes_are_made() -> None:
    tree = parse("  é + (b.c)")

    assert (tree.at, tree.rest[0][1].at, tree.rest[0][1].body[0].at) == (2, 6, 7)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "Unexpected the end"),
        ("a b", 2, "Unexpected b"),
        ("a +", 3, "Unexpected the end"),
        ("(a", 2, "expected [)]"),
        ("[a", 2, "expected ]"),
        ("{a}", 2, "expected :"),
        ("{a:1", 4, "expected }"),
        ("a[1", 3, "expected ]"),
        ("a^b", 2, "expected [(]"),
        ("a^(b", 4, "expected [)]"),
        ("$f(a b)", 5, "expected [)]"),
        ("a)", 1, "Unexpected [)]"),
        ("a@b", 2, r"expected a \$name"),
        ("a#1", 2, r"expected a \$name"),
        ("a := 1", 0, r"Only a \$name"),
        ("$ := 1", 0, r"Only a \$name"),
        ("$$ := 1", 0, r"Only a \$name"),
        ("function(a){1}", 9, "parameter"),
        ("function($a)", 12, "expected {"),
        ("function($a){1", 14, "expected }"),
        ("|a|", 3, "Unexpected the end"),
        ("a.0.b", 2, "cannot be a step"),
        ("a.true", 2, "cannot be a step"),
        ("?", 0, "Unexpected [?]"),
    ],
)
def test_the_place_is_named_when_a_text_is_no_expression(text: str, position: int, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match=reason) as refused:
        parse(text)

    assert refused.value.position == position


@pytest.mark.parametrize("text", ["a && b", "a || b"])
def test_a_remedy_is_given_when_logic_is_written_as_in_other_languages(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as refused:
        parse(text)

    assert refused.value.hint == "Write and, or"


@pytest.mark.parametrize("unit", ["({})", "[{}]", '{{"a":{}}}', "-{}", "$f({})", "a[{}]", "1?2:{}", "function(){{{}}}"])
def test_nesting_ends_at_the_limit_when_a_text_nests(unit: str) -> None:
    def nest(levels: int) -> str:
        text = "1"
        for _ in range(levels):
            text = unit.format(text)
        return text

    parse(nest(MAX_NESTING - 1))
    with pytest.raises(ExpressionSyntaxError, match="Nested deeper than 64"):
        parse(nest(MAX_NESTING))


@pytest.mark.parametrize("link", ["[0]", "()", "{}", "^(a)", "@$x", "[]"])
def test_nesting_ends_at_the_limit_when_operators_pile_up_without_brackets(link: str) -> None:
    parse("a" + link * (MAX_HEIGHT - 3))
    with pytest.raises(ExpressionSyntaxError, match="Nested deeper than 100"):
        parse("a" + link * MAX_HEIGHT)
    with pytest.raises(ExpressionSyntaxError, match="Nested deeper than 100"):
        parse("((a" + link * 50 + ")" + link * 50 + ")")


def test_a_long_chain_is_flat_when_it_has_one_precedence() -> None:
    assert parse("a" + " + 1" * 200 + " = 2").height == 3


@pytest.mark.parametrize("link", [" + 1", ".a"])
def test_links_end_at_the_limit_when_operators_follow_each_other(link: str) -> None:
    parse("a" + link * MAX_LINKS)
    with pytest.raises(ExpressionSyntaxError, match="More than 300 operators"):
        parse("a" + link * (MAX_LINKS + 1))
