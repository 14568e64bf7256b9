"""Words: what each one is, where it stands, and what is no word."""

from __future__ import annotations

import pytest

from chalicelib.domain.expressions import ExpressionSyntaxError
from chalicelib.domain.expressions.lexer import next_token, regex_at, signature_at


def words(text: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    token = next_token(text, 0)
    while token.kind != "end":
        found.append((token.kind, token.value))
        token = next_token(text, token.end)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n/* a * b */ /**/", []),
        ("price", [("name", "price")]),
        ("größe_2", [("name", "größe_2")]),
        ("`order id`", [("name", "order id")]),
        ("`and`", [("name", "and")]),
        ("$", [("variable", "")]),
        ("$$", [("variable", "$")]),
        ("$$.a", [("variable", "$"), ("operator", "."), ("name", "a")]),
        ("$sum", [("variable", "sum")]),
        ("true false null", [("literal", True), ("literal", False), ("literal", None)]),
        ("and or in", [("operator", "and"), ("operator", "or"), ("operator", "in")]),
        ("0 12 1.5 2e3 1E-7", [("literal", value) for value in (0, 12, 1.5, 2000.0, 1e-7)]),
        ("1..3", [("literal", 1), ("operator", ".."), ("literal", 3)]),
        ("-1", [("operator", "-"), ("literal", 1)]),
        ("9007199254740992", [("literal", 2**53)]),
        ("1e300", [("literal", 1e300)]),
        ("a==b", [("name", "a"), ("operator", "="), ("name", "b")]),
        ('"a==b"', [("literal", "a==b")]),
        (":= != >= <= ** ~> ?: ??", [("operator", sign) for sign in (":=", "!=", ">=", "<=", "**", "~>", "?:", "??")]),
        (r'"\"\\\/\b\f\n\r\té"', [("literal", '"\\/\b\f\n\r\té')]),
        ("'say \"hi\"'", [("literal", 'say "hi"')]),
        (r'"\ud83d\ude00"', [("literal", "\U0001f600")]),
        ('"a\nb"', [("literal", "a\nb")]),
    ],
)
def test_words_are_told_apart_when_a_text_is_read(text: str, expected: list[tuple[str, object]]) -> None:
    assert words(text) == expected


def test_an_integer_stays_one_when_it_is_written_as_one() -> None:
    assert [type(next_token(text, 0).value) for text in ("3", "3.0", "3e0")] == [int, float, float]


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("  /* open", 2, "comment is not closed"),
        ('"open', 0, "quote is not closed"),
        ("'open\\'", 0, "quote is not closed"),
        ("a `open", 2, "quote is not closed"),
        ('a & "x\\q"', 6, r"Unknown escape \\q"),
        (r"'it\'s'", 3, r"Unknown escape \\'"),
        (r'"\u12"', 0, r"Malformed \\u escape"),
        (r'"\ud800"', 0, r"Malformed \\u escape"),
        ("!a", 0, "Unexpected character '!'"),
        ("a ~ b", 2, "Unexpected character '~'"),
        ("a\0", 1, "Unexpected character"),
        ("1e400", 0, "cannot be held exactly"),
        ("9007199254740993", 0, "cannot be held exactly"),
        ("0.12345678901234567890", 0, "cannot be held exactly"),
        ("0e99999999999999999999", 0, "cannot be held exactly"),
    ],
)
def test_the_place_is_named_when_there_is_no_word(text: str, position: int, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match=reason) as refused:
        words(text)

    assert refused.value.position == position


def test_a_remedy_is_given_when_not_is_written_as_in_other_languages() -> None:
    with pytest.raises(ExpressionSyntaxError) as refused:
        next_token("!a", 0)

    assert refused.value.hint == "Write $not(…)"


def test_a_regular_expression_is_read_to_its_end_when_slashes_are_escaped() -> None:
    assert regex_at(r"x /a\/b==c/im )", 2) == (r"a\/b==c", "im", 13)


@pytest.mark.parametrize(("text", "reason"), [("//", "empty or not closed"), ("/a", "not closed"), ("/a/x", "flags x")])
def test_a_regular_expression_is_refused_when_it_is_not_whole(text: str, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match=reason):
        regex_at(text, 0)


def test_a_signature_is_read_as_written_when_a_body_follows() -> None:
    assert signature_at("<a<s>s?:n> {1}", 0) == ("<a<s>s?:n>", 10)


def test_a_signature_is_refused_when_no_body_follows() -> None:
    with pytest.raises(ExpressionSyntaxError, match="signature"):
        signature_at("<n", 0)
