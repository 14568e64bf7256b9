"""The sweeper: far timers come near, schedules are looked at, and dead letters get their answer.

Layer: engine. Runs once a minute; a run that is missed, repeated or cut short is made up for by the next. Whatever is
taken out of a place is first put into the next one, and deleted after.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from chalicelib.engine.dead_letters import DeadCommandSweep, DeadTaskSweep
from chalicelib.engine.schedules import Schedules
from chalicelib.ports.queues import TimerStore, WakeUpMessage, WakeUpQueue
from chalicelib.ports.system import Clock

_AHEAD: Final = timedelta(minutes=3)
"""Timers due this soon go to the queue, which delivers them to the second, even if the next sweep is missed."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What one sweep did."""

    timers: int
    schedules: int
    commands: int
    tasks: int


class Sweep:
    """One sweep of everything."""

    def __init__(
        self, timers: TimerSweep, schedules: ScheduleSweep, commands: DeadCommandSweep, tasks: DeadTaskSweep
    ) -> None:
        self._timers = timers
        self._schedules = schedules
        self._commands = commands
        self._tasks = tasks

    def __call__(self) -> Swept:
        """Sweep everything once. What fails holds up nothing else: the first error is raised when all has been tried.

        Dead commands are last: one of them may kill the process.
        """
        parts: dict[str, Callable[[], int]] = {
            "timers": self._timers,
            "schedules": self._schedules,
            "tasks": self._tasks,
            "commands": self._commands,
        }
        done: dict[str, int] = {}
        errors: list[Exception] = []
        for name, part in parts.items():
            try:
                done[name] = part()
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)
        if errors:
            raise errors[0]
        return Swept(**done)


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
