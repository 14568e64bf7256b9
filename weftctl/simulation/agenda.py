"""What a simulated run does at an instant to come: outcomes held back, and what is scripted from outside.

Layer: command line.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from threading import Lock

from chalicelib.domain.execution.commands import CompleteTask, FailTask
from chalicelib.ports.queues import CommandMessage, CommandQueue, OutgoingCommand
from chalicelib.ports.system import Clock
from weftctl.simulation.mocked_activities import MockedActivities

Action = Callable[[], object]


class Agenda:
    """Actions by time, those of one instant in the order they were added. Workers of several threads may add."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()
        self._lock = Lock()

    def add(self, at: datetime, action: Action) -> None:
        """Have ``action`` done at ``at``."""
        with self._lock:
            heapq.heappush(self._heap, (at, next(self._order), action))

    def take_due(self, now: datetime) -> Iterator[Action]:
        """What is due, each once."""
        while True:
            with self._lock:
                if not self._heap or self._heap[0][0] > now:
                    return
                action = heapq.heappop(self._heap)[2]
            yield action

    def next_at(self) -> datetime | None:
        """When the next action is due, or None."""
        with self._lock:
            return self._heap[0][0] if self._heap else None


class DelayedOutcomes:
    """The command queue, but that the outcome of a mocked attempt enters it only after the mock's delay.

    So time passes for everything else meanwhile: an attempt may time out before its outcome is there.
    """

    def __init__(self, queue: CommandQueue, activities: MockedActivities, agenda: Agenda, clock: Clock) -> None:
        self._queue = queue
        self._activities = activities
        self._agenda = agenda
        self._clock = clock

    def send(self, message: CommandMessage, *, deduplication_id: str) -> None:
        """Enqueue now, or once the delay is over."""
        command = message.command
        if isinstance(command, CompleteTask | FailTask):
            delay = self._activities.delay_seconds((message.execution_id, command.run_id, command.attempt))
            if delay > 0:
                at = self._clock.now() + timedelta(seconds=delay)
                self._agenda.add(at, lambda: self._queue.send(message, deduplication_id=deduplication_id))
                return
        self._queue.send(message, deduplication_id=deduplication_id)

    def send_all(self, commands: Sequence[OutgoingCommand]) -> None:
        """Enqueue each now, or once its delay is over."""
        for each in commands:
            self.send(each.message, deduplication_id=each.deduplication_id)
