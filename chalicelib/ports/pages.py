"""Pages of a listing. Layer: ports. A cursor is opaque, signed by its query, and refused elsewhere."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """``items`` in order, and the cursor of the next page or None at the end."""

    items: list[T]
    next_cursor: str | None = None
