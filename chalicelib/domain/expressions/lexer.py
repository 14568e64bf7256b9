"""Words of the expression language.

Layer: domain. Follows the tokenizer of the JSONata reference (jsonata 2.2), stricter where that one guesses: a name is
letters, digits and underscores, anything else belongs in backquotes. ``==`` is read as ``=``.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Literal

import msgspec

from chalicelib.domain.expressions.errors import ExpressionSyntaxError

Kind = Literal["name", "variable", "literal", "operator", "end"]

# From here on, not every integer is a double.
EXACT_INTEGERS = 2**53

_SPACE = re.compile(r"(?:\s|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(
    r"""
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | `(?P<quoted>[^`]*)`
  | \$(?P<variable>\$(?!\w)|\w*)
  | (?P<name>[^\W\d]\w*)
  | (?P<operator>~>|:=|!=|>=|<=|==|\*\*|\.\.|\?:|\?\?|[-.\[\]{}(),@\#;:?+*/%|=<>^&])
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)+)/([a-zA-Z]*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)|\"", re.DOTALL)
_SIGNATURE = re.compile(r"<[a-z()<>?+:\-\s]*>(?=\s*\{)")

_CONSTANTS = {"true": True, "false": False, "null": None}
_WORD_OPERATORS = frozenset(("and", "or", "in"))


class Token(msgspec.Struct, frozen=True):
    """``value`` is the name, the operator or the constant; ``at`` and ``end`` bound it in the text."""

    kind: Kind
    value: str | int | float | bool | None
    at: int
    end: int


def next_token(text: str, start: int) -> Token:
    """The word at or after ``start``. A ``/`` is always an operator here, see ``regex_at``."""
    at = _SPACE.match(text, start).end()  # type: ignore[union-attr]
    if at == len(text):
        return Token("end", "the end", at, at)
    if text.startswith("/*", at):
        raise ExpressionSyntaxError("The comment is not closed", position=at)
    word = _WORD.match(text, at)
    if word is None:
        raise _unreadable(text, at)
    return _token(word, at)


def regex_at(text: str, at: int) -> tuple[str, str, int]:
    """Pattern, flags and end of the regular expression that starts at ``at``."""
    found = _REGEX.match(text, at)
    if found is None:
        raise ExpressionSyntaxError("The regular expression is empty or not closed", position=at)
    if found[2] not in ("", "i", "m", "im", "mi"):
        raise ExpressionSyntaxError(f"Unknown flags {found[2]} of a regular expression", position=at, hint="i and m")
    return found[1], found[2], found.end()


def signature_at(text: str, at: int) -> tuple[str, int]:
    """The signature of a function, as written, and its end."""
    found = _SIGNATURE.match(text, at)
    if found is None:
        raise ExpressionSyntaxError("The signature of the function is malformed", position=at)
    return found[0], found.end()


def _token(word: re.Match[str], at: int) -> Token:
    kind, raw, end = word.lastgroup, word[word.lastgroup or 0], word.end()
    if kind == "string":
        return Token("literal", _string(raw, at), at, end)
    if kind == "number":
        return Token("literal", _number(raw, at), at, end)
    if kind == "variable":
        return Token("variable", raw, at, end)
    if kind == "operator":
        return Token("operator", "=" if raw == "==" else raw, at, end)
    if kind == "name" and raw in _CONSTANTS:
        return Token("literal", _CONSTANTS[raw], at, end)
    if kind == "name" and raw in _WORD_OPERATORS:
        return Token("operator", raw, at, end)
    return Token("name", raw, at, end)


def _string(raw: str, at: int) -> str:
    def double_quoted(found: re.Match[str]) -> str:
        if found[1] is None:
            return '\\"'
        if found[1] not in '"\\/bfnrtu':
            raise ExpressionSyntaxError(f"Unknown escape \\{found[1]} in a string", position=at + 1 + found.start())
        return found[0]

    try:
        value: str = json.loads('"' + _ESCAPE.sub(double_quoted, raw[1:-1]) + '"', strict=False)
        value.encode()
    except ValueError as error:
        raise ExpressionSyntaxError("Malformed \\u escape in a string", position=at) from error
    return value


def _number(raw: str, at: int) -> int | float:
    if raw.isdigit() and int(raw) <= EXACT_INTEGERS:
        return int(raw)
    number = float(raw)
    if raw.isdigit() or not math.isfinite(number) or not _same_number(number, raw):
        raise ExpressionSyntaxError(
            f"The number {raw[:40]} cannot be held exactly by a double", position=at, hint="Compare it as a string"
        )
    return number


def _same_number(number: float, raw: str) -> bool:
    try:
        return Decimal(repr(number)) == Decimal(raw)
    except InvalidOperation:  # an exponent beyond all reason
        return False


def _unreadable(text: str, at: int) -> ExpressionSyntaxError:
    if text[at] in "\"'`":
        return ExpressionSyntaxError("The quote is not closed", position=at)
    hint = "Write $not(…)" if text[at] == "!" else ""
    return ExpressionSyntaxError(f"Unexpected character {text[at]!r}", position=at, hint=hint)
