"""Plays an execution by hand, without any adapter: commands in, commits out, under a clock that the test moves.

After every command it checks what must always hold: the fold of the history is the state, numbers are gapless, and a
command that was decided once gives nothing a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from chalicelib.domain.definitions.definition import load_definition
from chalicelib.domain.definitions.graph import graph_of
from chalicelib.domain.execution.commands import (
    Advance,
    Command,
    CompleteTask,
    FailTask,
    Heartbeat,
    TaskStarted,
    WakeUp,
)
from chalicelib.domain.execution.decide import decide, decide_all, prepare
from chalicelib.domain.execution.effects import Dispatch, Effect, Offer, RunInline, outstanding
from chalicelib.domain.execution.events import Commit, ErrorInfo, Event
from chalicelib.domain.execution.evolve import evolve_commit, fold
from chalicelib.domain.execution.program import Program, Rules
from chalicelib.domain.execution.state import State
from chalicelib.domain.execution.tasks import Task

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def program_of(document: dict[str, Any], rules: Rules | None = None) -> Program:
    """A definition ready to be decided on."""
    rules = rules or Rules()
    return prepare(graph_of(load_definition(document, known_calendars=rules.calendars).definition), rules)


def workflow(*steps: dict[str, Any], transitions: list[Any] = (), **fields: Any) -> dict[str, Any]:  # type: ignore[assignment]
    """A document with ``start`` and ``end`` added; transitions are ``(from, to)`` or ``(from, to, condition)``."""
    edges = [
        dict(zip(("from_step_id", "to_step_id", "condition"), edge, strict=False)) if isinstance(edge, tuple) else edge
        for edge in transitions
    ]
    return {
        "id": "w",
        "name": "W",
        "version": "1.0.0",
        "steps": [
            {"id": "start", "step_type": {"type": "start"}},
            *steps,
            {"id": "end", "step_type": {"type": "end"}},
        ],
        "transitions": edges,
        **fields,
    }


def chain(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A workflow whose steps follow one another."""
    ids = ["start", *(step["id"] for step in steps), "end"]
    return workflow(*steps, transitions=list(pairwise(ids)), **fields)


def activity(step_id: str, **fields: Any) -> dict[str, Any]:
    """An activity step; fields of the step type come in ``of``."""
    return {"id": step_id, "step_type": {"type": "activity", "activity_type": "t", **fields.pop("of", {})}, **fields}


class Play:
    """One execution, played by the test."""

    def __init__(
        self,
        document: dict[str, Any],
        input: Any = None,
        rules: Rules | None = None,
        *,
        begin: bool = True,
        **created: Any,
    ) -> None:
        self.program = program_of(document, rules)
        self.now = BEGIN
        definition = self.program.definition
        details = {"workflow_id": definition.id, "workflow_version": definition.version, "input": input, **created}
        first = Commit(
            execution_id="x",
            number=1,
            time=BEGIN,
            first_sequence=1,
            command_ids=("start:x",),
            events=(Event("WorkflowCreated", None, details),),
        )
        self.commits = [first]
        self.state: State = evolve_commit(None, first)
        self.effects: list[Effect] = []
        if begin:
            self.tell(Advance(cause=1))

    def tell(self, command: Command) -> list[Event]:
        """Give a command; gives the events that follow."""
        return self.tell_all([command])

    def tell_all(self, commands: Sequence[Command]) -> list[Event]:
        """Give commands that came together; gives the events that follow."""
        decision = decide_all(self.program, self.state, commands, self.now)
        if not decision.events:
            return []
        commit = decision.to_commit(self.state)
        assert commit.number == self.commits[-1].number + 1
        assert commit.first_sequence == self.commits[-1].first_sequence + len(self.commits[-1].events)
        self.commits.append(commit)
        self.state = evolve_commit(self.state, commit)
        assert self.state == decision.state == fold(self.commits)
        self.effects = list(decision.effects)
        for command in commands:
            if isinstance(command, CompleteTask | FailTask):
                assert not decide(self.program, self.state, command, self.now).events
        return list(decision.events)

    def advance(self) -> list[Event]:
        """Do what the last commit left to be done."""
        return self.tell(Advance(cause=self.state.commit))

    def complete(self, step_id: str, output: Any = None) -> list[Event]:
        """The open attempt of a step ends well."""
        task = self.task(step_id)
        return self.tell(CompleteTask(run_id=task.run_id, attempt=task.attempt, output=output, started_at=self.now))

    def fail(self, step_id: str, code: str = "Boom", **error: Any) -> list[Event]:
        """The open attempt of a step fails."""
        task, lost = self.task(step_id), error.pop("lost", False)
        info = ErrorInfo(code=code, message=error.pop("message", "it failed"), **error)
        return self.tell(FailTask(run_id=task.run_id, attempt=task.attempt, error=info, started_at=self.now, lost=lost))

    def begin(self, step_id: str, node: str = "worker-1") -> list[Event]:
        """A worker begins the open attempt of a step."""
        task = self.task(step_id)
        return self.tell(TaskStarted(run_id=task.run_id, attempt=task.attempt, started_at=self.now, node=node))

    def beat(self, step_id: str, **progress: Any) -> list[Event]:
        """The worker of the open attempt of a step is heard of."""
        task = self.task(step_id)
        return self.tell(Heartbeat(run_id=task.run_id, attempt=task.attempt, at=self.now, progress=progress))

    def complete_run(self, run_id: str, output: Any = None) -> list[Event]:
        """The open attempt of one run ends well."""
        (task,) = [task for task in self.tasks() if task.run_id == run_id]
        return self.tell(CompleteTask(run_id=run_id, attempt=task.attempt, output=output, started_at=self.now))

    def fail_run(self, run_id: str, code: str = "Boom") -> list[Event]:
        """The open attempt of one run fails."""
        (task,) = [task for task in self.tasks() if task.run_id == run_id]
        error = ErrorInfo(code=code, message="it failed")
        return self.tell(FailTask(run_id=run_id, attempt=task.attempt, error=error, started_at=self.now))

    def task(self, step_id: str) -> Task:
        """The open attempt of a step."""
        (task,) = [task for task in self.tasks() if task.step_id == step_id]
        return task

    def tasks(self) -> list[Task]:
        """Every attempt that is to be made."""
        return [effect.task for effect in outstanding(self.state) if isinstance(effect, Dispatch | Offer | RunInline)]

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass, then wake the execution."""
        self.now += timedelta(seconds=seconds)
        return self.tell(WakeUp(at=self.now))

    def wait_for_deadline(self) -> float:
        """Let time pass until the next deadline and wake; gives the seconds since the beginning."""
        deadline = self.state.earliest_deadline()
        assert deadline is not None
        self.now = max(deadline, self.now)
        self.tell(WakeUp(at=deadline))
        return (self.now - BEGIN).total_seconds()

    @property
    def events(self) -> list[Event]:
        """The whole history."""
        return [event for commit in self.commits for event in commit.events]

    @property
    def kinds(self) -> list[str]:
        """The history, as ``Type`` or ``Type step``."""
        return [event.type if event.step_id is None else f"{event.type} {event.step_id}" for event in self.events]
