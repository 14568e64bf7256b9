"""The loop behind `weft run`: what AWS's event sources do for a deployed engine, in one process.

Layer: command line. Everything due is done, then time passes to the next thing due, until the execution has ended and
nothing more is scripted, or nothing can happen any more. What fails is delivered again, and after its last delivery
swept as a dead letter, exactly as in a deployment; so even a defect of the engine ends the run with ``EngineError``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Protocol, TypeVar

import msgspec

from chalicelib.adapters.memory import MemoryCommandQueue, MemoryExecutionStore, MemoryTaskQueue, MemoryWakeUpQueue
from chalicelib.adapters.memory.queues import MAX_RECEIVES
from chalicelib.bootstrap import Engine, ErrorListener
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import Delivery
from chalicelib.ports.system import Clock
from weftctl.simulation.agenda import Agenda
from weftctl.simulation.pace import Pace

M = TypeVar("M")
BATCH = 10


class Answered(Protocol):
    """The consumer's side of a queue."""

    def acknowledge(self, delivery_id: str) -> None:
        """The message has been dealt with."""

    def release(self, delivery_id: str) -> None:
        """It has not: show it again."""


class Consumers(msgspec.Struct, frozen=True):
    """The queues that the engine sends to, and the store whose stream it publishes."""

    commands: MemoryCommandQueue
    tasks: MemoryTaskQueue
    wakeups: MemoryWakeUpQueue
    store: MemoryExecutionStore


class Runtime:
    """Drives ``engine``."""

    def __init__(
        self, engine: Engine, consumers: Consumers, agenda: Agenda, pace: Pace, on_error: ErrorListener
    ) -> None:
        self._engine = engine
        self._on_error = on_error
        self._consumers = consumers
        self._agenda = agenda
        self._pace = pace
        self._clock: Clock = engine.adapters.clock

    def run(self, until: datetime | None, ended: Callable[[datetime | None], bool]) -> None:
        """Go on until ``ended``, to ``until``, or to where nothing more can happen.

        ``ended`` is asked when nothing is due now, and told when the next thing is (now, while work is performed).
        """
        while True:
            if self._do_due():
                continue
            now = self._clock.now()
            due, busy = self._next_due(), self._pace.busy
            if ended(now if busy else due) or (until is not None and now >= until):
                return
            if due is None and not busy:
                return
            self._pace.wait(_earliest((due, until)))

    def _do_due(self) -> bool:
        """Do what is due now, a batch of each kind; False when nothing was."""
        now = self._clock.now()
        acted = [action() for action in self._agenda.take_due(now)]
        wakeups = self._consumers.wakeups.receive(BATCH, now=now)
        for wakeup in wakeups:
            self._engine.wake.handle(wakeup)
            self._consumers.wakeups.acknowledge(wakeup.delivery_id)
        commands = self._consumers.commands.receive(BATCH, now=now)
        if commands:
            _answer(self._consumers.commands, commands, self._engine.advance.handle(commands))
        tasks = self._consumers.tasks.receive(BATCH, now=now)
        for task in tasks:
            self._pace.perform(partial(self._work, task))
        dead = len(self._consumers.commands.dead_letters) + len(self._consumers.tasks.dead_letters)
        if dead:
            self._engine.sweep()
        return bool(acted or wakeups or commands or tasks or dead or self._publish())

    def _publish(self) -> bool:
        """Publish the next commits of one execution; what fails comes again, and is given up as a stream would."""
        stream = self._consumers.store.stream
        received = stream.receive(BATCH)
        if not received:
            return False
        execution_id = received[0][0]
        numbers = [number for name, number in takewhile(lambda each: each[0] == execution_id, received)]
        try:
            self._engine.publish.handle(
                execution_id, [self._consumers.store.at(execution_id, number) for number in numbers]
            )
        except Exception as error:  # noqa: BLE001 - reported, and tried again
            if stream.receives < MAX_RECEIVES:
                return True
            self._on_error(execution_id, error)
        stream.acknowledge(len(numbers))
        return True

    def _work(self, task: Delivery[Task]) -> None:
        _answer(self._consumers.tasks, [task], self._engine.work.handle([task]))

    def _next_due(self) -> datetime | None:
        queues = (self._consumers.commands, self._consumers.tasks, self._consumers.wakeups)
        return _earliest((self._agenda.next_at(), *(queue.next_visible_at() for queue in queues)))


def _answer(queue: Answered, deliveries: Sequence[Delivery[M]], failed: Sequence[str]) -> None:
    for delivery in deliveries:
        answer = queue.release if delivery.delivery_id in failed else queue.acknowledge
        answer(delivery.delivery_id)


def _earliest(instants: Sequence[datetime | None]) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)
