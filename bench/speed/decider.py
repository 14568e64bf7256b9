"""Decide and evolve alone: no store, no queue, no clock; processor time of one process.

A step is all that the decider does for an activity: the decision that its outcome leads to, which schedules the next
one, and the commit of it. Nothing is encoded or written.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bench.speed.chains import chain
from chalicelib.domain.definitions.definition import load_definition
from chalicelib.domain.definitions.graph import graph_of
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.commands import Advance, Command, CompleteTask
from chalicelib.domain.execution.decide import decide, prepare
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import Program, Rules
from chalicelib.domain.execution.state import State

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_PASSES = timedelta(milliseconds=5)


def steps_per_second(steps: int, executions: int) -> float:
    """How many steps of a chain a second of processor time decides."""
    program = prepare(graph_of(load_definition(chain(steps)).definition), Rules())
    created = _created(program)
    commands = [_commands(steps, _BEGIN + timedelta(days=day)) for day in range(executions + 1)]
    _play(program, created, commands.pop(), steps)
    began = time.process_time()
    for each in commands:
        _play(program, created, each, steps)
    return steps * executions / (time.process_time() - began)


def _commands(steps: int, now: datetime) -> list[tuple[Command, datetime]]:
    """What an execution is told, and when: to begin, then the outcome of each step, which comes at once."""
    told: list[tuple[Command, datetime]] = [(Advance(cause=1), now)]
    for number in range(steps):
        now += _PASSES
        outcome = {"n": number + 1}
        command = CompleteTask(run_id=f"s{number}#1", attempt=1, output=outcome, started_at=now, node="bench")
        told.append((command, now))
    return told


def _play(program: Program, state: State, commands: list[tuple[Command, datetime]], steps: int) -> None:
    """One execution from its first command to its end; raises ``WeftError`` if that is not the end of a chain."""
    for command, now in commands:
        decision = decide(program, state, command, now)
        decision.to_commit(state)
        state = decision.state
    if (state.status, state.output) != ("completed", {"n": steps}):
        raise WeftError(f"the chain of {steps} ended {state.status} with {state.output}")


def _created(program: Program) -> State:
    definition = program.definition
    details = {"workflow_id": definition.id, "workflow_version": definition.version, "input": {"n": 0}}
    return evolve_commit(
        None,
        Commit(
            execution_id="bench",
            number=1,
            time=_BEGIN,
            first_sequence=1,
            command_ids=("start:bench",),
            events=(Event("WorkflowCreated", None, details),),
        ),
    )
