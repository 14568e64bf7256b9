"""How full the queues in memory are. Layer: adapters."""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.memory.commands import MemoryCommandQueue
from chalicelib.adapters.memory.queues import Counts, MemoryDeadLetterQueue, MemoryTaskQueue, MemoryWakeUpQueue
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.ports.queues import QueueDepth, QueueKind
from chalicelib.ports.system import Clock


class MemoryQueueDepths:
    """``QueueDepths`` of queues in memory, exact; ``clock`` says which messages are delayed."""

    def __init__(
        self,
        commands: MemoryCommandQueue,
        tasks: MemoryTaskQueue,
        wakeups: MemoryWakeUpQueue,
        dead_tasks: MemoryDeadLetterQueue[Any],
        clock: Clock,
    ) -> None:
        self._commands = commands
        self._tasks = tasks
        self._wakeups = wakeups
        self._dead_tasks = dead_tasks
        self._clock = clock

    def read(self) -> list[QueueDepth]:
        now = self._clock.now()
        return [
            _depth("commands", "commands", self._commands.counts()),
            *(_depth(f"tasks-{each}", "tasks", self._tasks.counts(each, now), each) for each in PRIORITIES),
            _depth("wakeups", "wakeups", self._wakeups.counts(now)),
            _depth("commands-dlq", "dead_letters", self._commands.dead_letters.counts()),
            _depth("tasks-dlq", "dead_letters", self._dead_tasks.counts()),
        ]


def _depth(name: str, kind: QueueKind, counts: Counts, priority: str | None = None) -> QueueDepth:
    visible, in_flight, delayed = counts
    return QueueDepth(name=name, kind=kind, priority=priority, visible=visible, in_flight=in_flight, delayed=delayed)
