"""Loading an execution: the last state seen, else its snapshot, then only the commits after it.

Layer: engine. The cache lives in the warm process and is never trusted: the tail is always read (consistently), and
the condition on appending decides. Cost does not grow with age: a snapshot is written when the tail outweighs it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import EVOLVE_VERSION, evolve_commit
from chalicelib.domain.execution.state import State
from chalicelib.ports.executions import ExecutionStore, Snapshot
from chalicelib.settings import Settings

_CACHED_EXECUTIONS: Final = 256
_GRACE: Final = timedelta(days=10)
"""The payloads bucket keeps what it has as long; see ``infra/storage.yaml``."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A state, the bytes of the snapshot it came from, and the bytes of the commits after that snapshot."""

    state: State
    snapshot_bytes: int = 0
    tail_bytes: int = 0


class StateLoader:
    """Loads states, remembers the last ones, and keeps snapshots."""

    def __init__(self, store: ExecutionStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._cache: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = threading.RLock()

    def load(self, execution_id: str) -> State | None:
        """The state as of now, or None for an unknown execution."""
        with self._lock:
            return self._load(execution_id)

    def _load(self, execution_id: str) -> State | None:
        known = self._cache.get(execution_id) or self._from_snapshot(execution_id)
        state = None if known is None else known.state
        tail_bytes = 0 if known is None else known.tail_bytes
        for commit in self._store.read(execution_id, after=0 if state is None else state.commit):
            state = evolve_commit(state, commit)
            tail_bytes += _weight(commit)
        if state is None:
            return None
        snapshot_bytes = 0 if known is None else known.snapshot_bytes
        self._remember(Loaded(state=state, snapshot_bytes=snapshot_bytes, tail_bytes=tail_bytes))
        return state

    def appended(self, state: State, size_bytes: int) -> None:
        """``state`` is the new head, after a commit of ``size_bytes``: remember it, and snapshot it if that pays."""
        with self._lock:
            self._appended(state, size_bytes)

    def _appended(self, state: State, size_bytes: int) -> None:
        before = self._cache.get(state.execution_id)
        snapshot_bytes = 0 if before is None else before.snapshot_bytes
        tail_bytes = size_bytes + (0 if before is None else before.tail_bytes)
        threshold = max(self._settings.snapshot_tail_ratio * snapshot_bytes, self._settings.snapshot_min_bytes)
        if tail_bytes >= threshold and not state.is_terminal:
            snapshot_bytes, tail_bytes = self._save(state), 0
        if state.is_terminal:
            self.forget(state.execution_id)
        else:
            self._remember(Loaded(state=state, snapshot_bytes=snapshot_bytes, tail_bytes=tail_bytes))

    def forget(self, execution_id: str) -> None:
        """Read this execution anew next time."""
        with self._lock:
            self._cache.pop(execution_id, None)

    def _from_snapshot(self, execution_id: str) -> Loaded | None:
        snapshot = self._store.load_snapshot(execution_id)
        if snapshot is None or snapshot.evolve_version != EVOLVE_VERSION:
            return None
        state = msgspec.convert(jsonvalue.loads(snapshot.state, max_depth=jsonvalue.STORED_DEPTH), State)
        return Loaded(state=state, snapshot_bytes=len(snapshot.state))

    def _save(self, state: State) -> int:
        encoded = jsonvalue.dumps(state.to_encode())
        snapshot = Snapshot(
            execution_id=state.execution_id,
            commit_number=state.commit,
            evolve_version=EVOLVE_VERSION,
            state=encoded,
        )
        self._store.save_snapshot(snapshot, expires_at=self.expires_at(state.created_at))
        return len(encoded)

    def expires_at(self, created_at: datetime) -> datetime | None:
        """When what is stored of an execution may go: once it has reached its age, and a while to look at it."""
        if self._settings.retention_days == 0:
            return None
        return created_at + timedelta(days=self._settings.retention_days) + _GRACE

    def _remember(self, loaded: Loaded) -> None:
        self._cache[loaded.state.execution_id] = loaded
        self._cache.move_to_end(loaded.state.execution_id)
        while len(self._cache) > _CACHED_EXECUTIONS:
            self._cache.popitem(last=False)


def _weight(commit: Commit) -> int:
    return len(jsonvalue.dumps(commit.events))
