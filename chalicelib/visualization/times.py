"""How long something took. Layer: visualization."""

from __future__ import annotations

from datetime import datetime


def elapsed_ms(started_at: str | None, ended_at: str | None, now: datetime | None) -> int | None:
    """Milliseconds between two RFC 3339 instants, or up to ``now`` if there is no end yet; None if nobody can tell."""
    if started_at is None:
        return None
    end = now if ended_at is None else datetime.fromisoformat(ended_at)
    return None if end is None else max(round((end - datetime.fromisoformat(started_at)).total_seconds() * 1000), 0)
