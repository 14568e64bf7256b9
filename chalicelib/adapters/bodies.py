"""How encoded values lie in an item: plain, compressed, or as a reference to a blob.

Layer: adapters. A body is one byte and what follows it. The byte's high half is the form of the value (``Codec.form``),
its low half says how it is kept:

    0  the value's bytes
    1  the value's bytes, zlib-compressed: only when that saves a write unit (1 KB of the whole item)
    2  the name of a blob that holds the whole body; only for bodies above the limit for what is kept inline

A blob is written before the item that refers to it, so an item never refers to what is not there; a crash in between
leaves a blob that nobody knows, which expires.
"""

from __future__ import annotations

import zlib
from typing import Final, Protocol

from chalicelib.adapters.codecs import Unreadable

_PLAIN: Final = 0
_ZLIB: Final = 1
_BLOB: Final = 2
_WRITE_UNIT_BYTES: Final = 1024


class Blobs(Protocol):
    """Large values by the hash of their content."""

    def put(self, data: bytes, *, lasting: bool = False) -> str:
        """Keep ``data`` and give its name; equal content has one name. ``lasting`` content never expires.

        Keeping it again renews its age. Raises ``Unavailable``.
        """

    def get(self, name: str) -> bytes:
        """What was kept under ``name``. Raises ``NotFound`` once it has expired, ``Unavailable``."""


class Bodies:
    """Packs bodies for the items of one table. ``inline_bytes`` is the largest body that stays in its item."""

    def __init__(self, blobs: Blobs, *, inline_bytes: int, lasting: bool = False) -> None:
        self._blobs = blobs
        self._inline_bytes = inline_bytes
        self._lasting = lasting

    def pack(self, raw: bytes, *, form: int, beside: int = 0) -> bytes:
        """The body of ``raw``, a value in ``form``. ``beside`` is the bytes that the item's other attributes take."""
        body = _smallest(raw, form, beside)
        if len(body) <= self._inline_bytes:
            return body
        return _first_byte(form, _BLOB) + self._blobs.put(body, lasting=self._lasting).encode()

    def unpack(self, body: bytes) -> tuple[int, bytes]:
        """Form and bytes of the value in ``body``. Raises ``Unreadable``, and what reading a blob raises."""
        form, kept, rest = body[0] >> 4, body[0] & 0x0F, body[1:]
        if kept == _BLOB:
            return self.unpack(self._blobs.get(rest.decode()))
        if kept == _PLAIN:
            return form, rest
        if kept == _ZLIB:
            try:
                return form, zlib.decompress(rest)
            except zlib.error as error:
                message = f"a stored body cannot be decompressed: {error}"
                raise Unreadable(message) from error
        message = f"a stored body is kept in a way ({kept}) that this release does not know"
        raise Unreadable(message)


def write_units(size_bytes: int) -> int:
    """What writing an item of ``size_bytes`` costs: a unit for each KB begun."""
    return -(-size_bytes // _WRITE_UNIT_BYTES)


def _smallest(raw: bytes, form: int, beside: int) -> bytes:
    plain = _first_byte(form, _PLAIN) + raw
    units = write_units(beside + len(plain))
    if units <= 1:
        return plain
    compressed = _first_byte(form, _ZLIB) + zlib.compress(raw)
    return compressed if write_units(beside + len(compressed)) < units else plain


def _first_byte(form: int, kept: int) -> bytes:
    return bytes([form << 4 | kept])
