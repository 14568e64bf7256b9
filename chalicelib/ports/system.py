"""Time and identity. Layer: ports. The core takes both as arguments, so it can be run under a virtual clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The present."""

    def now(self) -> datetime:
        """Aware UTC, at most millisecond resolution."""


class Ids(Protocol):
    """Fresh names."""

    def new_id(self) -> str:
        """A unique id, URL-safe, at most 64 characters, that sorts roughly by time."""
