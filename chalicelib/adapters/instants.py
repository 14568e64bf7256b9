"""Instants as numbers and as texts that sort. Layer: adapters. Both are exact to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Microseconds since 1970 (UTC) of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The instant ``count`` microseconds after 1970 began, aware UTC."""
    return _EPOCH + count * _MICROSECOND


def to_epoch_seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded down: the form of an expiry."""
    return (at - _EPOCH) // timedelta(seconds=1)


def to_epoch_seconds_up(at: datetime) -> int:
    """Whole seconds since 1970, rounded up: the form of an expiry before which something must not go."""
    return -((_EPOCH - at) // timedelta(seconds=1))


def from_epoch_seconds(count: int) -> datetime:
    """The instant ``count`` seconds after 1970 began, aware UTC."""
    return _EPOCH + count * timedelta(seconds=1)


def to_text(at: datetime) -> str:
    """``2026-01-31T09:00:00.000000Z``: of equal length for every instant, so texts sort as instants do."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """The instant that ``to_text`` wrote, aware UTC."""
    return datetime.fromisoformat(text)
