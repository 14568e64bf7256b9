"""Taking executions in hand: a request is checked at once, sent to the decider, and its answer waited for.

Layer: engine. Only the decider appends. What is checked here is checked dry, on the state as of now, so that whoever
asks hears at once what can be said at once; what counts is the decision, which may be another. A crash before the
command is sent has done nothing, one after it loses only the answer: the same request again finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final, Literal, TypeVar

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief, error
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.errors import Conflict, Finding, Forbidden, InvalidRequest, NotFound, TooLarge
from chalicelib.domain.execution.assign import parse_target
from chalicelib.domain.execution.commands import AnyRequest, SetVariables
from chalicelib.domain.execution.decide import Decision, decide
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.program import Program
from chalicelib.domain.execution.remembered import is_remembered
from chalicelib.domain.execution.state import State
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.programs import DefinitionGone
from chalicelib.ports.executions import ExecutionStore
from chalicelib.ports.queues import CommandMessage, CommandQueue
from chalicelib.ports.system import Clock, Ids, Waiter
from chalicelib.settings import Settings

DEFAULT_WAIT_SECONDS: Final = 5.0
_FIRST_LOOK_SECONDS: Final = 0.05
_BACK_OFF: Final = 1.5
_LONGEST_PAUSE_SECONDS: Final = 1.0

R = TypeVar("R", bound=AnyRequest)
Outcome = Literal["done", "unchanged", "repeated", "accepted"]


class ControlRefused(Conflict):
    """The state of the execution forbids what was asked; ``state`` is which. The code says why."""

    def __init__(self, message: str, *, code: str, state: str) -> None:
        super().__init__(message, code=code)
        self.state = state


class Controlled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request, and the state of the execution then.

    ``done``: decided and committed. ``unchanged``: there is nothing to change. ``repeated``: done by the same request
    before. ``accepted``: on its way to the decider, which had not decided when the wait was over.
    """

    execution_id: str
    state: str
    outcome: Outcome


