"""Committing decisions: load, decide, append under a condition, perform effects.

Layer: engine. The order is what makes it safe::

    load -> decide -> append (conditional) -> perform effects -> the caller acknowledges
                          |                        |
       a conflict: reload, decide again            a crash here: the command comes again, finds itself answered, and
                                                   what its commit caused and the head still wants is sent again
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from chalicelib.domain.errors import NotFound, VersionConflict, WeftError
from chalicelib.domain.execution.commands import Command, FailExecution, Request, WakeUp
from chalicelib.domain.execution.decide import Decision, decide_all, give_up
from chalicelib.domain.execution.effects import Arm, Continue, Effect, RunInline, outstanding
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.program import Program
from chalicelib.domain.execution.state import RECENT_COMMANDS, State
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.heartbeats import Heartbeats
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.performing import Performer
from chalicelib.ports.executions import ExecutionStore
from chalicelib.ports.system import Clock

_ATTEMPTS: Final = 5
"""How often a decision is made anew when others keep committing first."""


class Committer:
    """Turns commands into commits."""

    def __init__(
        self,
        store: ExecutionStore,
        loader: StateLoader,
        programs: Callable[[str, str], Program],
        performer: Performer,
        clock: Clock,
        heartbeats: Heartbeats,
    ) -> None:
        self._store = store
        self._loader = loader
        self._programs = programs
        self._performer = performer
        self._clock = clock
        self._heartbeats = heartbeats

    def load(self, execution_id: str) -> State:
        """The head. Raises ``NotFound`` for an unknown execution."""
        state = self._loader.load(execution_id)
        if state is None:
            message = f"there is no execution {execution_id!r}"
            raise NotFound(message)
        return state

    def decide(
        self,
        execution_id: str,
        commands: Sequence[Command],
        *,
        head: State | None = None,
        later: list[Task] | None = None,
    ) -> State:
        """Decide ``commands`` as one commit, perform its effects, and give the new head.

        ``head`` is the state to decide on if the caller just made it. Tasks go into ``later``, if it is given, and are
        the caller's to ``dispatch``. What runs in the decider itself (``RunInline``,
        ``Continue``) is left to the caller. Raises ``NotFound`` for an unknown execution, ``VersionConflict`` when
        others keep committing first, and whatever the store or the queues raise.
        """
        return self._until_committed(execution_id, commands, self._decide_all, head, later)

    def give_up(self, execution_id: str, command: FailExecution, *, undecided: bool = False) -> State:
        """Fail an execution that cannot be decided. If its failing can be decided, what it has done is compensated.

        ``undecided`` does not even try: deciding on this execution kills the process. What is to run in the decider
        is handed over to it.
        """
        state = self._until_committed(execution_id, [command], self._end if undecided else self._give_up, None)
        if any(isinstance(effect, RunInline | Continue) for effect in outstanding(state)):
            self.hand_over(state)
        return state

    def perform(self, state: State, effects: Sequence[Effect], later: list[Task] | None = None) -> None:
        """Send the effects that leave this process; tasks go into ``later`` instead, if it is given."""
        outward = [effect for effect in effects if not isinstance(effect, RunInline | Continue)]
        self._performer.perform(state, outward, later)

    def dispatch(self, tasks: Sequence[Task]) -> None:
        """Send tasks that were left for later. Raises ``Unavailable`` if any was not accepted."""
        self._performer.dispatch(tasks)

    def events_since(self, state: State, commands: Sequence[Command]) -> list[Event]:
        """The events committed up to ``state`` from the first commit on that answers one of ``commands``.

        What fell out of the answers that the state remembers is looked for in the whole history; that is rare.
        """
        wanted = {command.command_id for command in commands}
        forgotten = len(state.recent) >= RECENT_COMMANDS and not wanted <= state.recent.keys()
        first = 1 if forgotten else min((state.recent[each] for each in wanted & state.recent.keys()), default=None)
        if first is None:
            return []
        events: list[Event] = []
        for commit in self._store.read(state.execution_id, after=first - 1):
            if events or wanted & set(commit.command_ids):
                events += commit.events
        return events

    def hand_over(self, state: State) -> None:
        """Have another invocation go on."""
        self._performer.hand_over(state, Continue(state.commit))

    def forget(self, execution_id: str) -> None:
        """Trust nothing remembered of this execution."""
        self._loader.forget(execution_id)

    def _until_committed(
        self,
        execution_id: str,
        commands: Sequence[Command],
        make: Callable[[State, Sequence[Command]], Decision],
        head: State | None,
        later: list[Task] | None = None,
    ) -> State:
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._commit(head or self.load(execution_id), commands, make, later)
            except VersionConflict:
                head = None
        return self._commit(self.load(execution_id), commands, make, later)

    def _commit(
        self,
        before: State,
        commands: Sequence[Command],
        make: Callable[[State, Sequence[Command]], Decision],
        later: list[Task] | None,
    ) -> State:
        decision = make(before, commands)
        if not decision.events:
            self._rearm(before, commands)
            return before
        commit = decision.to_commit(before)
        try:
            size_bytes = self._store.append(commit, expires_at=self._loader.expires_at(before.created_at))
        except VersionConflict:
            if not self._is_ours(before, decision):
                raise
            size_bytes = 0  # our own write, whose answer was lost
        self._loader.appended(decision.state, size_bytes)
        self.perform(decision.state, decision.effects, later)
        return decision.state

    def _decide_all(self, state: State, commands: Sequence[Command]) -> Decision:
        if state.is_terminal and not any(isinstance(command, Request) for command in commands):
            # A child that was kept from starting may be of a workflow that there never was.
            return Decision(now=self._clock.now(), events=(), state=state, effects=(), command_ids=())
        program = self._programs(state.workflow_id, state.workflow_version)
        news = self._heartbeats.news(state, commands)
        return decide_all(program, state, [*news, *commands], self._clock.now())

    def _give_up(self, state: State, commands: Sequence[Command]) -> Decision:
        try:
            return self._decide_all(state, commands)
        except Exception as error:
            if isinstance(error, WeftError) and error.retryable:
                raise  # there may be something to compensate, once the stores answer again
            return self._end(state, commands)  # the definition is gone, or cannot be decided on: end without it

    def _end(self, state: State, commands: Sequence[Command]) -> Decision:
        (command,) = commands
        if not isinstance(command, FailExecution):
            message = f"giving up takes a FailExecution command, not {command!r}"
            raise TypeError(message)
        return give_up(state, command, self._clock.now())

    def _is_ours(self, before: State, decision: Decision) -> bool:
        """Whether the commit that is there is the very one that was to be written."""
        self._loader.forget(before.execution_id)
        found = next(iter(self._store.read(before.execution_id, after=before.commit)), None)
        return found is not None and found.command_ids == decision.command_ids and found.events == decision.events

    def _rearm(self, state: State, commands: Sequence[Command]) -> None:
        """A wake-up that found nothing due was armed for something since done: arm the next, without a commit."""
        earliest = state.earliest_deadline()
        if earliest is not None and any(isinstance(command, WakeUp) for command in commands):
            self._performer.perform(state, [Arm(earliest)])
