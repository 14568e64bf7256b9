"""Task lists: what external workers may take, and who has taken it.

Layer: engine. A task is one entry of the partition ``tasks#<list>#<shard>``, from its offer until its attempt is over,
and small: its input is read from its execution by whoever takes it. Its key puts the urgent first, and the oldest of
these. A lease is written into the entry under the condition that nobody else did, so of several workers exactly one
gets it; it counts until its time is over, and is known by a token of which only the hash is kept.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

import msgspec

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.execution.effects import Offer, Withdraw, to_task
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import State, StepRun
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.loading import StateLoader
from chalicelib.ports.entries import Entries, Entry

SHARDS: Final = 4
"""A partition takes 1,000 writes a second; a task takes four or five."""


class Lease(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who has a task: ``worker_id`` until ``expires_at``, known by a token with this ``token_hash``.

    ``heard_at`` is the last heartbeat, or else the beginning; ``progress`` is what was said. An ``answered`` one has
    given its outcome, which is on its way to the decider.
    """

    token_hash: str
    worker_id: str
    since: datetime
    expires_at: datetime
    heard_at: datetime
    progress: dict[str, Any] = {}
    answered: bool = False


class OfferedTask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task as it lies in its list."""

    execution_id: str
    run_id: str
    attempt: int
    activity_type: str
    heartbeat_seconds: float | None = None
    lease: Lease | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a task lies: all of it follows from the state of its execution, so offering it again finds it there."""

    task_list: str
    priority: int
    since: datetime
    execution_id: str
    run_id: str
    attempt: int

    @property
    def partition(self) -> str:
        """The partition, one of the list's, by the execution."""
        return _partition(self.task_list, _shard_of(self.execution_id))

    @property
    def key(self) -> str:
        """The key: in order of priority, then of age."""
        return f"{self.priority}#{timestamp(self.since)}#{self.execution_id}#{self.run_id}#{self.attempt}"


class TaskLists:
    """Offers and withdraws tasks, and keeps their leases."""

    def __init__(self, entries: Entries, loader: StateLoader) -> None:
        self._entries = entries
        self._loader = loader

    def offer(self, state: State, effect: Offer) -> None:
        """Put a task on its list; one that lies there, be it leased, stays as it is. Raises ``Unavailable``."""
        task, place = effect.task, place_of(effect.task, effect.since)
        offered = OfferedTask(
            execution_id=task.execution_id,
            run_id=task.run_id,
            attempt=task.attempt,
            activity_type=task.activity_type,
            heartbeat_seconds=task.heartbeat_seconds,
        )
        expires_at = self._loader.expires_at(state.created_at)
        self._entries.add(place.partition, place.key, _body(offered), expires_at=expires_at)

    def withdraw(self, state: State, effect: Withdraw) -> None:
        """Take a task off its list, whoever has it. Raises ``Unavailable``."""
        place = place_of(effect.task, effect.since)
        self._entries.delete(place.partition, place.key)

    def read(self, task_list: str) -> Iterator[Entry]:
        """The entries of a list, urgent ones first, then by age; read as far as the caller goes."""
        shards = [self._entries.read(_partition(task_list, shard)) for shard in range(SHARDS)]
        return heapq.merge(*shards, key=lambda entry: entry.key)

    def get(self, place: Place) -> Entry | None:
        """The entry of a task, or None if it is over."""
        return self._entries.get(place.partition, place.key)

    def write(self, entry: Entry, task: OfferedTask) -> bool:
        """Write over a task; False if somebody else did, or it went, since it was read."""
        return self._entries.replace(entry, _body(task), expires_at=entry.expires_at)

    def drop(self, entry: Entry) -> None:
        """Forget a task whose attempt is over; nobody offers it again."""
        self._entries.remove(entry)

    def lease_of(self, state: State, run: StepRun) -> Lease | None:
        """The lease of the open attempt of a run, if there is one."""
        entry = self.get(place_of(to_task(state, run), run.scheduled_at))
        return None if entry is None else to_offered(entry).lease


def _body(task: OfferedTask) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(task, builtin_types=(Decimal,))
    return body


def to_offered(entry: Entry) -> OfferedTask:
    """The task in an entry."""
    return msgspec.convert(entry.body, OfferedTask)


def place_of(task: Task, since: datetime) -> Place:
    """Where a task lies that is offered since then."""
    return Place(
        task_list=task.task_list or "",
        priority=PRIORITIES.index(task.priority),
        since=since,
        execution_id=task.execution_id,
        run_id=task.run_id,
        attempt=task.attempt,
    )


def _partition(task_list: str, shard: int) -> str:
    return f"tasks#{quote(task_list, safe='')}#{shard}"


def _shard_of(execution_id: str) -> int:
    return hashlib.blake2b(execution_id.encode(), digest_size=2).digest()[0] % SHARDS
