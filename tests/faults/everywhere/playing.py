"""Plays a reference on the functions in this process, and says how everything ended.

Something disturbs it all the while. A ``Fuse`` counts the AWS requests since the start and kills the function before
or after the one it is set to. What was being handled comes again as SQS and the stream give it again: when its
visibility timeout is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Protocol

import msgspec
from botocore.awsrequest import AWSResponse

from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.evolve import fold
from tests.faults.everywhere.references import Receiver, Reference
from weftctl.inprocess import Call, Crash, InProcessStack, Layer, Send
from weftctl.inprocess.stack import BEGIN

HORIZON: Final = BEGIN + timedelta(days=60)
"""Every story is over by then. What is due later is the age limit of executions that have ended."""


class Disturbance(Protocol):
    """A layer that disturbs while it is ``armed``: from the start of a reference until it is looked at."""

    armed: bool

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        """As a layer does."""


class Fuse:
    """A layer that kills once: before, or ``after``, request number ``at`` (from 1). Set to 0, it only counts.

    With a ``function`` that one's requests alone.
    """

    def __init__(self, at: int = 0, *, after: bool = False, function: str | None = None) -> None:
        self.at = at
        self.after = after
        self.function = function
        self.calls: list[str] = []
        self.armed = False

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if not self.armed or self.function not in (None, call.function):
            return send()
        self.calls.append(f"{call.function} {call.service}.{call.operation}")
        if len(self.calls) != self.at:
            return send()
        if self.after:
            send()
        raise Crash


class Executions:
    """A layer that notes every execution there is."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if call.operation == "PutItem" and "commits" in call.body["TableName"]:
            self.ids.add(call.body["Item"]["execution_id"]["S"])
        return send()


class Ending(msgspec.Struct, frozen=True):
    """How it all ended: each execution, what was done for which step how often, and what was left behind.

    ``keys`` are the idempotency keys. Which of a map's items has which run number may change with the order in which
    they end, so ``effects`` counts what was done by step and result.
    """

    executions: dict[str, Any]
    keys: list[str]
    effects: dict[str, int]
    defects: tuple[str, ...]


def play(
    reference: Reference,
    disturbance: Disturbance,
    *,
    prepare: Callable[[InProcessStack], None] = lambda _: None,
    **options: Any,
) -> Ending:
    """Play a reference once. ``prepare`` may do something to the stack before; ``options`` are the stack's own."""
    receiver, executions = Receiver(), Executions()
    layers: list[Layer] = [executions, disturbance]
    with InProcessStack(receiver.registry, layers=layers, **options) as stack:
        for document in reference.documents:
            stack.register(document)
        prepare(stack)
        disturbance.armed = True
        _insisting(stack, lambda stack: stack.start(reference.documents[0]["id"], reference.input))
        _run(stack, reference)
        disturbance.armed = False
        defects: list[str] = []
        shown = {each: _shown(stack, each, defects) for each in sorted(executions.ids)}
        defects += [f"{length} left in {name}" for name, length in stack.queue_lengths().items() if length]
        done = Counter(f"{key.rpartition('#')[0]} {result}" for key, result in receiver.effects.items())
        return Ending(shown, sorted(receiver.effects), dict(done), tuple(defects))


def _insisting(stack: InProcessStack, act: Callable[[InProcessStack], Any]) -> None:
    """Do as somebody does who asks again, a second later, when told that it may help."""
    while True:
        try:
            act(stack)
        except WeftError as error:
            if not error.retryable:
                raise
            stack.clock.advance_to(stack.clock.now() + timedelta(seconds=1))
        else:
            return


def _run(stack: InProcessStack, reference: Reference) -> None:
    """Deliver; when nothing is left to do now, have people and systems react; then let time pass."""
    waiting = list(reference.reactions)
    while True:
        if stack.deliver():
            stack.advance(until=stack.clock.now())  # a sweep that is due waits for nobody
            continue
        if waiting:
            states = {row["step_id"]: row["state"] for row in stack.status()["steps"]}
            due = [each for each in waiting if states.get(each.step) == each.state]
            for each in due:
                _insisting(stack, each.act)
                waiting.remove(each)
            if due:
                continue
        if not stack.advance(until=HORIZON):
            return


def _shown(stack: InProcessStack, execution_id: str, defects: list[str]) -> dict[str, Any]:
    """What an execution came to; what is wrong with its history goes into ``defects``."""
    commits = stack.commits(execution_id)
    if [commit.number for commit in commits] != list(range(1, len(commits) + 1)):
        defects.append(f"{execution_id}: the numbers of its commits have a gap")
    sequence = 1
    for commit in commits:
        if commit.first_sequence != sequence:
            defects.append(f"{execution_id}: the numbers of its events have a gap at commit {commit.number}")
        sequence = commit.first_sequence + len(commit.events)
    state = fold(commits)
    if state is None or not state.is_terminal or state.runs:
        defects.append(f"{execution_id} has not ended")
    summary = stack.summary(execution_id)
    if state is not None and (summary is None or summary.state != state.status):
        defects.append(f"{execution_id}: its summary does not tell its end")
    status = stack.status(execution_id)
    rows = sorted((row["step_id"], row["run"], row["state"]) for row in status["steps"])
    return {"steps": rows, **{name: status[name] for name in ("state", "output", "variables", "error")}}
