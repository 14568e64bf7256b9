"""Deciding: definition, state, command and time give events and effects.

Layer: domain. Pure: no clock, no I/O, no randomness, no environment. Commands may come in any order, twice, or long
after they mattered; one that is no longer wanted gives no events. Several commands of one execution are decided
together and become one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from chalicelib.domain.definitions.graph import Graph
from chalicelib.domain.execution import compensation, control, ending, failure, family, flow, heartbeats, receiving
from chalicelib.domain.execution.commands import (
    Advance,
    ChildEnded,
    ChildStarted,
    Command,
    CompleteTask,
    DeliverEvent,
    FailExecution,
    FailTask,
    FollowParent,
    Heartbeat,
    Request,
    TaskStarted,
    WakeUp,
)
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.effects import Effect, announced, outstanding, withdrawn
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.evolve import seal
from chalicelib.domain.execution.program import Program, Rules
from chalicelib.domain.execution.recorder import Recorder
from chalicelib.domain.execution.state import State
from chalicelib.domain.steps import HANDLERS


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from commands.

    ``events`` are to be committed (none: nothing changes), ``state`` is what they lead to, ``effects`` are to be
    performed once they are committed, ``command_ids`` are the commands answered.
    """

    now: datetime
    events: tuple[Event, ...]
    state: State
    effects: tuple[Effect, ...]
    command_ids: tuple[str, ...]

    def to_commit(self, before: State) -> Commit:
        """The commit that records this decision on top of ``before``."""
        return Commit(
            execution_id=before.execution_id,
            number=before.commit + 1,
            time=self.now,
            first_sequence=before.sequence + 1,
            command_ids=self.command_ids,
            events=self.events,
        )


def prepare(graph: Graph, rules: Rules) -> Program:
    """A definition made ready to be decided on."""
    return Program(graph, rules, HANDLERS)


def decide(program: Program, state: State, command: Command, now: datetime) -> Decision:
    """Decide one command."""
    return decide_all(program, state, (command,), now)


def decide_all(program: Program, state: State, commands: Iterable[Command], now: datetime) -> Decision:
    """Decide commands of one execution in their order, as one commit."""
    draft = Draft(program, state, now)
    answered: list[str] = []
    for command in commands:
        if answered and isinstance(command, Request) and command.command_id in answered:
            continue  # it came twice: the state remembers only what earlier commits answered
        before = len(draft.events)
        _apply(draft, command)
        if len(draft.events) > before:
            answered.append(command.command_id)
    return _sealed(draft, answered)


def give_up(state: State, command: FailExecution, now: datetime) -> Decision:
    """Fail an execution that cannot be decided, without looking at its definition. An ended one is left as it is."""
    recorder = Recorder(state, now)
    if not state.is_terminal:
        ending.give_up(recorder, command.error)
    return _sealed(recorder, [command.command_id])


def _sealed(recorder: Recorder, answered: list[str]) -> Decision:
    now = recorder.now
    if not recorder.events:
        return Decision(now=now, events=(), state=recorder.state, effects=(), command_ids=())
    seal(recorder.state, recorder.number, now, answered)
    return Decision(
        now=now,
        events=tuple(recorder.events),
        state=recorder.state,
        effects=(
            *outstanding(recorder.state, since=recorder.number),
            *announced(recorder.events, recorder.state),
            *withdrawn(recorder.before, recorder.state),
        ),
        command_ids=tuple(answered),
    )


def _apply(draft: Draft, command: Command) -> None:
    _answer(draft, command)
    if draft.state.ending is not None:
        compensation.go_on(draft)


def _answer(draft: Draft, command: Command) -> None:
    take = _TAKES.get(type(command))
    if take is None:
        _answer_request(draft, cast(Request, command))
    elif not draft.state.is_terminal:
        take(draft, command)
        if draft.events:
            flow.proceed(draft)


def _answer_request(draft: Draft, request: Request) -> None:
    control.apply_request(draft, request)
    if draft.ready:
        flow.proceed(draft)
    ending.complete_if_idle(draft)


def _advance(draft: Draft, command: Advance) -> None:  # noqa: ARG001 - a cause says nothing more
    if draft.state.status == "pending":
        flow.start(draft)
        flow.proceed(draft)
    if not draft.state.is_paused:
        receiving.drain(draft, control.carry_out)
    flow.begin_pending(draft)


def _take_outcome(draft: Draft, command: CompleteTask | FailTask) -> None:
    """An attempt has ended. Of one that is not wanted any more (timed out, cancelled, told before), nothing follows."""
    run_id = command.run_id
    state = draft.state
    stray = state.strays.get(run_id)
    if stray is not None and stray.run.attempt == command.attempt:
        compensation.take_late_outcome(draft, stray, command)
        return
    if not state.is_open(run_id, command.attempt):
        return
    heartbeats.note_start(draft, state.runs[run_id], command.started_at, command.node)
    if isinstance(command, CompleteTask):
        flow.complete_run(draft, run_id, command.output)
    else:
        failure.fail_run(draft, run_id, command.error, lost=command.lost)


def _deliver(draft: Draft, command: DeliverEvent) -> None:
    receiving.deliver(draft, command, control.carry_out)


def _wake(draft: Draft, command: WakeUp) -> None:  # noqa: ARG001 - the state knows what is due
    if not draft.state.is_paused:
        failure.fire_due(draft)
        compensation.give_up_late(draft)


def _fail(draft: Draft, command: FailExecution) -> None:
    if not draft.state.is_ending:
        ending.fail(draft, command.error)
    elif command.command_id not in draft.state.recent:  # coming again, it would give up the next compensation too
        compensation.abandon(draft, command.error)


_TAKES: Final[dict[type, Callable[[Draft, Any], None]]] = {
    Advance: _advance,
    CompleteTask: _take_outcome,
    FailTask: _take_outcome,
    TaskStarted: heartbeats.begin_attempt,
    Heartbeat: heartbeats.beat,
    DeliverEvent: _deliver,
    WakeUp: _wake,
    FailExecution: _fail,
    ChildStarted: family.take_outcome,
    ChildEnded: family.take_outcome,
    FollowParent: family.follow,
}
"""What each command of the engine's own leads to in an execution that has not ended."""
