"""Business days. The Chinese days are those of the State Council's plan for 2026: Spring Festival is off from Monday 16
to Monday 23 February, and worked are Saturday 14 and Saturday 28 February in exchange.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.calendars import RegisteredCalendar, after_business_days, fault_of, is_country_calendar

HOUSE = RegisteredCalendar(base="CN", holidays=[date(2026, 1, 8)], working_days=[date(2026, 2, 16)])
FRIDAYS_OFF = RegisteredCalendar(weekend=["friday"], timezone="Asia/Dubai")
SIX_DAYS = RegisteredCalendar(base="CN", weekend=["sunday"])
PLAIN = RegisteredCalendar(holidays=[date(2026, 1, 5)])
REGISTERED = {"house": HOUSE, "fridays-off": FRIDAYS_OFF, "six-days": SIX_DAYS, "plain": PLAIN}


def after(start: str, days: int, calendar: str | None, zone: str = "UTC") -> str:
    """Local times in and out."""
    place = ZoneInfo(zone)
    at = datetime.fromisoformat(start).replace(tzinfo=place)
    due = after_business_days(at, days, calendar, REGISTERED)
    assert due.tzinfo is UTC
    return due.astimezone(place).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("start", "days", "calendar", "due"),
    [
        ("2026-01-05T09:00", 2, None, "2026-01-07T09:00"),
        ("2026-01-02T09:00", 1, None, "2026-01-05T09:00"),  # Friday, over the weekend
        ("2026-01-03T09:00", 1, None, "2026-01-05T09:00"),  # from Saturday, Monday is the first day
        ("2026-01-05T09:00", 0, None, "2026-01-05T09:00"),
        ("2026-01-03T09:00", 0, None, "2026-01-05T09:00"),
        ("2026-01-05T09:00", 5, None, "2026-01-12T09:00"),
    ],
)
def test_weekends_are_skipped_when_there_is_no_calendar(start: str, days: int, calendar: None, due: str) -> None:
    assert after(start, days, calendar) == due


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-02-12T14:30", 1, "2026-02-13T14:30"),
        ("2026-02-13T14:30", 1, "2026-02-14T14:30"),  # the Saturday is worked
        ("2026-02-13T14:30", 2, "2026-02-24T14:30"),  # and then the festival
        ("2026-02-14T14:30", 0, "2026-02-14T14:30"),
        ("2026-02-18T14:30", 0, "2026-02-24T14:30"),
        ("2026-02-18T14:30", 1, "2026-02-24T14:30"),
        ("2026-02-27T14:30", 1, "2026-02-28T14:30"),
        ("2026-02-28T14:30", 1, "2026-03-02T14:30"),
        ("2026-01-03T14:30", 0, "2026-01-04T14:30"),  # a Sunday that is worked
        ("2026-09-30T14:30", 2, "2026-10-09T14:30"),  # the 8th and the 9th
    ],
)
def test_moved_working_days_are_worked_and_festivals_are_not(start: str, days: int, due: str) -> None:
    assert after(start, days, "CN", "Asia/Shanghai") == due


def test_days_are_those_of_the_calendars_own_zone() -> None:
    # Sunday in UTC, Monday in Shanghai; and Saturday in UTC, Friday still in New York.
    assert after("2026-03-01T22:00", 1, "CN") == "2026-03-02T22:00"
    assert after("2026-03-01T22:00", 1, None) == "2026-03-02T22:00"
    assert after("2026-03-07T02:00", 1, "US-NY") == "2026-03-10T01:00"  # Friday evening to Monday evening
    assert after("2026-03-07T02:00", 1, None) == "2026-03-09T02:00"


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-06T09:00", 1, "2026-03-09T09:00"),  # the clocks go forward in between
        ("2026-10-30T09:00", 1, "2026-11-02T09:00"),  # and back
        ("2026-07-02T09:00", 1, "2026-07-06T09:00"),  # Independence Day is kept on Friday
        ("2026-02-11T09:00", 1, "2026-02-13T09:00"),  # Lincoln's Birthday is a holiday of the state alone
    ],
)
def test_time_of_day_stays_when_the_clocks_change(start: str, days: int, due: str) -> None:
    assert after(start, days, "US-NY", "America/New_York") == due


def test_time_that_the_clocks_leave_out_is_taken_later() -> None:
    # On Sunday 8 March 2026 New York has no 02:30; a calendar that works on Sundays lands there.
    every_day = {"open": RegisteredCalendar(weekend=["monday"], timezone="America/New_York")}
    start = datetime(2026, 3, 7, 2, 30, tzinfo=ZoneInfo("America/New_York"))

    due = after_business_days(start, 1, "open", every_day)

    assert due.astimezone(ZoneInfo("America/New_York")).strftime("%d %H:%M") == "08 03:30"


def test_first_counts_when_a_local_time_comes_twice() -> None:
    every_day = {"open": RegisteredCalendar(weekend=["monday"], timezone="America/New_York")}
    start = datetime(2026, 10, 31, 1, 30, tzinfo=ZoneInfo("America/New_York"))

    assert after_business_days(start, 1, "open", every_day) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    second = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert after_business_days(second, 0, "open", every_day) == second


@pytest.mark.parametrize(
    ("start", "days", "calendar", "due"),
    [
        ("2026-01-07T09:00", 1, "house", "2026-01-09T09:00"),
        ("2026-02-14T09:00", 1, "house", "2026-02-16T09:00"),
        ("2026-01-01T09:00", 1, "fridays-off", "2026-01-03T09:00"),
        ("2026-01-09T09:00", 1, "six-days", "2026-01-10T09:00"),
        ("2026-01-10T09:00", 1, "six-days", "2026-01-12T09:00"),
        ("2026-02-14T09:00", 1, "six-days", "2026-02-21T09:00"),
        ("2026-01-02T09:00", 1, "plain", "2026-01-06T09:00"),
    ],
)
def test_registered_calendar_changes_its_base(start: str, days: int, calendar: str, due: str) -> None:
    assert after(start, days, calendar, "Asia/Shanghai" if calendar in ("house", "six-days") else "UTC") == due


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("DE", "Europe/Berlin"),
        ("AU", "Australia/Sydney"),
        ("AU-WA", "Australia/Perth"),
        ("US-CA", "America/Los_Angeles"),
        ("XK", "Europe/Belgrade"),
        ("BV", "UTC"),
    ],
)
def test_each_country_has_its_zone(code: str, zone: str) -> None:
    # Monday is Monday there up to midnight, so four days later is Friday.
    local = datetime(2026, 6, 8, 23, 59, tzinfo=ZoneInfo(zone))

    due = after_business_days(local, 4, code, {}).astimezone(ZoneInfo(zone))

    assert due.weekday() == 4
    assert due.strftime("%H:%M") == "23:59"


def test_last_instant_counts_beyond_the_calendar() -> None:
    assert after_business_days(datetime(9999, 12, 30, tzinfo=UTC), 10, "US", {}) == datetime.max.replace(tzinfo=UTC)


def test_unknown_calendar_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        after_business_days(datetime(2026, 1, 1, tzinfo=UTC), 1, "nowhere", {})
    with pytest.raises(KeyError):
        after_business_days(datetime(2026, 1, 1, tzinfo=UTC), 1, "XX", {})


@pytest.mark.parametrize(
    ("name", "known"),
    [("CN", True), ("US-NY", True), ("cn", False), ("CHN", False), ("US-", False), ("US-XX", False), ("XX", False)],
)
def test_calendar_is_known_by_the_code_of_a_country_or_region(name: str, known: bool) -> None:
    assert is_country_calendar(name) is known


@pytest.mark.parametrize(
    ("calendar", "fault"),
    [
        (HOUSE, ""),
        (RegisteredCalendar(base="Atlantis"), "no calendar 'Atlantis'"),
        (RegisteredCalendar(timezone="Mars/Olympus"), "no time zone 'Mars/Olympus'"),
        (
            RegisteredCalendar(weekend=["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
            "all week",
        ),
    ],
)
def test_calendar_that_cannot_be_used_says_why(calendar: RegisteredCalendar, fault: str) -> None:
    assert fault in fault_of(calendar)
    assert bool(fault) == bool(fault_of(calendar))
