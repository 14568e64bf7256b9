"""The fold: state and event give the next state.

Layer: domain. Pure. An event written by any earlier version must fold here for ever: its old forms are upcast on
reading, before they come to this module. ``EVOLVE_VERSION`` is part of every snapshot; raise it when the shape or
the meaning of ``State`` changes, and older snapshots are folded anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain.execution.assign import assign, assignments
from chalicelib.domain.execution.events import Commit, ErrorInfo, Event
from chalicelib.domain.execution.state import RECENT_COMMANDS, LatestRun, State, StepRun

EVOLVE_VERSION: Final = 1


def fold(commits: Iterable[Commit], state: State | None = None) -> State | None:
    """Fold whole commits, from nothing or from ``state``. Gives None only for no commits and no state."""
    for commit in commits:
        state = evolve_commit(state, commit)
    return state


def evolve_commit(state: State | None, commit: Commit) -> State:
    """The state after ``commit``; ``state`` is left as it was."""
    current = begin(commit.execution_id, commit.events[0], commit.time) if state is None else state.copy()
    for event in commit.events:
        apply(current, event, commit.number, commit.time)
    seal(current, commit.number, commit.time, commit.command_ids)
    return current


def evolve(state: State, event: Event, *, commit: int, time: datetime) -> State:
    """The state after one event of commit number ``commit``; ``state`` is left as it was."""
    changed = state.copy()
    apply(changed, event, commit, time)
    return changed


def begin(execution_id: str, created: Event, time: datetime) -> State:
    """The state before its first event."""
    details = created.details
    return State(
        execution_id=execution_id,
        workflow_id=details["workflow_id"],
        workflow_version=details["workflow_version"],
        created_at=time,
    )


def apply(state: State, event: Event, commit: int, time: datetime) -> None:
    """Change ``state``, a copy of the caller's own, by one event."""
    state.sequence += 1
    handler = _HANDLERS.get(event.type)
    if handler is not None:
        handler(state, event, commit, time)


def seal(state: State, commit: int, time: datetime, command_ids: Iterable[str]) -> None:
    """Close a commit: its number, the commands it answers, and the wake-up it needs.

    One wake-up is under way at a time. It counts as under way until its instant has passed or its own command has
    been answered; an earlier deadline needs a new one. The old one then finds nothing due, and is harmless.
    """
    state.commit = commit
    for command_id in command_ids:
        state.recent[command_id] = commit
        if command_id.startswith("wake:"):
            state.armed_at = None
    while len(state.recent) > RECENT_COMMANDS:
        del state.recent[next(iter(state.recent))]
    earliest = state.earliest_deadline()
    armed = state.armed_at if state.armed_at is not None and state.armed_at > time else None
    if earliest is not None and (armed is None or earliest < armed):
        state.armed_at, state.armed_in = earliest, commit


# --- one function an event type; those not listed change nothing but the sequence -------------------------------------


def _workflow_created(state: State, event: Event, commit: int, time: datetime) -> None:
    details = event.details
    state.workflow_name = details.get("workflow_name")
    state.input = details.get("input")
    state.priority = details.get("priority", "medium")
    state.deadline = _instant(details.get("deadline"))
    state.trace_id = details.get("trace_id")
    state.metadata = details.get("metadata", {})
    state.tags = details.get("tags", {})


def _workflow_started(state: State, event: Event, commit: int, time: datetime) -> None:
    state.status = "running"
    state.started_at = time
    state.deadline = _instant(event.details.get("deadline")) or state.deadline


def _workflow_completed(state: State, event: Event, commit: int, time: datetime) -> None:
    state.status = event.details["state"]
    state.output = event.details.get("output")
    state.completed_at = time


def _workflow_ended(status: str) -> Callable[[State, Event, int, datetime], None]:
    def ended(state: State, event: Event, commit: int, time: datetime) -> None:
        state.status = status
        state.error = _error(event.details.get("error"))
        state.completed_at = time
        state.runs.clear()

    return ended


def _step_scheduled(state: State, event: Event, commit: int, time: datetime) -> None:
    details, run_id = event.details, _run_id(event)
    before = state.runs.get(run_id)
    if before is None:
        _count(state, run_id)
        before = StepRun(run_id=run_id, state="scheduled", cause=commit, scheduled_at=time)
    state.runs[run_id] = msgspec.structs.replace(
        before,
        state="pending" if details.get("pending") else "scheduled",
        attempt=details.get("attempt", 1),
        cause=commit,
        mapped=before.mapped or "input" in details,
        input=details.get("input", before.input),
        activity_type=details.get("activity_type", before.activity_type),
        priority=details.get("priority", state.priority if before.activity_type is None else before.priority),
        inline=details.get("inline", before.inline),
        timeout_at=_instant(details.get("timeout_at")),
        due_at=None,
    )


