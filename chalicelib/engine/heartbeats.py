"""Heartbeats of attempts: the latest of each is kept beside its execution, and looked at when its time is over.

Layer: engine. A queue's worker puts its heartbeats into the partition ``heartbeats#<execution>`` under
``<run>#<attempt>``, one over the other; an external worker's stands in its lease. Keeping one costs one small write and
no commit. That an attempt was heard of becomes a commit only when the instant has come at which it would have failed::

    begin ------ beat ------ beat ------|wake-up: heard of in time, again until the last beat + timeout
                                        |wake-up: not heard of, the attempt fails with HeartbeatTimeout
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from chalicelib.domain.execution.commands import Command, Heartbeat, Resume, WakeUp
from chalicelib.domain.execution.progress import Progress
from chalicelib.domain.execution.state import State, StepRun
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.task_lists import TaskLists
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.system import Clock

_KEPT: Final = timedelta(days=1)
"""Beyond its heartbeat timeout, a heartbeat is of use only to whoever looks at what goes on."""


class Beat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One heartbeat as kept. ``progress`` is what was said last, also if that was earlier."""

    at: datetime
    progress: dict[str, Any] = {}


class Heartbeats:
    """Keeps heartbeats, and tells the decider of those that matter."""

    def __init__(self, entries: Entries, task_lists: TaskLists, clock: Clock) -> None:
        self._entries = entries
        self._task_lists = task_lists
        self._clock = clock

    def keep(self, task: Task, progress: Progress | None) -> None:
        """The activity of ``task`` is at work now. Raises ``Unavailable``."""
        now = self._clock.now()
        beat = Beat(at=now, progress={} if progress is None else progress.to_dict())
        expires_at = now + timedelta(seconds=task.heartbeat_seconds or 0) + _KEPT
        body = msgspec.to_builtins(beat, builtin_types=(Decimal,))
        self._entries.put(_partition(task.execution_id), f"{task.run_id}#{task.attempt}", body, expires_at=expires_at)

    def news(self, state: State, commands: Sequence[Command]) -> list[Heartbeat]:
        """Heartbeats that ``commands`` have to be decided after: of attempts whose time is over now.

        They count where time is looked at: when a wake-up falls due, and at the end of a pause.
        """
        if state.is_terminal or not any(isinstance(command, WakeUp | Resume) for command in commands):
            return []
        now = self._clock.now()
        late = [run for run in state.runs.values() if run.heartbeat_by is not None and run.heartbeat_by <= now]
        found = [(run, self._latest(state, run)) for run in late]
        return [
            Heartbeat(run_id=run.run_id, attempt=run.attempt, at=beat.at, progress=beat.progress)
            for run, beat in found
            if beat is not None
        ]

    def progress(self, execution_id: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """What the activities of an execution said last: run id, attempt, ``{progress_percentage?, …}``."""
        for entry in self._entries.read(_partition(execution_id)):
            run_id, _, attempt = entry.key.rpartition("#")
            yield run_id, int(attempt), _beat_of(entry).progress

    def _latest(self, state: State, run: StepRun) -> Beat | None:
        lease = None if run.task_list is None else self._task_lists.lease_of(state, run)
        if lease is not None:
            return Beat(at=lease.heard_at, progress=lease.progress)
        entry = self._entries.get(_partition(state.execution_id), f"{run.run_id}#{run.attempt}")
        return None if entry is None else _beat_of(entry)


def _partition(execution_id: str) -> str:
    return f"heartbeats#{execution_id}"


def _beat_of(entry: Entry) -> Beat:
    return msgspec.convert(entry.body, Beat)
