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
from chalicelib.domain.execution.effects import Dispatch
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import Program, Rules
from chalicelib.domain.execution.state import State

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_PASSES = timedelta(milliseconds=5)


def steps_per_second(steps: int, executions: int) -> float:
    """How many steps of a chain a second of processor time decides."""
    program = prepare(graph_of(load_definition(chain(steps)).definition), Rules())
    _play(program, steps)
    began = time.process_time()
    for _ in range(executions):
        _play(program, steps)
    return steps * executions / (time.process_time() - began)


def _play(program: Program, steps: int) -> None:
    """One execution from its first command to its end, each outcome coming at once."""
    state, command, now = _created(program), Advance(cause=1), _BEGIN
    commands: Command = command
    for number in range(steps + 1):
        now += _PASSES
        decision = decide(program, state, commands, now)
        decision.to_commit(state)
        state = decision.state
        for effect in decision.effects:
            if isinstance(effect, Dispatch):
                outcome, run_id = {"n": number + 1}, effect.task.run_id
                commands = CompleteTask(run_id=run_id, attempt=1, output=outcome, started_at=now, node="bench")
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
