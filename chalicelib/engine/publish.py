"""Publishing commits: what went by in the stream becomes rows to list and is told to others; lost starts are made good.

Layer: engine. Commits of one execution come in order, at least once. A row is written only for a commit that changes
what it shows, under the condition that it is newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.evolve import fold
from chalicelib.domain.execution.state import State
from chalicelib.engine.inbox import Inbox
from chalicelib.engine.live import Live
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.outbound import Outbound
from chalicelib.engine.start import kick
from chalicelib.ports.executions import ExecutionStore, Summary, SummaryStore
from chalicelib.ports.queues import CommandQueue

_SHOWN: Final = frozenset(
    {
        "WorkflowCreated",
        "WorkflowStarted",
        "WorkflowCompleted",
        "WorkflowFailed",
        "WorkflowCanceled",
        "WorkflowPaused",
        "WorkflowResumed",
        "WorkflowTimedOut",
        "SignalReceived",
        "HumanTaskCreated",
        "HumanInterventionSubmitted",
        "HumanInterventionTimedOut",
        "StepTimedOut",
    }
)


class Publish:
    """Projects commits, and kicks what has only its first."""

    def __init__(
        self,
        store: ExecutionStore,
        summaries: SummaryStore,
        loader: StateLoader,
        commands: CommandQueue,
        outbound: Outbound,
        inbox: Inbox,
        live: Live,
    ) -> None:
        self._store = store
        self._summaries = summaries
        self._loader = loader
        self._commands = commands
        self._outbound = outbound
        self._inbox = inbox
        self._live = live

    def handle(self, execution_id: str, commits: Sequence[Commit]) -> None:
        """Publish commits of one execution, in order. Raises what the stores and the queue raise."""
        first = commits[0]
        if first.number == 1:
            kick(self._commands, execution_id, first.events[0].details.get("trace_id"))
        self._inbox.project(execution_id, commits, self._state_at)
        shown = [commit for commit in commits if any(_is_shown(event) for event in commit.events)]
        state = self._state_after(execution_id, commits, shown)
        if shown and state is not None:
            self._summaries.project(to_summary(state), expires_at=self._loader.expires_at(state.created_at))
        # Rows first: who begins to watch a workflow is sent them, and is told of what is not yet in them.
        self._live.tell(execution_id, commits, lambda: self._workflow_of(execution_id, commits, state))
        self._outbound.tell(execution_id, commits, state)

    def _workflow_of(self, execution_id: str, commits: Sequence[Commit], state: State | None) -> str | None:
        versions = self._outbound.versions_of(execution_id, commits, state)
        return None if versions is None else versions[0]

    def _state_after(self, execution_id: str, commits: Sequence[Commit], shown: Sequence[Commit]) -> State | None:
        """The state that the commits lead to, as far as anybody needs it."""
        if commits[0].number == 1:
            return fold(commits)
        return self._state_at(execution_id, shown[-1].number) if shown else None

    def _state_at(self, execution_id: str, number: int) -> State | None:
        state = self._loader.load(execution_id)
        if state is None or state.commit >= number:
            return state
        commits = self._store.read(execution_id)  # the store is behind its own stream: fold what it has
        return fold(commits)


def _is_shown(event: Event) -> bool:
    """Whether the event may change the row: the execution's own events, and those of its waiting."""
    if event.type == "CompensationStarted":
        return event.run_id is None
    return event.type in _SHOWN or "event_name" in event.details


def to_summary(state: State) -> Summary:
    """The row that shows ``state``."""
    duration_ms = None
    if state.completed_at is not None:
        began = state.started_at or state.created_at
        duration_ms = round((state.completed_at - began).total_seconds() * 1000)
    return Summary(
        execution_id=state.execution_id,
        workflow_id=state.workflow_id,
        workflow_version=state.workflow_version,
        workflow_name=state.workflow_name,
        state=state.status,
        created_at=state.created_at,
        commit_number=state.commit,
        priority=state.priority,
        started_at=state.started_at,
        completed_at=state.completed_at,
        duration_ms=duration_ms,
        error=state.error,
        tags=state.tags,
    )
