"""Business days: working days of countries, regions and registered calendars, and deadlines counted in them.

Layer: domain. Holidays and moved working days come from the ``holidays`` package, zones from the IANA database as the
``tzdata`` package ships it; both are data of fixed versions, so the same question has the same answer everywhere. What
follows from an answer is recorded in an event and never computed again.

Days are those of the calendar's own time zone: the principal one of the country or region. Without a calendar they are
days in UTC, and only Saturdays and Sundays are off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

import msgspec

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: Final[tuple[str, ...]] = get_args(Weekday)
_CODE = re.compile(r"[A-Z]{2}(-.+)?")


class RegisteredCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar of one's own, on top of ``base`` (a country's or region's, such as ``CN``) or of plain weekends.

    ``holidays`` are off and ``working_days`` are not, whatever else says otherwise. ``weekend`` replaces the base's
    days off of every week. ``timezone`` is the base's if it is not given, else UTC.
    """

    base: str | None = None
    timezone: str | None = None
    weekend: list[Weekday] | None = None
    holidays: list[date] = []
    working_days: list[date] = []


Calendars = Mapping[str, RegisteredCalendar]
"""Registered calendars by name; a name hides a country's code."""


class _Days(NamedTuple):
    """Which days are worked, in which zone."""

    zone: tzinfo
    is_worked: Callable[[date], bool]


def is_country_calendar(name: str) -> bool:
    """Whether a text is the code of a country (ISO 3166), or of one with a region, whose holidays are known."""
    return _CODE.fullmatch(name) is not None and _holidays_of(name) is not None


def fault_of(calendar: RegisteredCalendar) -> str:
    """Why a calendar cannot be used; empty if it can."""
    if calendar.base is not None and not is_country_calendar(calendar.base):
        return f"there is no calendar {calendar.base!r} to be its base"
    if len(set(calendar.weekend or ())) == len(_WEEKDAYS):
        return "its weekend takes all week"
    try:
        ZoneInfo(calendar.timezone or "UTC")
    except (ValueError, OSError, KeyError):
        return f"there is no time zone {calendar.timezone!r}"
    return ""


def after_business_days(start: datetime, days: int, calendar_id: str | None, registered: Calendars) -> datetime:
    """The same time of day ``days`` working days after ``start``, in UTC; the last instant there is if that is later.

    Zero days: ``start`` on a working day, else the next one. A local time that a change of the clocks leaves out is
    taken as late as the clocks are put forward; of one that comes twice, the first counts. ``start`` is aware.
    Raises ``KeyError`` for a calendar that registration should have refused.
    """
    zone, is_worked = _days_of(calendar_id, registered)
    try:
        local = start.astimezone(zone)
        day = _count(local.date(), days, is_worked)
        if day == local.date():
            return start.astimezone(UTC)
        return datetime.combine(day, local.time().replace(fold=0), zone).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _count(day: date, days: int, is_worked: Callable[[date], bool]) -> date:
    """The ``days``-th working day after ``day``; for none, the first from ``day`` on."""
    if days == 0 and is_worked(day):
        return day
    for _ in range(max(days, 1)):
        day += timedelta(days=1)
        while not is_worked(day):
            day += timedelta(days=1)
    return day


def _days_of(calendar_id: str | None, registered: Calendars) -> _Days:
    if calendar_id is None:
        return _Days(UTC, _is_no_weekend)
    own = registered.get(calendar_id)
    return _country_days(calendar_id) if own is None else _own_days(own)


def _own_days(own: RegisteredCalendar) -> _Days:
    base = _Days(UTC, _is_no_weekend) if own.base is None else _country_days(own.base)
    weekend = None if own.weekend is None else {_WEEKDAYS.index(name) for name in own.weekend}
    holidays, worked = frozenset(own.holidays), frozenset(own.working_days)

    def is_worked(day: date) -> bool:
        if day in worked or day in holidays:
            return day in worked
        if weekend is None:
            return base.is_worked(day)
        return day.weekday() not in weekend and (own.base is None or day not in _known(own.base))

    return _Days(base.zone if own.timezone is None else ZoneInfo(own.timezone), is_worked)


def _country_days(code: str) -> _Days:
    known = _known(code)

    def is_worked(day: date) -> bool:
        known.get(day)  # which working days were moved to its year's weekends is known once the year is filled in
        return bool(known.is_working_day(day))

    return _Days(_zone_of(code), is_worked)


def _known(code: str) -> Any:
    known = _holidays_of(code)
    if known is None:
        raise KeyError(code)
    return known


def _is_no_weekend(day: date) -> bool:
    return day.weekday() < _WEEKDAYS.index("saturday")


@lru_cache(maxsize=256)
def _holidays_of(code: str) -> Any | None:
    """The holidays of a country or region, filled in by year when asked for; None if they are not known."""
    # Imported late: the package takes longer to load than all the rest, and few definitions name a calendar.
    import holidays

    country, dash, region = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=region if dash else None, years=())
    except NotImplementedError:  # the library's word for a country or region that it does not have
        return None


# --- zones ------------------------------------------------------------------------------------------------------------


def _zone_of(code: str) -> ZoneInfo:
    """The principal time zone of a country or region, UTC where the database has none."""
    country = code.partition("-")[0]
    return ZoneInfo(_REGION_ZONES.get(code) or _COUNTRY_ZONES.get(country) or _first_zones().get(country, "UTC"))


@lru_cache(maxsize=1)
def _first_zones() -> dict[str, str]:
    """The zone that the database lists first for each country."""
    from importlib import resources  # late too: few need it

    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    zones: dict[str, str] = {}
    for country, _, zone, *_ in rows:
        zones.setdefault(country, zone)
    return zones


# Where the database's first zone is not the one that most people live in.
_COUNTRY_ZONES: Final = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UK": "Europe/London",  # the codes of these two are not ISO's
    "XK": "Europe/Belgrade",
}
_BY_ZONE: Final = {
    # zone: the regions whose clocks it shows, if they are not their country's own
    "America/Chicago": "US-AL US-AR US-IA US-IL US-KS US-LA US-MN US-MO US-MS US-ND US-NE US-OK US-SD US-TN US-TX"
    " US-WI",
    "America/Denver": "US-CO US-MT US-NM US-UT US-WY",
    "America/Boise": "US-ID",
    "America/Phoenix": "US-AZ",
    "America/Los_Angeles": "US-CA US-NV US-OR US-WA",
    "America/Anchorage": "US-AK",
    "America/Puerto_Rico": "US-PR US-VI",
    "Pacific/Honolulu": "US-HI",
    "Pacific/Guam": "US-GU US-MP",
    "Pacific/Pago_Pago": "US-AS",
    "America/St_Johns": "CA-NL",
    "America/Halifax": "CA-NB CA-NS CA-PE",
    "America/Winnipeg": "CA-MB",
    "America/Regina": "CA-SK",
    "America/Edmonton": "CA-AB CA-NT",
    "America/Vancouver": "CA-BC",
    "America/Whitehorse": "CA-YT",
    "Australia/Brisbane": "AU-QLD",
    "Australia/Adelaide": "AU-SA",
    "Australia/Darwin": "AU-NT",
    "Australia/Perth": "AU-WA",
    "America/Manaus": "BR-AM BR-RO BR-RR",
    "America/Cuiaba": "BR-MS BR-MT",
    "America/Rio_Branco": "BR-AC",
    "Atlantic/Canary": "ES-CN",
    "Atlantic/Azores": "PT-20",
}
_REGION_ZONES: Final = dict(
    chain.from_iterable(((code, zone) for code in codes.split()) for zone, codes in _BY_ZONE.items())
)
