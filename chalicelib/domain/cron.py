"""Instants that a cron expression names, in a time zone, across the changes of its offset.

Layer: domain. When clocks go forward, an instant named by hour and minute that does not exist is due when the hour
that is left out is over; when they go back, one that exists twice is due the first time, and one of an expression that
names every hour both times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_LEAST = timedelta(microseconds=1)


class NoInstant(Exception):
    """The expression or the zone names no instant; the message says why."""


def next_due(expression: str, zone_name: str, at: datetime) -> datetime:
    """The first instant at or after ``at`` that ``expression`` names in the zone, in UTC. Raises ``NoInstant``."""
    try:
        zone = ZoneInfo(zone_name)
        before = (at - _LEAST).astimezone(zone).replace(microsecond=0)
        found: datetime = next(CronSim(expression, before))
    except (ZoneInfoNotFoundError, CronSimError, ValueError, StopIteration) as error:
        message = f"no instant in time zone {zone_name!r}: {error}"
        raise NoInstant(message) from error
    return found.astimezone(UTC)


def next_after(expression: str, zone_name: str, instant: datetime) -> datetime:
    """The first instant after ``instant``, in UTC. Raises ``NoInstant``."""
    return next_due(expression, zone_name, instant + _LEAST)
