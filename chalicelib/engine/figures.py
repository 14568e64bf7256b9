"""Figures made of rows and commits: how many, how long, how often, and what for.

Layer: engine. Pure functions; what they are given is bounded by whoever asks the stores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.execution.events import EXECUTION_STATES, TERMINAL_STATES, Commit, Event
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.ports.executions import Summary

OPEN_STATES: Final = tuple(state for state in EXECUTION_STATES if state not in TERMINAL_STATES)
ENDED_WELL: Final = frozenset({"completed"})
FAILED: Final = frozenset({"failed", "partially_failed"})
NOT_WELL: Final = FAILED | {"timed_out"}

MOST_FAILURES: Final = 20
_MINUTE: Final = timedelta(minutes=1)
_MILLISECOND: Final = timedelta(milliseconds=1)

# Between these events a step run waits: for a worker, its next attempt, a time, an event or a person.
_BEGINS_WAITING: Final = frozenset({"StepScheduled", "StepRetried", "TimerScheduled", "HumanTaskCreated"})
_ENDS_WAITING: Final = frozenset({"StepStarted", "StepCompleted", "StepFailed", "StepSkipped", "StepCanceled"})


def by_state(rows: Iterable[Summary], states: Sequence[str]) -> dict[str, int]:
    """How many of ``rows`` are in each of ``states``, those with none included."""
    counted = Counter(row.state for row in rows)
    return {state: counted[state] for state in states}


def percentiles(durations: Iterable[int | None]) -> dict[str, int | None]:
    """The median and the 95th percentile, by nearest rank, of those that are known; null of none."""
    known = sorted(each for each in durations if each is not None)
    if not known:
        return {"p50_ms": None, "p95_ms": None}
    return {f"p{share}_ms": known[ceil(len(known) * share / 100) - 1] for share in (50, 95)}


def since(rows: Collection[Summary], start: datetime, end: datetime) -> dict[str, Any]:
    """What began and ended from ``start`` to ``end``, in all and minute by minute, and how long that took."""
    ended = [row for row in rows if row.completed_at is not None and row.completed_at >= start]
    begun = [row for row in rows if (row.started_at or row.created_at) >= start]
    return {
        "since": timestamp(start),
        "started": len(begun),
        "completed": _of(ended, ENDED_WELL),
        "failed": _of(ended, FAILED),
        "canceled": _of(ended, {"canceled"}),
        "timed_out": _of(ended, {"timed_out"}),
        "per_minute": _per_minute(begun, ended, start, end),
        **percentiles(row.duration_ms for row in ended),
    }


def failures(rows: Iterable[Summary]) -> list[dict[str, Any]]:
    """The last executions that did not end well, the latest first."""
    found = [row for row in rows if row.state in NOT_WELL and row.completed_at is not None]
    found.sort(key=lambda row: row.completed_at or row.created_at, reverse=True)
    return [
        {
            "execution_id": row.execution_id,
            "workflow_id": row.workflow_id,
            "completed_at": timestamp(row.completed_at or row.created_at),
            "error": _error(row),
        }
        for row in found[:MOST_FAILURES]
    ]


def due(instants: Collection[datetime], now: datetime, *, near: int) -> dict[str, int]:
    """How many timers are due how soon; ``near`` further ones are due within 15 minutes."""

    def within(span: timedelta) -> int:
        return near + sum(1 for at in instants if now <= at < now + span)

    return {
        "due_within_15_minutes": within(timedelta(minutes=15)),
        "due_within_1_hour": within(timedelta(hours=1)),
        "due_within_24_hours": within(timedelta(hours=24)),
        "overdue": sum(1 for at in instants if at < now),
    }


def waits(commits: Iterable[Commit], now: datetime) -> dict[str, int]:
    """For how many milliseconds each step run has waited, by run id; one that waits still, until ``now``."""
    waited: Counter[str] = Counter()
    waiting: dict[str, datetime] = {}
    for commit in commits:
        for event in commit.events:
            if event.run_id is None:
                continue
            if event.type in _BEGINS_WAITING | _ENDS_WAITING and event.run_id in waiting:
                waited[event.run_id] += to_ms(_began(event, commit.time) - waiting.pop(event.run_id))
            if event.type in _BEGINS_WAITING or (event.type == "StepStarted" and "event_name" in event.details):
                waiting[event.run_id] = commit.time
    for run_id, start in waiting.items():
        waited[run_id] += to_ms(now - start)
    return dict(waited)


def to_ms(span: timedelta) -> int:
    """A duration in whole milliseconds, none of them negative: clocks of two machines may disagree."""
    return max(0, span // _MILLISECOND)


def _began(event: Event, time: datetime) -> datetime:
    """When what an event tells of was; an attempt's start may be told with its end."""
    said = event.details.get("started_at") if event.type == "StepStarted" else None
    return (parse_timestamp(said) if isinstance(said, str) else None) or time


def _of(rows: Iterable[Summary], states: Collection[str]) -> int:
    return sum(1 for row in rows if row.state in states)


def _error(row: Summary) -> dict[str, str]:
    if row.error is None:
        return {"code": row.state, "message": f"The execution ended {row.state}."}
    return {"code": row.error.code, "message": row.error.message}


def _per_minute(
    begun: Iterable[Summary], ended: Iterable[Summary], start: datetime, end: datetime
) -> list[dict[str, Any]]:
    started = Counter(_minute(row.started_at or row.created_at) for row in begun)
    well = Counter(_minute(row.completed_at) for row in ended if row.completed_at and row.state in ENDED_WELL)
    badly = Counter(_minute(row.completed_at) for row in ended if row.completed_at and row.state in NOT_WELL)
    first = _minute(start)
    minutes = [first + n * _MINUTE for n in range((_minute(end) - first) // _MINUTE + 1)]
    return [
        {"minute": timestamp(at), "started": started[at], "completed": well[at], "failed": badly[at]} for at in minutes
    ]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
