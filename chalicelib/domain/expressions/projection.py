"""Cuts the context down to what an expression reads, and keeps numbers that no double holds out of the engine.

Layer: domain. Usually a few dictionary look-ups; values are passed on as they are, not copied. Only when a number
beyond the doubles may be among them are they looked through and copied: where the expression computes with such a
number that is an error, where it only hands it on a text stands in for it and is put back in the result, and where it
does not read it nothing happens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.domain.expressions.leaves import change_leaves
from chalicelib.domain.expressions.lexer import EXACT_INTEGERS
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.expressions.reads import NOT_READ, Place
from chalicelib.domain.jsonvalue import JsonError, JsonValue, dumps

# In JSON text: sixteen digits in a row, a decimal point among them or not, or the exponent of a Decimal.
_SUSPECT = re.compile(rb"[0-9][0-9.]{15}|[0-9]E[+-]")
_SCALAR = 8
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class InexactNumber(Exception):
    """The expression computes with a number that a double cannot hold; ``position`` is where it reads it."""

    def __init__(self, number: JsonValue, position: int) -> None:
        super().__init__(f"It computes with {str(number)[:60]}, which a double cannot hold exactly")
        self.position = position


class Excerpt(msgspec.Struct, frozen=True):
    """``data``: the context, cut down; ``size``: bytes of JSON, about; ``originals``: what the stand-ins stand for."""

    data: JsonValue
    size: int
    originals: dict[str, JsonValue]

    def restore(self, value: JsonValue | Nothing) -> JsonValue | Nothing:
        """Puts the numbers back into a result."""
        if self.originals and type(value) in (str, list, dict):
            return change_leaves(value, str, lambda text: self.originals.get(text, text))
        return value


def take_excerpt(place: Place, context: Mapping[str, JsonValue] | JsonValue) -> Excerpt:
    """What ``place`` names of the context, or of a value of any shape.

    Raises ``InexactNumber``, and ``JsonError`` for what is no JSON value.
    """
    taker = _Taker()
    data = taker.fields(place, context) if isinstance(context, Mapping) else taker.take(place, context)
    if not taker.suspect:
        return Excerpt(data, taker.size, {})
    stand_ins = _StandIns(data)
    try:
        return Excerpt(stand_ins.cut(place, data), taker.size, stand_ins.originals)
    except RecursionError as error:
        raise JsonError("It reads what nests too deeply") from error


_PLAIN = frozenset({dict, list, str, int, float, bool, type(None)})
"""What is no mapping on demand, told apart without asking the class."""


def plain(value: JsonValue) -> JsonValue:
    """The value with mappings that fetch on demand made into dicts."""
    if type(value) in _PLAIN or not isinstance(value, Mapping):
        return value
    return {name: plain(inner) for name, inner in value.items()}


class _Taker:
    """Follows the places through objects; adds up the size of what it takes."""

    __slots__ = ("size", "suspect")

    def __init__(self) -> None:
        self.size = _SCALAR
        self.suspect = False

    def fields(self, place: Place, value: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        if place.whole:
            return {name: self.take(place, inner) for name, inner in value.items()}
        taken = {}
        for name, below in place.below.items():
            inner = value.get(name, NOTHING)
            if inner is not NOTHING:
                taken[name] = self.take(below, inner)
        return taken

    def take(self, place: Place, value: JsonValue) -> JsonValue:
        kind = type(value)
        if kind is dict and not place.whole:
            return self.fields(place, value)
        if kind is str:
            self.size += len(value)
        elif kind is int:
            self.size += _SCALAR
            self.suspect |= not -EXACT_INTEGERS <= value <= EXACT_INTEGERS
        elif kind is bool or kind is float or value is None:
            self.size += _SCALAR
        elif not place.whole and isinstance(value, Mapping):
            return self.fields(place, value)
        else:
            value = plain(value)
            self._weigh(value)
        return value

    def _weigh(self, value: JsonValue) -> None:
        try:
            raw = _ENCODER.encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise JsonError(f"It reads what has no JSON form: {error}") from error
        self.size += len(raw)
        self.suspect = self.suspect or _SUSPECT.search(raw) is not None


class _StandIns:
    """Copies what is read, with a text in the place of every number that no double holds."""

    def __init__(self, data: JsonValue) -> None:
        # Nobody can write a text that holds the digest of itself.
        self._prefix = "\ue000" + hashlib.sha256(dumps(data)).hexdigest()[:24]
        self.originals: dict[str, JsonValue] = {}

    def cut(self, place: Place, value: JsonValue, whole: bool = False, computed_at: int | None = None) -> Any:
        """``whole`` and ``computed_at``: what the places above say."""
        whole = whole or place.whole
        computed_at = place.at if place.computed else computed_at
        if isinstance(value, dict):
            names = value if whole else place.below
            return {
                name: self.cut(place.below.get(name, NOT_READ), value[name], whole, computed_at)
                for name in names
                if name in value
            }
        if isinstance(value, list):
            return [self.cut(place, each, whole, computed_at) for each in value]
        if not whole:
            return None  # a field is sought in what has none
        return self._stand_in(value, computed_at) if _beyond_double(value) else value

    def _stand_in(self, number: JsonValue, computed_at: int | None) -> str:
        if computed_at is not None:
            raise InexactNumber(number, computed_at)
        name = f"{self._prefix}:{len(self.originals)}"
        self.originals[name] = number
        return name


def _beyond_double(value: JsonValue) -> bool:
    if type(value) is int:
        return not -EXACT_INTEGERS <= value <= EXACT_INTEGERS
    return isinstance(value, Decimal)