def _step_started(state: State, event: Event, commit: int, time: datetime) -> None:
    details, run_id = event.details, _run_id(event)
    run = state.runs.get(run_id)
    if run is None:
        _count(state, run_id)
        run = StepRun(run_id=run_id, state="running", cause=commit, scheduled_at=time)
    state.runs[run_id] = msgspec.structs.replace(
        run,
        state="running",
        started_at=_instant(details.get("started_at")) or time,
        mapped=run.mapped or "input" in details,
        input=details.get("input", run.input),
    )


def _step_completed(state: State, event: Event, commit: int, time: datetime) -> None:
    details = event.details
    output = details.get("output")
    _end_run(state, event, "completed", commit, output=output)
    if "output_mapping" in details:
        writes = assignments(output, details["output_mapping"])
        state.variables, state.output = assign(state.variables, state.output, writes)
    if "writes" in details:
        state.variables, state.output = assign(state.variables, state.output, details["writes"])
    if details.get("reached_end"):
        state.reached_end = True


def _step_failed(state: State, event: Event, commit: int, time: datetime) -> None:
    _end_run(state, event, "failed", commit, error=_error(event.details.get("error")))
    if event.details.get("continued"):
        state.partially_failed = True


def _step_skipped(state: State, event: Event, commit: int, time: datetime) -> None:
    output = {"skipped": True, "reason": event.details.get("reason")}
    _end_run(state, event, "skipped", commit, output=output)


def _step_canceled(state: State, event: Event, commit: int, time: datetime) -> None:
    _end_run(state, event, "canceled", commit)


def _step_retried(state: State, event: Event, commit: int, time: datetime) -> None:
    run = state.runs[_run_id(event)]
    lost = bool(event.details.get("lost"))
    state.runs[run.run_id] = msgspec.structs.replace(
        run,
        state="scheduled",
        started_at=None,
        timeout_at=None,
        due_at=_instant(event.details["next_retry_at"]),
        failures=run.failures + (not lost),
        losses=run.losses + lost,
    )


def _variable_set(state: State, event: Event, commit: int, time: datetime) -> None:
    state.variables, state.output = assign(state.variables, state.output, event.details["writes"])


_HANDLERS: Final[dict[str, Callable[[State, Event, int, datetime], None]]] = {
    "WorkflowCreated": _workflow_created,
    "WorkflowStarted": _workflow_started,
    "WorkflowCompleted": _workflow_completed,
    "WorkflowFailed": _workflow_ended("failed"),
    "WorkflowCanceled": _workflow_ended("canceled"),
    "WorkflowTimedOut": _workflow_ended("timed_out"),
    "StepScheduled": _step_scheduled,
    "StepStarted": _step_started,
    "StepCompleted": _step_completed,
    "StepFailed": _step_failed,
    "StepSkipped": _step_skipped,
    "StepCanceled": _step_canceled,
    "StepRetried": _step_retried,
    "VariableSet": _variable_set,
}


def _end_run(
    state: State, event: Event, status: str, commit: int, *, output: Any = None, error: ErrorInfo | None = None
) -> None:
    run_id = _run_id(event)
    run = state.runs.pop(run_id, None)
    if run is None:
        _count(state, run_id)
    kept = bool(event.details.get("kept"))
    state.latest[run_id.rpartition("#")[0]] = LatestRun(
        run_id=run_id,
        state=status,
        commit=commit,
        kept=kept,
        output=output if kept else None,
        mapped=run is not None and run.mapped,
        input=run.input if kept and run is not None else None,
        error=error,
    )


def _count(state: State, run_id: str) -> None:
    step_id, _, number = run_id.rpartition("#")
    state.counts[step_id] = int(number)
    state.step_runs += 1


def _run_id(event: Event) -> str:
    if event.run_id is None:
        message = f"a {event.type} event without a run id"
        raise ValueError(message)
    return event.run_id


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _error(given: dict[str, Any] | None) -> ErrorInfo | None:
    return None if given is None else msgspec.convert(given, ErrorInfo)
