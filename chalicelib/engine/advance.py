"""Advancing executions by batches of commands.

Layer: engine. Commands of one execution are decided together. A failure stops its own execution's group and no other;
the whole group is returned, so its order holds. After every group is decided, their tasks are sent together, ten to a
request, whoever's they are; then inline activities run, commit by commit, until none is left or the time budget is
nearly spent. A crash before the tasks are sent is one between commit and effects: the commands come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.execution import commands as command_types
from chalicelib.domain.execution.commands import Command
from chalicelib.domain.execution.effects import Continue, RunInline, announced, outstanding
from chalicelib.domain.execution.state import State
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.attempts import Attempts
from chalicelib.engine.committing import Committer
from chalicelib.ports.queues import CommandMessage, Delivery
from chalicelib.ports.system import Clock

CommandDelivery = Delivery[CommandMessage]
ErrorListener = Callable[[str, Exception], None]


class _Stopped(msgspec.Struct, frozen=True):
    """How a group ended that has no head to show: with an ``error`` that is worth another try, or None."""

    error: Exception | None = None


_GONE: Final = _Stopped()


class Advance:
    """Decides batches of commands. ``on_error`` is told of what was not planned for, with the execution's id."""

    def __init__(
        self,
        committer: Committer,
        attempts: Attempts,
        clock: Clock,
        inline_budget_seconds: float,
        on_error: ErrorListener,
    ) -> None:
        self._committer = committer
        self._attempts = attempts
        self._clock = clock
        self._inline_budget = timedelta(seconds=inline_budget_seconds)
        self._on_error = on_error

    def handle(self, deliveries: Sequence[CommandDelivery]) -> list[str]:
        """Decide every command; gives the ids of the deliveries to be delivered again."""
        stopped = self.stopped(deliveries)
        return [each.delivery_id for each in deliveries if each.message.execution_id in stopped]

    def stopped(self, deliveries: Sequence[CommandDelivery]) -> dict[str, Exception]:
        """Decide every command; gives what stopped it for each execution whose commands are to be delivered again."""
        until = self._clock.now() + self._inline_budget
        groups: dict[str, list[CommandDelivery]] = {}
        for delivery in deliveries:
            groups.setdefault(delivery.message.execution_id, []).append(delivery)
        tasks: dict[str, list[Task]] = {each: [] for each in groups}
        heads = {
            each: self._guarded(each, partial(self._advance_group, each, group, tasks[each]))
            for each, group in groups.items()
        }
        heads |= self._dispatch({each: head for each, head in heads.items() if isinstance(head, State)}, tasks)
        for execution_id, head in heads.items():
            if isinstance(head, State) and _next_here(head) is not None:
                heads[execution_id] = self._guarded(execution_id, partial(self._run_here, head, until))
        ends = {each: head.error for each, head in heads.items() if isinstance(head, _Stopped)}
        return {each: error for each, error in ends.items() if error is not None}

    def _guarded(self, execution_id: str, step: Callable[[], State]) -> State | _Stopped:
        """Do one step for one execution; whatever stops it must not stop its neighbours."""
        try:
            return step()
        except NotFound as error:  # expired, or never there: there is nothing to try again
            self._on_error(execution_id, error)
            return _GONE
        except Exception as error:  # noqa: BLE001 - reported, and the commands come again
            self._committer.forget(execution_id)
            self._on_error(execution_id, error)
            return _Stopped(error)

    def _dispatch(
        self, decided: Mapping[str, State], tasks: Mapping[str, Sequence[Task]]
    ) -> dict[str, State | _Stopped]:
        """Send the tasks of what was decided; gives the executions anew, those failed whose tasks were not accepted.

        If they cannot be sent together, each execution's are sent alone: one must not hold up the others.
        """
        waiting = {each: tasks[each] for each in decided if tasks[each]}
        if len(waiting) > 1 and self._dispatched_together([task for group in waiting.values() for task in group]):
            return {}
        return {each: self._guarded(each, partial(self._dispatched, decided[each], waiting[each])) for each in waiting}

    def _dispatched_together(self, tasks: Sequence[Task]) -> bool:
        try:
            self._committer.dispatch(tasks)
        except Exception:  # noqa: BLE001 - then each execution's are sent alone, which tells whose fault it was
            return False
        return True

    def _dispatched(self, head: State, tasks: Sequence[Task]) -> State:
        self._committer.dispatch(tasks)
        return head

    def _advance_group(self, execution_id: str, group: Sequence[CommandDelivery], tasks: list[Task]) -> State:
        redelivered = [delivery.message.command for delivery in group if delivery.receive_count > 1]
        if redelivered:
            self._recover(execution_id, redelivered, tasks)
        return self._committer.decide(execution_id, [delivery.message.command for delivery in group], later=tasks)

    def _recover(self, execution_id: str, commands: Sequence[Command], tasks: list[Task]) -> None:
        """Perform again what the commits of ``commands`` caused and the head still wants.

        Inline attempts found open had a decider that died: they are counted lost, and made anew.
        """
        state = self._committer.load(execution_id)
        answered = [state.recent.get(command.command_id, 0) for command in commands]
        effects = list(outstanding(state, since=min(answered)))
        events = self._committer.events_since(state, commands)
        self._committer.perform(state, [*effects, *announced(events, state)], tasks)
        lost = [self._attempts.lost(effect.task) for effect in effects if isinstance(effect, RunInline)]
        if lost:
            self._committer.decide(execution_id, lost, head=state, later=tasks)

    def _run_here(self, state: State, until: datetime) -> State:
        """Run inline attempts and begin pending runs until none is left, or hand over when time is nearly up."""
        while (effect := _next_here(state)) is not None:
            if self._clock.now() >= until:
                self._committer.hand_over(state)
                return state
            command: Command
            if isinstance(effect, Continue):
                command = command_types.Advance(cause=effect.cause)
            else:
                command = self._attempts.run(effect.task, lambda: True, inline=True)
            state = self._committer.decide(state.execution_id, [command], head=state)
        return state


def _next_here(state: State) -> RunInline | Continue | None:
    effects = outstanding(state)
    return next((effect for effect in effects if isinstance(effect, RunInline | Continue)), None)
