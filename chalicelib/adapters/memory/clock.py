"""A clock that stands still until it is moved. Layer: adapters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Time as a test or `weft run` tells it; never goes back."""

    def __init__(self, start: datetime) -> None:
        """Stand at ``start`` (aware)."""
        self._now = _up_to_millisecond(start)

    def now(self) -> datetime:
        """Aware UTC, in whole milliseconds."""
        return self._now

    def advance_to(self, at: datetime) -> None:
        """Stand at ``at``, or the next whole millisecond, so that what is due at ``at`` is due then.

        An instant already past changes nothing: something overdue is due now.
        """
        self._now = max(self._now, _up_to_millisecond(at))


def _up_to_millisecond(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    excess = at.microsecond % 1000
    return at + timedelta(microseconds=1000 - excess) if excess else at
