"""Starting executions: commit 1 is written at once, and the decider told.

Layer: engine. The condition on commit 1 makes an execution id start once, however often it is given. A crash after the
commit and before the command loses nothing: whoever sees commit 1 go by in the stream sends the same command.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.definitions.findings import error
from chalicelib.domain.definitions.model import Priority
from chalicelib.domain.definitions.types import apply_defaults, check_value
from chalicelib.domain.errors import Conflict, InvalidInput, InvalidRequest, TooLarge, Unavailable, VersionConflict
from chalicelib.domain.execution.children import Parent
from chalicelib.domain.execution.commands import Advance
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine.loading import StateLoader
from chalicelib.ports.executions import ExecutionStore
from chalicelib.ports.queues import CommandMessage, CommandQueue
from chalicelib.ports.system import Clock, Ids
from chalicelib.settings import Settings

Resolve = Callable[[str, str | None], LoadedDefinition]
"""Gives a registered version, the default one for None, or raises ``NotFound``."""


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to start. ``idempotency_key`` counts per ``caller`` and workflow, and only without an ``execution_id``.

    ``lineage`` counts the executions that one after the other led to it, by events.
    ``parent`` is the attempt that wants it, ``depth`` how many executions are around it.
    """

    workflow_id: str
    input: Any
    version: str | None = None
    execution_id: str | None = None
    priority: Priority | None = None
    deadline: datetime | None = None
    trace_id: str | None = None
    metadata: dict[str, Any] = {}
    partition_key: str | None = None
    tags: dict[str, Any] = {}
    idempotency_key: str | None = None
    caller: str = ""
    lineage: int = 0
    parent: Parent | None = None
    depth: int = 0


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """The execution, and whether this request ``created`` it or it was there already."""

    execution_id: str
    workflow_id: str
    workflow_version: str
    started_at: datetime
    created: bool


