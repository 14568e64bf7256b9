"""Times as they are typed, and durations as they are shown. Layer: command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from weftctl.failures import UsageFailure


def parse_time(text: str, *, option: str) -> datetime:
    """An RFC 3339 time as aware UTC, cut to milliseconds. Raises ``UsageFailure``."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_time(text, option) from error
    if time.tzinfo is None:
        raise _no_time(text, option)
    try:
        return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)
    except OverflowError as error:
        raise _no_time(text, option) from error


def seconds_between(row: Mapping[str, Any]) -> float | int | None:
    """How long a row took, from ``started_at`` to ``completed_at``, to the millisecond; None while one is missing."""
    if row.get("started_at") is None or row.get("completed_at") is None:
        return None
    started, completed = (datetime.fromisoformat(row[name]) for name in ("started_at", "completed_at"))
    seconds = round((completed - started).total_seconds(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def _no_time(text: str, option: str) -> UsageFailure:
    return UsageFailure(
        f"{option}: {text!r} is no time with an offset.", remedy="Give an RFC 3339 time, such as 2026-01-31T09:00:00Z."
    )
