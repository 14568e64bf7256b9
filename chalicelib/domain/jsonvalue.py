"""The one JSON codec: text to Python values and back, without losing a digit.

Layer: domain. A JSON value is a dict, list, str, int, float, bool or None, and a ``Decimal`` only for a number literal
that a double cannot hold (``1e400``, or more digits than a double keeps). Ints have no bound but a length of 4,300
digits. ``loads(dumps(value)) == value`` for everything that ``loads`` gives.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any

import msgspec

from chalicelib.domain.errors import WeftError

# Recursive in truth; ``Any`` keeps every reader of a document free of casts.
JsonValue = Any

# What comes in may nest this deep. What the engine wraps around it is deeper, and what it writes it must read again.
MAX_DEPTH = 200
STORED_DEPTH = 400
MAX_DIGITS = 4_300

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BYTE = re.compile(r"\(byte (\d+)\)")


class JsonError(WeftError):
    """A text that is not JSON, or a value that JSON cannot say. ``line`` and ``column`` count from 1."""

    code = "InvalidJson"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        where = "" if line is None else f" at line {line}, column {column}"
        super().__init__(message + where)
        self.line = line
        self.column = column


def loads(text: str | bytes, *, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Parse one JSON document.

    Raises ``JsonError``: malformed text (with line and column), ``NaN`` or ``Infinity``, nesting deeper than
    ``max_depth``, a number of more than ``MAX_DIGITS`` digits, unpaired surrogates.
    """
    raw = _as_bytes(text)
    if _deeper_than(max_depth, raw):
        raise _at(f"The document nests deeper than {max_depth} levels", raw, _place_of_depth(max_depth, raw))
    try:
        return _DECODER.decode(raw)
    except msgspec.DecodeError as error:
        raise _located(str(error), raw) from error
    except UnicodeDecodeError as error:
        raise _at("The text is not UTF-8", raw, _end_of_utf8(raw)) from error


def dumps(value: JsonValue) -> bytes:
    """The compact JSON text of a value, numbers exact.

    Raises ``JsonError`` for what JSON has no form for (a non-finite number, an unpaired surrogate, a foreign type), and
    for what nests deeper than ``STORED_DEPTH``.
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


def _end_of_utf8(raw: bytes) -> int:
    text = raw.decode(errors="surrogateescape")
    readable = next(index for index, character in enumerate(text) if "\udc80" <= character <= "\udcff")
    return len(text[:readable].encode())


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


def _deeper_than(limit: int, raw: bytes) -> bool:
    # The decoder recurses, and how deep it can go depends on its caller's stack: so the bound is checked first. Each
    # pass takes away the innermost pairs; what is left after ``limit`` passes is deeper, unless it has no pairs.
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return False
    skeleton = _STRING.sub(b"", raw).translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(limit):
        peeled = skeleton.replace(b"[]", b"")
        if len(peeled) == len(skeleton):
            return peeled.count(b"[") > limit
        skeleton = peeled
    return b"[" in skeleton


def _place_of_depth(limit: int, raw: bytes) -> int:
    """The first bracket beyond the limit."""
    blanked = _STRING.sub(lambda string: b" " * len(string[0]), raw)
    depths = accumulate((byte in b"[{") - (byte in b"]}") for byte in blanked)
    return next((offset for offset, depth in enumerate(depths) if depth > limit), len(raw))


def _located(reason: str, raw: bytes) -> JsonError:
    found = _BYTE.search(reason)
    if "out of range" in reason:
        return JsonError(f"A number has more than {MAX_DIGITS} digits")
    if found is None:
        return _at("The document ends too early", raw, len(raw))
    # What is left over at the end is counted from its second character.
    return _at(reason[: found.start()].strip(), raw, int(found[1]) - ("trailing" in reason))


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
    if _deeper_than(STORED_DEPTH, raw):
        raise JsonError(f"The value nests deeper than {STORED_DEPTH} levels")
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
