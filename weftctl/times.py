"""Times and durations as they are typed. Layer: command line."""

from __future__ import annotations

from datetime import UTC, datetime

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


def _no_time(text: str, option: str) -> UsageFailure:
    return UsageFailure(
        f"{option}: {text!r} is no time with an offset.", remedy="Give an RFC 3339 time, such as 2026-01-31T09:00:00Z."
    )
