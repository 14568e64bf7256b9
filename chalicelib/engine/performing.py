"""Performing effects: what a state wants done outside is sent on its way.

Layer: engine. Called after the commit that causes the effects, and again after a crash in between. Every receiver is
idempotent, so sending twice is harmless; not sending is what the redelivered command is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chalicelib.domain.execution.commands import Advance
from chalicelib.domain.execution.effects import Arm, Continue, Dispatch, Effect
from chalicelib.domain.execution.state import State
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import CommandMessage, CommandQueue, TaskQueue, WakeUpMessage, WakeUpQueue
from chalicelib.ports.system import Clock

Perform = Callable[[State, Any], None]


class Performer:
    """Sends effects. ``RunInline`` is not sent: the decider runs it itself.

    ``others`` perform the types of effect that are more than a message, each given the state and the effect.
    """

    def __init__(
        self,
        commands: CommandQueue,
        tasks: TaskQueue,
        wakeups: WakeUpQueue,
        clock: Clock,
        others: Mapping[type, Perform] | None = None,
    ) -> None:
        self._commands = commands
        self._tasks = tasks
        self._wakeups = wakeups
        self._clock = clock
        self._others = others or {}

    def perform(self, state: State, effects: Iterable[Effect], later: list[Task] | None = None) -> None:
        """Send every effect; tasks go into ``later`` instead, if it is given, for ``dispatch`` to send.

        Raises ``Unavailable`` if any was not accepted; the caller's message then comes again.
        """
        tasks = []
        for effect in effects:
            if isinstance(effect, Dispatch):
                tasks.append(effect.task)
            elif isinstance(effect, Arm):
                message = WakeUpMessage(execution_id=state.execution_id, at=effect.at)
                self._wakeups.send(message, now=self._clock.now())
            elif isinstance(effect, Continue):
                self.hand_over(state, effect)
            else:
                self._others[type(effect)](state, effect)
        if later is not None:
            later += tasks
        elif tasks:
            self._tasks.send(tasks)

    def dispatch(self, tasks: Sequence[Task]) -> None:
        """Send tasks of any executions. Raises ``Unavailable`` if any was not accepted."""
        self._tasks.send(tasks)

    def hand_over(self, state: State, effect: Continue) -> None:
        """Have another invocation go on."""
        advance = Advance(cause=effect.cause)
        message = CommandMessage(execution_id=state.execution_id, command=advance, trace_id=state.trace_id)
        self._commands.send(message, deduplication_id=f"{advance.command_id}@{state.commit}")
