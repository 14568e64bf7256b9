"""What every ``TimerStore`` promises. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.ports.queues import TimerStore
from tests.contract.backends import Backend

pytestmark = pytest.mark.contract

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
AT = datetime(2026, 12, 31, 23, 58, 30, tzinfo=UTC)


def due(store: TimerStore, until: datetime) -> list[tuple[str, datetime]]:
    return [(timer.execution_id, timer.at) for timer in store.due(until=until)]


def names(store: TimerStore, until: datetime) -> list[str]:
    return [timer.execution_id for timer in store.due(until=until)]


def test_nothing_is_due_when_nothing_was_set(backend: Backend) -> None:
    store = backend.timers()

    assert due(store, AT) == []
    store.swept(until=AT)
    assert due(store, AT + MINUTE) == []


def test_timers_are_due_oldest_first_when_they_lie_in_several_minutes(backend: Backend) -> None:
    store = backend.timers()
    set_at = [AT + n * 20 * SECOND for n in (5, 0, 9, 3, 1, 7, 2, 8, 4, 6)]
    for n, at in enumerate(set_at):
        store.set(f"execution-{n}", at)

    assert [at for _, at in due(store, AT + 10 * MINUTE)] == sorted(set_at)


@pytest.mark.parametrize(
    ("at", "is_due"),
    [(AT - timedelta(microseconds=1), True), (AT, True), (AT + timedelta(microseconds=1), False), (AT + MINUTE, False)],
)
def test_a_timer_is_due_when_it_is_not_after_the_instant(backend: Backend, at: datetime, is_due: bool) -> None:
    store = backend.timers()
    store.set("a", at)

    assert due(store, AT) == ([("a", at)] if is_due else [])


def test_a_timer_is_found_when_its_instant_was_given_in_another_zone(backend: Backend) -> None:
    store = backend.timers()
    store.set("a", AT.astimezone(timezone(timedelta(hours=5, minutes=30))))

    assert due(store, AT) == [("a", AT)]


def test_one_timer_is_kept_when_it_is_set_twice(backend: Backend) -> None:
    store = backend.timers()
    for _ in range(2):
        store.set("a", AT)
    store.set("a", AT + SECOND)
    store.set("b", AT)

    assert sorted(due(store, AT + MINUTE)) == [("a", AT), ("a", AT + SECOND), ("b", AT)]


def test_many_timers_of_one_instant_are_all_due_when_they_are_of_many_executions(backend: Backend) -> None:
    store = backend.timers()
    for n in range(12):
        store.set(f"execution-{n}", AT)

    assert sorted(names(store, AT)) == sorted(f"execution-{n}" for n in range(12))


def test_a_timer_is_gone_when_it_is_deleted_once_or_twice(backend: Backend) -> None:
    store = backend.timers()
    for name in ("a", "b"):
        store.set(name, AT)
    (timer,) = [timer for timer in store.due(until=AT) if timer.execution_id == "a"]

    for _ in range(2):
        store.delete(timer)

    assert names(store, AT) == ["b"]


def test_every_timer_is_seen_when_each_is_deleted_on_the_way(backend: Backend) -> None:
    store = backend.timers()
    for n in range(10):
        store.set(f"execution-{n}", AT + n * 15 * SECOND)

    seen = []
    for timer in store.due(until=AT + 5 * MINUTE):
        seen.append(timer.execution_id)
        store.delete(timer)

    assert seen == [f"execution-{n}" for n in range(10)]
    assert due(store, AT + 5 * MINUTE) == []


def test_a_later_sweep_finds_the_rest_when_an_earlier_one_stopped_half_way(backend: Backend) -> None:
    # given a sweeper that dies after its first timer, before it moves the cursor
    store = backend.timers()
    for n in range(3):
        store.set(f"execution-{n}", AT + n * MINUTE)
    store.delete(next(iter(store.due(until=AT + 3 * MINUTE))))

    # then
    assert names(backend.timers(), AT + 3 * MINUTE) == ["execution-1", "execution-2"]


def test_timers_of_a_swept_minute_stay_due_when_the_sweep_ended_within_it(backend: Backend) -> None:
    # given
    store = backend.timers()
    store.swept(until=AT)

    # when a timer is set for later in the very minute the cursor stands in
    store.set("a", AT + SECOND)

    # then
    assert names(store, AT + SECOND) == ["a"]


@pytest.mark.parametrize("missed", [MINUTE, timedelta(minutes=30), timedelta(days=9)])
def test_everything_is_caught_up_when_sweeps_were_missed(backend: Backend, missed: timedelta) -> None:
    # given
    store = backend.timers()
    store.swept(until=AT)
    store.set("first", AT + MINUTE)
    store.set("last", AT + MINUTE + missed)
    store.set("later", AT + 2 * MINUTE + missed)

    # then
    assert names(backend.timers(), AT + MINUTE + missed) == ["first", "last"]


def test_the_cursor_stays_when_an_older_sweep_ends_later(backend: Backend) -> None:
    store = backend.timers()
    store.swept(until=AT + timedelta(hours=1))

    store.swept(until=AT)

    store.set("a", AT + timedelta(hours=2))
    assert names(store, AT + timedelta(hours=2)) == ["a"]


def test_instants_are_told_when_timers_are_set(backend: Backend) -> None:
    store = backend.timers()
    store.swept(until=AT)  # the cursor is no timer
    set_at = [AT + n * 7 * MINUTE for n in range(5)]
    for n, at in enumerate(set_at):
        store.set(f"execution-{n}", at)

    assert sorted(store.instants(limit=10)) == set_at


def test_no_more_instants_are_told_than_asked_for_when_there_are_more(backend: Backend) -> None:
    store = backend.timers()
    store.swept(until=AT)
    for n in range(5):
        store.set(f"execution-{n}", AT + n * MINUTE)

    assert len(store.instants(limit=3)) == 3
    assert len(store.instants(limit=5)) == 5
