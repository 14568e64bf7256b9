"""Executions that are made by hand, their publisher, and viewers that watch them. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.memory import (
    MemoryEntries,
    MemoryExecutionStore,
    MemorySummaryStore,
    MemoryViewers,
    VirtualClock,
)
from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.engine.live import Live
from chalicelib.engine.messages import to_message
from chalicelib.engine.queries import Queries
from chalicelib.engine.watch import Begun, Watch
from chalicelib.engine.watchers import KNOWN_SECONDS, Topic, Watchers
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.executions import Summary
from chalicelib.ports.viewers import Parcel, Unserved, Viewer

START = datetime.fromisoformat("2026-01-31T09:00:00+00:00")


class Died(BaseException):
    """The process ended here."""


class InterruptedEntries:
    """``Entries`` before each call of which something else may happen."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self.before: Callable[[str, str], None] = lambda call, partition: None

    def put(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        self.before("put", f"{partition} {key}")
        self._entries.put(partition, key, body, expires_at=expires_at)

    def add(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        self.before("add", f"{partition} {key}")
        return self._entries.add(partition, key, body, expires_at=expires_at)

    def replace(self, entry: Entry, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        self.before("replace", f"{entry.partition} {entry.key}")
        return self._entries.replace(entry, body, expires_at=expires_at)

    def get(self, partition: str, key: str) -> Entry | None:
        self.before("get", f"{partition} {key}")
        return self._entries.get(partition, key)

    def read(self, partition: str, *, prefix: str = "", after: str = "", limit: int | None = None) -> Iterator[Entry]:
        self.before("read", partition)
        return iter(list(self._entries.read(partition, prefix=prefix, after=after, limit=limit)))

    def delete(self, partition: str, key: str) -> None:
        self.before("delete", f"{partition} {key}")
        self._entries.delete(partition, key)

    def remove(self, entry: Entry) -> bool:
        self.before("remove", f"{entry.partition} {entry.key}")
        return self._entries.remove(entry)


class Screen:
    """What a viewer makes of what it gets: what it has seen already it drops, and what is missing it notices."""

    def __init__(self, name: str, viewers: MemoryViewers) -> None:
        self.name = name
        self._viewers = viewers
        self.seen = 0
        self.shown: list[int] = []
        self.doubles: list[int] = []
        self.gaps: list[tuple[int, int]] = []
        self.early: list[int] = []
        self.greeted = False

    def look(self) -> Screen:
        """Take in what has come."""
        for message in self._viewers.take(self.name):
            if "request_type" in message:
                assert "problem" not in message, message
                self.greeted = True
                self.seen = max(self.seen, int(message["sequence"]))
            elif not self.greeted:
                self.early.append(message["sequence"])
            else:
                self._show(int(message["sequence"]))
        return self

    def _show(self, sequence: int) -> None:
        if sequence <= self.seen:
            self.doubles.append(sequence)
            return
        if sequence != self.seen + 1:
            self.gaps.append((self.seen, sequence))
        self.seen = sequence
        self.shown.append(sequence)


class Scene:
    """One execution ``e``, of the workflow ``w``, and everything around it. The scene is its own ``Waiter``."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self.entries = InterruptedEntries(MemoryEntries(self.clock))
        self.store = MemoryExecutionStore()
        self.summaries = MemorySummaryStore()
        self.viewers = MemoryViewers()
        self.errors: list[tuple[str, Exception]] = []
        self.workflows_asked = 0
        self.watchers = Watchers(self.entries, self.clock)
        self.publisher()
        queries = Queries(self.store, self.summaries, _NoDefinitions(), _NoHeartbeats())  # type: ignore[arg-type]
        self.watch = Watch(self.watchers, self.store, queries, self, self.clock, self)
        self.meanwhile: Callable[[], None] = lambda: None
        self.before_delivery: Callable[[], None] = lambda: None
        self.commits: list[Commit] = []

    def pause(self, seconds: float = KNOWN_SECONDS) -> None:
        """Let time pass: long enough, if nothing else is said, for publishers to know who watches."""
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))

    def publisher(self) -> Live:
        """A new process of the publisher takes over, which remembers nothing."""
        self.live = Live(self.watchers, self.store, self, self.clock, lambda *error: self.errors.append(error))
        return self.live

    # --- ports ------------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        self.meanwhile()
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))

    def deliver(self, parcels: Sequence[Parcel], *, within_seconds: float) -> list[Unserved]:
        self.before_delivery()
        return self.viewers.deliver(parcels, within_seconds=within_seconds)

    # --- what happens -----------------------------------------------------------------------------------------------

    def commit(self, events: int = 1, execution_id: str = "e", details: Mapping[str, Any] | None = None) -> Commit:
        """Append a commit of so many events."""
        earlier = [commit for commit in self.commits if commit.execution_id == execution_id]
        first = sum(len(commit.events) for commit in earlier) + 1
        if earlier:
            made = tuple(Event("StepStarted", "s#1", dict(details or {})) for _ in range(events))
        else:
            made = (Event("WorkflowCreated", None, {"workflow_id": "w", "workflow_version": "1"}),)
            made += tuple(Event("WorkflowStarted") for _ in range(events - 1))
        commit = Commit(
            execution_id=execution_id,
            number=len(earlier) + 1,
            time=self.clock.now(),
            first_sequence=first,
            command_ids=(),
            events=made,
        )
        self.store.append(commit)
        self.commits.append(commit)
        return commit

    def publish(self, *commits: Commit) -> None:
        """Hand commits of one execution to the publisher, who writes its row first."""
        newest = commits[-1]
        self.summaries.project(
            Summary(
                execution_id=newest.execution_id,
                workflow_id="w",
                workflow_version="1",
                state="running",
                created_at=START,
                commit_number=newest.number,
            )
        )
        self.live.tell(newest.execution_id, commits, self._workflow)

    def _workflow(self) -> str:
        self.workflows_asked += 1
        return "w"

    def screen(self, name: str = "c-1") -> Screen:
        """Somebody connects."""
        self.watchers.admit(viewer(name), {"name": name}, None)
        return Screen(name, self.viewers)

    def subscribe(self, screen: Screen, topic: Topic | None = None, after: int | None = 0, **more: Any) -> None:
        """Have what follows sent to a screen."""
        connection = self.watchers.connection(screen.name)
        topic = topic or Topic("execution", "e")
        self.watch.subscribe(connection, topic, greeting, after_sequence=after, **more)


def greeting(begun: Begun) -> list[bytes]:
    """A short form of what the application says."""
    if begun.executions is not None:
        rows = [[row.execution_id, row.commit_number] for row in begun.executions]
        return [jsonvalue.dumps({"request_type": "subscribe", "sequence": 0, "rows": rows})]
    missed = begun.missed or ()
    assert begun.position is not None
    sequence = missed[0]["sequence"] - 1 if missed else begun.position.sequence
    return [
        jsonvalue.dumps({"request_type": "subscribe", "sequence": sequence}),
        *(to_message(change) for change in missed),
    ]


def viewer(name: str) -> Viewer:
    return Viewer(connection_id=name, gateway="api/stage")


class _NoDefinitions:
    def load(self, workflow_id: str, version: str) -> Any:
        raise AssertionError(workflow_id)


class _NoHeartbeats:
    def progress(self, execution_id: str) -> list[Any]:
        return []