class ControlExecution:
    """Makes requests of executions. ``programs`` gives the program of a workflow's version."""

    def __init__(
        self,
        store: ExecutionStore,
        loader: StateLoader,
        programs: Callable[[str, str], Program],
        commands: CommandQueue,
        clock: Clock,
        waiter: Waiter,
        ids: Ids,
        settings: Settings,
    ) -> None:
        self._store = store
        self._loader = loader
        self._programs = programs
        self._commands = commands
        self._clock = clock
        self._waiter = waiter
        self._ids = ids
        self._settings = settings

    def request(
        self, kind: type[R], execution_id: str, *, by: str, idempotency_key: str | None = None, **fields: Any
    ) -> R:
        """A request of ``kind`` for ``__call__``: a new one, or for a key the same as this caller's before.

        It is the same when execution, kind and ``fields`` are, whatever the caller's groups are by then.
        """
        if idempotency_key is None:
            return kind(id=self._ids.new_id(), by=by, **fields)
        told = {name: value for name, value in fields.items() if name != "groups"}
        content = jsonvalue.canonical([by, execution_id, kind.__name__, idempotency_key, told])
        return kind(id=hashlib.sha256(content).hexdigest()[:40], by=by, **fields)

    def __call__(
        self, execution_id: str, request: AnyRequest, *, wait_seconds: float = DEFAULT_WAIT_SECONDS
    ) -> Controlled:
        """Ask ``request`` of an execution, and wait up to ``wait_seconds`` for the decision.

        Raises ``NotFound`` (``ExecutionNotFound``, ``UnknownStep``), ``ControlRefused``, ``InvalidRequest`` for a
        variable that cannot be named so and, as ``InvalidSubmission`` with its findings, for an answer that does not
        fit its form, ``Forbidden`` (``NotPermitted``), ``TooLarge``, and what the store and the queue raise.
        """
        self._check(request)
        state = self._loader.load(execution_id)
        if state is None:
            message = f"There is no execution {execution_id!r}."
            raise NotFound(message, code="ExecutionNotFound")
        if is_remembered(state, request.command_id):
            return self._repeated(state, request)
        decision = self._decide(state, request)
        _refuse(request, decision.events, state)
        if not decision.events:
            return _controlled(state, "unchanged")
        command = CommandMessage(execution_id=execution_id, command=request, trace_id=state.trace_id)
        self._commands.send(command, deduplication_id=request.command_id)
        return self._answer(state, request, wait_seconds)

    def _check(self, request: AnyRequest) -> None:
        size_bytes = len(jsonvalue.dumps(request))
        most = self._settings.max_payload_bytes
        if size_bytes > most:
            message = f"The request takes {size_bytes:,} bytes, more than the {most:,} that it may (max_payload_bytes)"
            raise TooLarge(message)
        if isinstance(request, SetVariables):
            _check_names(request.variables)

    def _decide(self, state: State, request: AnyRequest) -> Decision:
        try:
            program = self._programs(state.workflow_id, state.workflow_version)
        except DefinitionGone as error:
            if not state.is_terminal:
                raise
            message = f"An execution that is {state.status} and whose definition is gone cannot be taken in hand."
            raise ControlRefused(message, code="InvalidState", state=state.status) from error
        return decide(program, state, request, self._clock.now())

    def _repeated(self, state: State, request: AnyRequest) -> Controlled:
        """The answer that the request had; its commit is found by the state, or by reading the history if it is old."""
        before = state.recent.get(request.command_id, 1) - 1
        for commit in self._store.read(state.execution_id, after=before):
            if request.command_id in commit.command_ids:
                _refuse(request, commit.events, state)
                break
        return _controlled(state, "repeated")

    def _answer(self, state: State, request: AnyRequest, wait_seconds: float) -> Controlled:
        """Look again and again, with longer and longer pauses, for the commit that answers."""
        until = self._clock.now() + timedelta(seconds=wait_seconds)
        for seconds in _pauses(wait_seconds):
            self._waiter.wait(seconds)
            seen = state.commit
            for commit in self._store.read(state.execution_id, after=seen):
                state = evolve_commit(state, commit)
                if request.command_id in commit.command_ids:
                    _refuse(request, commit.events, state)
                    return _controlled(state, "done")
            # Another request may have done the same first. Then this one will change nothing, and no commit says so.
            if state.commit > seen and not self._decide(state, request).events:
                return _controlled(state, "unchanged")
            if self._clock.now() >= until:
                break
        return _controlled(state, "accepted")


def _controlled(state: State, outcome: Outcome) -> Controlled:
    return Controlled(execution_id=state.execution_id, state=state.status, outcome=outcome)


def _refuse(request: AnyRequest, events: Iterable[Event], state: State) -> None:
    """Raises what the refusal of ``request`` says, if it is among ``events``."""
    for event in events:
        if event.type == "RequestRefused" and event.details.get("request_id") == request.id:
            code, reason = event.details["code"], event.details["message"]
            message = reason[:1].upper() + reason[1:]
            if code == "UnknownStep":
                raise NotFound(message, code=code)
            if code == "NotPermitted":
                raise Forbidden(message, code=code)
            if code == "InvalidSubmission":
                raise InvalidRequest(message, msgspec.convert(event.details["findings"], list[Finding]), code=code)
            raise ControlRefused(message, code=code, state=state.status)


def _check_names(variables: dict[str, Any]) -> None:
    findings = [
        error("InvalidTarget", below("/variables", name), f"{brief(name)} cannot name a variable")
        for name in variables
        if not name or parse_target(f"$.context.{name}") is None
    ]
    if findings:
        detail = "; ".join(finding.message for finding in findings)
        message = f"The variables are not valid. {detail}."
        raise InvalidRequest(message, findings)
    if not variables:
        message = "The variables are not valid. Name at least one."
        raise InvalidRequest(message)


def _pauses(seconds: float) -> Iterator[float]:
    """Pauses that grow, and take ``seconds`` together."""
    pause = _FIRST_LOOK_SECONDS
    while seconds > 0:
        taken = min(pause, seconds)
        yield taken
        seconds -= taken
        pause = min(pause * _BACK_OFF, _LONGEST_PAUSE_SECONDS)
