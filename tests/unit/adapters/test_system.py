"""The machine's clock and names. Layer: tests."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from time import monotonic

from chalicelib.adapters.memory import VirtualClock
from chalicelib.adapters.system import SystemClock, SystemIds, SystemWaiter

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_present_is_utc_in_whole_milliseconds() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert (now.tzinfo, now.microsecond % 1000) == (UTC, 0)


def test_ids_are_url_safe_and_all_different_when_made_in_one_millisecond() -> None:
    ids = SystemIds(VirtualClock(START))

    made = {ids.new_id() for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(re.fullmatch("[0-9a-hjkmnp-tv-z]{26}", name) for name in made)


def test_ids_sort_by_time_when_milliseconds_lie_between_them() -> None:
    clock = VirtualClock(START)
    ids = SystemIds(clock)

    made = []
    for step in (1, 31, 32, 1_000, 86_400_000, 10**11):
        clock.advance_to(clock.now() + timedelta(milliseconds=step))
        made.append(ids.new_id())

    assert made == sorted(made)


def test_ids_are_made_by_the_machines_clock_when_none_is_given() -> None:
    before = SystemIds(SystemClock()).new_id()
    made = SystemIds().new_id()
    after = SystemIds(SystemClock()).new_id()

    assert before[:10] <= made[:10] <= after[:10]


def test_wait_takes_as_long_as_it_is_told() -> None:
    began = monotonic()

    SystemWaiter().wait(0.02)

    assert monotonic() - began >= 0.02
