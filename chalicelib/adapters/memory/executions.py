"""Commits and snapshots in memory. Layer: adapters."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import Final

import msgspec

from chalicelib.adapters.codecs import Codec
from chalicelib.domain.errors import VersionConflict
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.ports.executions import Snapshot

_EVENTS: Final[Codec[tuple[Event, ...]]] = Codec(tuple[Event, ...])


class MemoryExecutionStore:
    """``ExecutionStore`` in dicts. Nothing expires."""

    def __init__(self) -> None:
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
        return len(raw_events)

    def read(self, execution_id: str, *, after: int = 0) -> Iterator[Commit]:
        with self._lock:
            numbers = self._numbers.get(execution_id, [])
            commits = self._commits.get(execution_id, {})
            tail = [commits[number] for number in numbers[bisect_right(numbers, after) :]]
        for commit, raw_events in tail:
            yield msgspec.structs.replace(commit, events=_EVENTS.decode(raw_events, form=_EVENTS.form))

    def load_snapshot(self, execution_id: str) -> Snapshot | None:
        with self._lock:
            return self._snapshots.get(execution_id)

    def save_snapshot(self, snapshot: Snapshot, *, expires_at: datetime | None = None) -> None:
        with self._lock:
            present = self._snapshots.get(snapshot.execution_id)
            if present is None or present.commit_number <= snapshot.commit_number:
                self._snapshots[snapshot.execution_id] = snapshot
