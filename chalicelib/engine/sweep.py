"""The sweeper: far timers come near, and dead letters get their answer.

Layer: engine. Runs once a minute; a run that is missed, repeated or cut short is made up for by the next. Whatever is
taken out of a place is first put into the next one, and deleted after.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

import msgspec

from chalicelib.domain.execution.commands import FailExecution, FailTask
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.advance import Advance
from chalicelib.engine.committing import Committer
from chalicelib.engine.schedules import Schedules
from chalicelib.engine.wake import Wake
from chalicelib.engine.work import errand_failed, report
from chalicelib.ports.queues import (
    CommandMessage,
    CommandQueue,
    DeadLetterQueue,
    Delivery,
    TimerStore,
    WakerMessage,
    WakeUpMessage,
    WakeUpQueue,
)
from chalicelib.ports.system import Clock

T = TypeVar("T")
_AHEAD: Final = timedelta(minutes=3)
"""Timers due this soon go to the queue, which delivers them to the second, even if the next sweep is missed."""
_BATCH: Final = 10
_MOST_BATCHES: Final = 100


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What one sweep did."""

    timers: int
    schedules: int
    commands: int
    tasks: int


class Sweep:
    """One sweep of everything."""

    def __init__(self, timers: TimerSweep, schedules: ScheduleSweep, letters: DeadLetterSweep) -> None:
        self._timers = timers
        self._schedules = schedules
        self._letters = letters

    def __call__(self) -> Swept:
        """Sweep everything once."""
        timers = self._timers()
        schedules = self._schedules()
        commands, tasks = self._letters()
        return Swept(timers=timers, schedules=schedules, commands=commands, tasks=tasks)


class TimerSweep:
    """Moves timers that are nearly due from their table to the queue."""

    def __init__(self, timers: TimerStore, wakeups: WakeUpQueue, clock: Clock) -> None:
        self._timers = timers
        self._wakeups = wakeups
        self._clock = clock

    def __call__(self) -> int:
        """Move what is due soon; gives how many."""
        now = self._clock.now()
        moved = 0
        for timer in self._timers.due(until=now + _AHEAD):
            self._wakeups.send(WakeUpMessage(execution_id=timer.execution_id, at=timer.at), now=now)
            self._timers.delete(timer)  # a crash before this line wakes the execution twice, which is harmless
            moved += 1
        self._timers.swept(until=now)
        return moved


class ScheduleSweep:
    """Sends what schedules want started soon. One that fails holds up no other."""

    def __init__(self, schedules: Schedules, on_error: Callable[[str, Exception], None]) -> None:
        self._schedules = schedules
        self._on_error = on_error

    def __call__(self) -> int:
        """Look ahead for every schedule; gives how many starts are on their way."""
        sent = 0
        for entry in self._schedules.entries():
            try:
                sent += self._schedules.look_ahead(entry)
            except Exception as error:  # noqa: BLE001 - reported; the next sweep sees to what this one did not
                self._on_error(entry.key, error)
        return sent


class DeadLetterSweep:
    """Answers what ended in a dead-letter queue."""

    def __init__(
        self,
        dead_commands: DeadLetterQueue[CommandMessage],
        dead_tasks: DeadLetterQueue[Task | WakerMessage],
        commands: CommandQueue,
        wake: Wake,
        advance: Advance,
        committer: Committer,
        clock: Clock,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._dead_commands = dead_commands
        self._dead_tasks = dead_tasks
        self._commands = commands
        self._wake = wake
        self._advance = advance
        self._committer = committer
        self._clock = clock
        self._on_error = on_error

    def __call__(self) -> tuple[int, int]:
        """Answer dead commands and dead tasks; gives how many of each."""
        return _drain(self._dead_commands, self._decide_alone), _drain(self._dead_tasks, self._answer_dead_task)

    def _decide_alone(self, delivery: Delivery[CommandMessage]) -> bool:
        """Decide a command that failed in company once more, alone; failing again, its execution fails visibly."""
        message = delivery.message
        again = Delivery(delivery_id=delivery.delivery_id, message=message, receive_count=2)
        if not self._advance.handle([again]):
            return True
        cause = message.command.command_id
        error = ErrorInfo(code="EngineError", message=f"the command {cause!r} could not be decided; see the logs")
        try:
            self._committer.give_up(message.execution_id, FailExecution(cause=cause, error=error))
        except Exception as raised:  # noqa: BLE001 - reported; the letter stays for the next sweep
            self._on_error(message.execution_id, raised)
            return False
        return True

    def _answer_dead_task(self, delivery: Delivery[Task | WakerMessage]) -> bool:
        """A task that nobody could work off becomes a failure of its attempt; a wake-up or fan-out is passed on."""
        message = delivery.message
        if not isinstance(message, Task):
            self._wake.handle(Delivery(delivery_id=delivery.delivery_id, message=message))
            return True
        if message.errand:
            text = "it was given to workers again and again, and none gave an outcome"
            self._on_error(message.execution_id, errand_failed(message, "TaskDeadLettered", text))
            return True
        text = f"activity {message.activity_type!r} was given to workers again and again, and none gave an outcome"
        outcome = FailTask(
            run_id=message.run_id,
            attempt=message.attempt,
            error=ErrorInfo(code="TaskDeadLettered", message=text),
            started_at=self._clock.now(),
        )
        report(self._commands, message, outcome)
        return True


def _drain(queue: DeadLetterQueue[T], answer: Callable[[Delivery[T]], bool]) -> int:
    answered = 0
    for _ in range(_MOST_BATCHES):
        deliveries = queue.receive(_BATCH)
        if not deliveries:
            break
        for delivery in deliveries:
            if answer(delivery):
                queue.delete(delivery)
                answered += 1
    return answered
