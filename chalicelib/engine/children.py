"""Children and parents: starting a child, having it follow, and telling a parent of an end.

Layer: engine. Performs effects, so all of it may happen twice, or after a crash: a child starts once by its id, whether
this is the first time or not, and whoever is told something knows what it has been told. A child that is to be
cancelled before it exists gets a first commit that says so; a start that comes late finds it, and starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.domain.errors import InvalidRequest, NotFound, VersionConflict, WeftError
from chalicelib.domain.execution.children import Child, ControlChild, Parent, TellParent
from chalicelib.domain.execution.commands import ChildEnded, ChildStarted, FollowParent
from chalicelib.domain.execution.effects import StartChild
from chalicelib.domain.execution.events import Commit, ErrorInfo, Event
from chalicelib.domain.execution.state import State
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.performing import Perform
from chalicelib.engine.start import Resolve, StartExecution, StartRequest
from chalicelib.ports.executions import ExecutionStore
from chalicelib.ports.queues import CommandMessage, CommandQueue
from chalicelib.ports.system import Clock


class Children:
    """Performs what executions want of their children and of their parents."""

    def __init__(
        self,
        start: StartExecution,
        resolve: Resolve,
        store: ExecutionStore,
        loader: StateLoader,
        commands: CommandQueue,
        clock: Clock,
    ) -> None:
        self._start = start
        self._resolve = resolve
        self._store = store
        self._loader = loader
        self._commands = commands
        self._clock = clock

    @property
    def performed(self) -> Mapping[type, Perform]:
        """What performs each type of effect."""
        return {StartChild: self.start, ControlChild: self.control, TellParent: self.tell}

    def start(self, state: State, effect: StartChild) -> None:
        """Start a child of ``state``; what cannot be started has ended as far as its step is concerned.

        Raises what may be over later (``Unavailable``): the effect is then performed again.
        """
        child, parent = effect.child, _parent(state, effect)
        request = StartRequest(
            workflow_id=child.workflow_id,
            version=child.version,
            input=effect.input,
            execution_id=child.execution_id,
            priority=state.priority,
            trace_id=state.trace_id,
            parent=parent,
            depth=state.depth + 1,
            lineage=state.lineage,
        )
        try:
            self._start(request)
        except WeftError as error:
            if error.retryable:
                raise
            if not self._has_begun(child, parent):
                self._refuse(state, effect, error)
                return
        if not child.waits:
            self._send(state, state.execution_id, ChildStarted(run_id=effect.run_id, attempt=effect.attempt))
        elif state.is_paused:  # it was before this child could hear of it
            self.control(state, ControlChild(effect.run_id, effect.attempt, child, "pause"))

    def control(self, state: State, effect: ControlChild) -> None:
        """Have a child of ``state`` follow."""
        reason = f"the execution around it, {state.execution_id}, wants it"
        if effect.action == "cancel" and self._is_kept_from_starting(state, effect, reason):
            return
        follow = FollowParent(parent=_parent(state, effect), action=effect.action, cause=state.commit, reason=reason)
        self._send(state, effect.child.execution_id, follow)

    def tell(self, state: State, effect: TellParent) -> None:
        """Tell the parent of ``state`` how it has ended."""
        parent = effect.parent
        ended = ChildEnded(
            run_id=parent.run_id,
            attempt=parent.attempt,
            state=effect.state,
            output=effect.output,
            error=effect.error,
        )
        self._send(state, parent.execution_id, ended)

    def _has_begun(self, child: Child, parent: Parent) -> bool:
        """Whether the child has been started before, from what is not to be had any more."""
        first = next(iter(self._store.read(child.execution_id)), None)
        return first is not None and first.events[0].details.get("parent") == msgspec.to_builtins(parent)

    def _refuse(self, state: State, effect: StartChild, error: WeftError) -> None:
        details = [msgspec.to_builtins(each) for each in error.findings] if isinstance(error, InvalidRequest) else None
        info = ErrorInfo(code=error.code, message=error.message, details=details or None)
        ended = ChildEnded(run_id=effect.run_id, attempt=effect.attempt, state="refused", error=info)
        self._send(state, state.execution_id, ended)

    def _send(self, state: State, execution_id: str, command: ChildStarted | ChildEnded | FollowParent) -> None:
        """Send once for each commit of ``state``: an execution that ends again tells so again."""
        message = CommandMessage(execution_id=execution_id, command=command, trace_id=state.trace_id)
        self._commands.send(message, deduplication_id=f"{command.command_id}@{state.commit}")

    def _is_kept_from_starting(self, state: State, effect: ControlChild, reason: str) -> bool:
        """Write the first commit of a child that is cancelled; False if it has begun, so that it has one already."""
        child, now = effect.child, self._clock.now()
        created: dict[str, Any] = {
            "workflow_id": child.workflow_id,
            "workflow_version": self._version(child),
            "input": None,
            "parent": msgspec.to_builtins(_parent(state, effect)),
            "depth": state.depth + 1,
        }
        canceled = {"reason": reason, "from_parent": True, "duration_ms": 0}
        commit = Commit(
            execution_id=child.execution_id,
            number=1,
            time=now,
            first_sequence=1,
            command_ids=(f"start:{child.execution_id}",),
            events=(Event("WorkflowCreated", None, created), Event("WorkflowCanceled", None, canceled)),
        )
        try:
            self._store.append(commit, expires_at=self._loader.expires_at(now))
        except VersionConflict:
            return False
        return True

    def _version(self, child: Child) -> str:
        try:
            return self._resolve(child.workflow_id, child.version).definition.version
        except NotFound:
            return child.version or ""


def _parent(state: State, effect: StartChild | ControlChild) -> Parent:
    """What a child is told of where it comes from."""
    return Parent(
        execution_id=state.execution_id,
        run_id=effect.run_id,
        attempt=effect.attempt,
        waits=effect.child.waits,
    )
