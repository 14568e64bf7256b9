"""Time, identity and patience. Layer: ports. All are arguments, so that the engine runs under a virtual clock too."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The present."""

    def now(self) -> datetime:
        """Aware UTC, at most millisecond resolution."""


class Waiter(Protocol):
    """Whoever waits for others to do something."""

    def wait(self, seconds: float) -> None:
        """Let others go on for ``seconds`` or less. Does not say what they have done."""


class Ids(Protocol):
    """Fresh names."""

    def new_id(self) -> str:
        """A unique id, URL-safe, at most 64 characters, that sorts roughly by time."""
