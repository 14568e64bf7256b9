"""Values to JSON bytes and back, by type, without losing a digit.

Layer: adapters. What is stored or sent outlives the release that wrote it: the reader is told which form it was
written in, and lifts older forms to the present one, step by step, before it gives them a type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError

T = TypeVar("T")

Upcast = Callable[[Any], Any]
"""Takes the JSON value of one form and gives that of the next."""


class Unreadable(WeftError):
    """Something stored or sent is damaged, or was written by a newer release."""

    code = "Unreadable"


class Codec(Generic[T]):
    """The stored form of one type. ``upcasts[i]`` lifts form ``i + 1`` to form ``i + 2``; the last form is written."""

    def __init__(self, kind: Any, *, upcasts: Sequence[Upcast] = ()) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind, float_hook=jsonvalue.exact_number)
        self._upcasts = tuple(upcasts)
        self.form = len(self._upcasts) + 1

    def encode(self, value: T) -> bytes:
        """The bytes of ``value`` in the present form. Raises ``JsonError`` for what JSON has no form for."""
        return jsonvalue.dumps(value)

    def decode(self, raw: bytes | msgspec.Raw, *, form: int) -> T:
        """The value of bytes written in ``form`` (from 1). Raises ``Unreadable``."""
        if form != self.form:
            raw = self._lift(raw, form)
        try:
            return self._decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = f"stored bytes cannot be read: {error}"
            raise Unreadable(message) from error

    def _lift(self, raw: bytes | msgspec.Raw, form: int) -> bytes:
        if not 1 <= form <= self.form:
            message = f"stored bytes are of form {form}, this release reads forms up to {self.form}"
            raise Unreadable(message)
        value = jsonvalue.loads(bytes(raw), max_depth=jsonvalue.STORED_DEPTH)
        for upcast in self._upcasts[form - 1 :]:
            value = upcast(value)
        return jsonvalue.dumps(value)
