"""Timers in memory. Layer: adapters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime
from threading import Lock

from chalicelib.adapters import instants
from chalicelib.ports.queues import DueTimer


class MemoryTimerStore:
    """``TimerStore`` in a sorted list. It needs no cursor: finding what is due costs nothing for what is gone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._timers: list[tuple[datetime, str]] = []

    def set(self, execution_id: str, at: datetime) -> None:
        timer = (at, execution_id)
        with self._lock:
            place = bisect_left(self._timers, timer)
            if self._timers[place : place + 1] != [timer]:
                self._timers.insert(place, timer)

    def due(self, *, until: datetime) -> Iterator[DueTimer]:
        with self._lock:
            timers = self._timers[: bisect_right(self._timers, until, key=lambda timer: timer[0])]
        for at, execution_id in timers:
            yield DueTimer(execution_id=execution_id, at=at, handle=f"{instants.to_text(at)}#{execution_id}")

    def instants(self, *, limit: int) -> list[datetime]:
        with self._lock:
            return [at for at, _ in self._timers[:limit]]

    def delete(self, timer: DueTimer) -> None:
        found = (timer.at, timer.execution_id)
        with self._lock:
            place = bisect_left(self._timers, found)
            if self._timers[place : place + 1] == [found]:
                del self._timers[place]

    def swept(self, *, until: datetime) -> None:
        """Nothing to remember."""

    def next_due_at(self) -> datetime | None:
        """When the earliest timer is due, so that a virtual clock can go there."""
        with self._lock:
            return self._timers[0][0] if self._timers else None