class StartExecution:
    """Starts executions."""

    def __init__(
        self,
        store: ExecutionStore,
        loader: StateLoader,
        commands: CommandQueue,
        resolve: Resolve,
        clock: Clock,
        ids: Ids,
        settings: Settings,
    ) -> None:
        self._store = store
        self._loader = loader
        self._commands = commands
        self._resolve = resolve
        self._clock = clock
        self._ids = ids
        self._settings = settings

    def __call__(self, request: StartRequest) -> Started:
        """Start, or find what the same request started before.

        Raises ``NotFound`` (workflow, version), ``InvalidInput`` with a finding a place, ``PayloadTooLarge``,
        ``InvalidRequest`` for a deadline that is over, and ``Conflict`` (``ExecutionExists``) for an execution id or
        idempotency key that started another workflow, version or input. ``Unavailable`` says to ask again.
        """
        loaded = self._resolve(request.workflow_id, request.version)
        value = self._checked_input(loaded, request)
        commit = self._first_commit(loaded, request, value)
        if request.deadline is not None and request.deadline <= commit.time:
            return self._started_in_time(commit.execution_id, request, value, commit.time)
        try:
            self._store.append(commit, expires_at=self._loader.expires_at(commit.time))
        except VersionConflict:
            return self._existing(commit.execution_id, request, value)
        kick(self._commands, commit.execution_id, request.trace_id)
        return Started(
            execution_id=commit.execution_id,
            workflow_id=loaded.definition.id,
            workflow_version=loaded.definition.version,
            started_at=commit.time,
            created=True,
        )

    def _checked_input(self, loaded: LoadedDefinition, request: StartRequest) -> Any:
        size_bytes = len(jsonvalue.dumps(request.input))
        if size_bytes > self._settings.max_payload_bytes:
            most = self._settings.max_payload_bytes
            message = f"The input takes {size_bytes} bytes, more than the {most} that one value may (max_payload_bytes)"
            raise TooLarge(message)
        input_type = loaded.definition.input_type
        if input_type is None:
            return request.input
        value = apply_defaults(input_type, request.input)
        findings = check_value(input_type, value, root="$.input")
        if findings:
            message = f"The input does not fit the input type of {request.workflow_id!r}"
            raise InvalidInput(message, findings)
        return value

    def _first_commit(self, loaded: LoadedDefinition, request: StartRequest, value: Any) -> Commit:
        definition = loaded.definition
        details = {
            "workflow_id": definition.id,
            "workflow_version": definition.version,
            "workflow_name": definition.name,
            "input": value,
            "priority": request.priority or "medium",
            "deadline": None if request.deadline is None else timestamp(request.deadline),
            "trace_id": request.trace_id,
            "metadata": request.metadata or None,
            "partition_key": request.partition_key,
            "tags": {**definition.tags, **request.tags} or None,
            "started_by": request.caller or None,
            "lineage": request.lineage or None,
            "parent": None if request.parent is None else msgspec.to_builtins(request.parent),
            "depth": request.depth or None,
        }
        kept = {name: item for name, item in details.items() if item is not None or name == "input"}
        execution_id = self._execution_id(request)
        return Commit(
            execution_id=execution_id,
            number=1,
            time=self._clock.now(),
            first_sequence=1,
            command_ids=(f"start:{execution_id}",),
            events=(Event("WorkflowCreated", None, kept),),
        )

    def _execution_id(self, request: StartRequest) -> str:
        if request.execution_id is not None:
            return request.execution_id
        if request.idempotency_key is not None:
            name = jsonvalue.dumps([request.caller, request.workflow_id, request.idempotency_key])
            return hashlib.sha256(name).hexdigest()[:40]
        return self._ids.new_id()

    def _started_in_time(self, execution_id: str, request: StartRequest, value: Any, now: datetime) -> Started:
        """What the same request started while its deadline was still to come. Raises ``InvalidRequest`` if nothing."""
        if next(iter(self._store.read(execution_id)), None) is not None:
            return self._existing(execution_id, request, value)
        given = timestamp(request.deadline or now)
        message = f"The deadline {given} is not after now, {timestamp(now)}"
        finding = error("InvalidValue", "/deadline", message, "Give a later one, or leave it out.")
        raise InvalidRequest(f"{message}.", [finding])

    def _existing(self, execution_id: str, request: StartRequest, value: Any) -> Started:
        first = next(iter(self._store.read(execution_id)), None)
        if first is None:
            message = f"starting {execution_id!r}: refused as if it were there already, which it is not"
            raise Unavailable(message)
        details = first.events[0].details
        differing = _differences(details, request, value) if request.parent is None else _other_parent(details, request)
        if differing:
            message = f"{_named(execution_id, request)} already, with another {' and another '.join(differing)}."
            raise Conflict(message, code="ExecutionExists")
        return Started(
            execution_id=execution_id,
            workflow_id=details["workflow_id"],
            workflow_version=details["workflow_version"],
            started_at=first.time,
            created=False,
        )


def _differences(details: dict[str, Any], request: StartRequest, value: Any) -> list[str]:
    """What of a request is not as in the event ``WorkflowCreated`` with these ``details``."""
    same = {
        "workflow": details["workflow_id"] == request.workflow_id,
        "version": request.version in (None, details["workflow_version"]),
        "input": jsonvalue.canonical(details["input"]) == jsonvalue.canonical(value),
    }
    return [name for name, holds in same.items() if not holds]


def _other_parent(details: dict[str, Any], request: StartRequest) -> list[str]:
    """A child is the same if it is of the same attempt: what its workflow was by default then may be another now."""
    return [] if details.get("parent") == msgspec.to_builtins(request.parent) else ["parent"]


def _named(execution_id: str, request: StartRequest) -> str:
    """What was there before, by the name that the caller gave it."""
    if request.execution_id is None and request.idempotency_key is not None:
        return f"The Idempotency-Key {request.idempotency_key!r} has started {execution_id!r}"
    return f"The execution {execution_id!r} exists"


def kick(commands: CommandQueue, execution_id: str, trace_id: str | None) -> None:
    """Have a pending execution begin. Sent by the start and by the publisher under one id, so one of them counts."""
    message = CommandMessage(execution_id=execution_id, command=Advance(cause=1), trace_id=trace_id)
    commands.send(message, deduplication_id="advance:1@1")
