"""The one JSON codec: text to Python values and back, without losing a digit.

Layer: domain. A JSON value is a dict, list, str, int, float, bool or None, and a ``Decimal`` only for a number literal
that a double cannot hold (``1e400``, or more digits than a double keeps). Ints have no bound but a length of 4,300
digits. ``loads(dumps(value)) == value`` for everything that ``loads`` gives.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from chalicelib.domain.errors import WeftError

# Recursive in truth; ``Any`` keeps every reader of a document free of casts.
type_of_json = dict[str, Any] | list[Any] | str | int | float | Decimal | bool | None
JsonValue = Any

MAX_DEPTH = 200
MAX_DIGITS = 4_300

_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")


class JsonError(WeftError):
    """A text that is not JSON, or a value that JSON cannot say. ``line`` and ``column`` count from 1."""

    code = "InvalidJson"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        where = "" if line is None else f" at line {line}, column {column}"
        super().__init__(message + where)
        self.line = line
        self.column = column


def loads(text: str | bytes) -> JsonValue:
    """Parse one JSON document.

    Raises ``JsonError``: malformed text (with line and column), ``NaN`` or ``Infinity``, nesting deeper than
    ``MAX_DEPTH``, a number of more than ``MAX_DIGITS`` digits, unpaired surrogates.
    """
    raw = _as_bytes(text)
    _refuse_deep_nesting(raw)
    try:
        return _DECODER.decode(raw)
    except msgspec.DecodeError as error:
        raise _located(str(error), raw) from error
    except UnicodeDecodeError as error:
        raise _at("The text is not UTF-8", raw, error.start) from error


def dumps(value: JsonValue) -> bytes:
    """The compact JSON text of a value, numbers exact.

    Raises ``JsonError`` for what JSON has no form for: a non-finite number, an unpaired surrogate, a foreign type.
    """
    return _encode(_ENCODER, value)


def canonical(value: JsonValue) -> bytes:
    """Like ``dumps`` with the keys of every object sorted: equal content has equal bytes (``1`` and ``1.0`` differ)."""
    return _encode(_SORTED, value)


def _as_bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise JsonError(f"An unpaired surrogate stands at character {error.start}") from error


def exact_number(literal: str) -> float | Decimal:
    """A float where its shortest form means the same number as the literal, else a Decimal."""
    number = float(literal)
    if repr(number) == literal:
        return number
    if len(literal) > MAX_DIGITS:
        raise JsonError(f"A number has more than {MAX_DIGITS} digits")
    try:
        exact = Decimal(literal)
    except InvalidOperation as error:
        raise JsonError(f"The number {literal[:40]} has an exponent out of range") from error
    return number if math.isfinite(number) and Decimal(repr(number)) == exact else exact


def _refuse_deep_nesting(raw: bytes) -> None:
    # The decoder recurses: what it can take depends on the caller's stack, so the bound is checked first.
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _STRUCTURE.finditer(raw):
        if token[0] in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _at(f"The document nests deeper than {MAX_DEPTH} levels", raw, token.start())
        elif token[0] in b"]}":
            depth -= 1


def _located(reason: str, raw: bytes) -> JsonError:
    found = _BYTE.search(reason)
    if "out of range" in reason:
        return JsonError(f"A number has more than {MAX_DIGITS} digits")
    if found is None:
        return _at("The document ends too early", raw, len(raw))
    return _at(reason[: found.start()].strip(), raw, int(found[1]))


def _at(reason: str, raw: bytes, offset: int) -> JsonError:
    before = raw[:offset]
    start_of_line = before.rfind(b"\n") + 1
    column = len(before[start_of_line:].decode(errors="replace")) + 1
    return JsonError(reason, before.count(b"\n") + 1, column)


def _encode(encoder: msgspec.json.Encoder, value: JsonValue) -> bytes:
    try:
        raw = encoder.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise JsonError(f"The value has no JSON form: {error}") from error
    # The encoder writes a non-finite float as null; only a text with a null in it can hide one.
    if b"null" in raw:
        _refuse_non_finite(value)
    return raw


def _refuse_non_finite(value: JsonValue) -> None:
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, list | tuple):
            pending.extend(current)
        elif isinstance(current, msgspec.Struct):
            pending.extend(msgspec.structs.astuple(current))
        elif isinstance(current, float) and not math.isfinite(current):
            raise JsonError(f"{current} is not a JSON number")


_DECODER = msgspec.json.Decoder(float_hook=exact_number)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SORTED = msgspec.json.Encoder(decimal_format="number", order="sorted")
