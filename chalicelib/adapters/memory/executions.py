"""Commits and snapshots in memory. Layer: adapters."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from threading import Lock
from typing import Final

import msgspec

from chalicelib.adapters.codecs import Codec
from chalicelib.domain.errors import VersionConflict
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.ports.executions import Snapshot

_EVENTS: Final[Codec[tuple[Event, ...]]] = Codec(tuple[Event, ...])


class MemoryStream:
    """The commits of all executions in the order of their writing, as a table's stream shows them.

    What was received and not acknowledged is received again, before anything later.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[tuple[str, int]] = deque()
        self._receives = 0

    def put(self, execution_id: str, number: int) -> None:
        """A commit has been written."""
        with self._lock:
            self._waiting.append((execution_id, number))

    def receive(self, limit: int) -> list[tuple[str, int]]:
        """Execution id and number of the oldest commits, up to ``limit``."""
        with self._lock:
            self._receives += 1
            return list(islice(self._waiting, limit))

    def acknowledge(self, count: int) -> None:
        """The oldest ``count`` commits have been dealt with."""
        with self._lock:
            self._receives = 0
            for _ in range(count):
                self._waiting.popleft()

    @property
    def receives(self) -> int:
        """How often the oldest commits have been received."""
        with self._lock:
            return self._receives

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)


class MemoryExecutionStore:
    """``ExecutionStore`` in dicts. Nothing expires. ``stream`` is what a publisher reads."""

    def __init__(self) -> None:
        self.stream = MemoryStream()
        self._lock = Lock()
        self._commits: dict[str, dict[int, tuple[Commit, bytes]]] = defaultdict(dict)
        self._numbers: dict[str, list[int]] = defaultdict(list)
        self._snapshots: dict[str, Snapshot] = {}

    def append(self, commit: Commit, *, expires_at: datetime | None = None) -> int:
        raw_events = _EVENTS.encode(commit.events)
        with self._lock:
            commits = self._commits[commit.execution_id]
            if commit.number in commits:
                message = f"commit {commit.number} of {commit.execution_id} exists already"
                raise VersionConflict(message)
            commits[commit.number] = (msgspec.structs.replace(commit, events=()), raw_events)
            insort(self._numbers[commit.execution_id], commit.number)
            self.stream.put(commit.execution_id, commit.number)
        return len(raw_events)

    def read(self, execution_id: str, *, after: int = 0) -> Iterator[Commit]:
        with self._lock:
            numbers = self._numbers.get(execution_id, [])
            commits = self._commits.get(execution_id, {})
            tail = [commits[number] for number in numbers[bisect_right(numbers, after) :]]
        for commit, raw_events in tail:
            yield msgspec.structs.replace(commit, events=_EVENTS.decode(raw_events, form=_EVENTS.form))

    def at(self, execution_id: str, number: int) -> Commit:
        """One commit."""
        with self._lock:
            commit, raw_events = self._commits[execution_id][number]
        return msgspec.structs.replace(commit, events=_EVENTS.decode(raw_events, form=_EVENTS.form))

    def load_snapshot(self, execution_id: str) -> Snapshot | None:
        with self._lock:
            return self._snapshots.get(execution_id)

    def save_snapshot(self, snapshot: Snapshot, *, expires_at: datetime | None = None) -> None:
        with self._lock:
            present = self._snapshots.get(snapshot.execution_id)
            if present is None or present.commit_number <= snapshot.commit_number:
                self._snapshots[snapshot.execution_id] = snapshot
