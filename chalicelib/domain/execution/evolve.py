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

from chalicelib.domain.execution import arrivals_fold, compensation_fold, remembered, scopes, task_folds
from chalicelib.domain.execution.assign import assignments
from chalicelib.domain.execution.children import Parent, to_child
from chalicelib.domain.execution.events import Commit, ErrorInfo, Event
from chalicelib.domain.execution.state import RECENT_COMMANDS, Deferred, State, StepRun

EVOLVE_VERSION: Final = 3
_UNDER_WAY: Final = frozenset({"running", "waiting_for_event", "waiting_for_human_intervention"})
_WAITING: Final = frozenset(
    {"waiting_for_event", "waiting_for_timer", "waiting_for_human_intervention", "waiting_for_confirmation"}
)


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
        elif command_id.startswith("request:"):
            remembered.remember(state, command_id, time)
    if state.requests:
        remembered.forget_old(state, time)
    if state.strays:
        compensation_fold.forget_strays(state, time)
    while len(state.recent) > RECENT_COMMANDS:
        del state.recent[next(iter(state.recent))]
    if state.status in _UNDER_WAY:
        state.status = _status_under_way(state)
    earliest = state.earliest_deadline()
    armed = state.armed_at if state.armed_at is not None and state.armed_at > time else None
    if earliest is not None and (armed is None or earliest < armed):
        state.armed_at, state.armed_in = earliest, commit


def _status_under_way(state: State) -> str:
    """Who or what all open runs wait for. A run that has opened regions waits for the runs in them."""
    states = set()
    for run in state.runs.values():
        if run.begun_regions:
            continue
        if run.state not in _WAITING:
            return "running"
        states.add(run.state)
    if "waiting_for_human_intervention" in states:
        return "waiting_for_human_intervention"
    return "waiting_for_event" if states == {"waiting_for_event"} else "running"


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
    state.lineage = details.get("lineage", 0)
    parent = details.get("parent")
    state.parent = None if parent is None else msgspec.convert(parent, Parent)
    state.depth = details.get("depth", 0)


def _workflow_started(state: State, event: Event, commit: int, time: datetime) -> None:
    state.status = "running"
    state.started_at = time
    state.deadline = _instant(event.details.get("deadline")) or state.deadline
    arrivals_fold.started(state, event, commit)


def _workflow_completed(state: State, event: Event, commit: int, time: datetime) -> None:
    state.status = event.details["state"]
    state.output = event.details.get("output")
    state.completed_at = time
    state.strays.clear()


def _workflow_ended(status: str) -> Callable[[State, Event, int, datetime], None]:
    def ended(state: State, event: Event, commit: int, time: datetime) -> None:
        state.status = status
        state.error = _error(event.details.get("error"))
        state.completed_at = time
        state.runs.clear()
        state.regions.clear()
        state.finished.clear()
        state.strays.clear()
        state.interrupted = [(step_id, came_from) for step_id, came_from in event.details.get("interrupted", ())]

    return ended


def _step_scheduled(state: State, event: Event, commit: int, time: datetime) -> None:
    details, run_id = event.details, scopes.run_id(event)
    before = state.runs.get(run_id)
    if before is None:
        state.runs[run_id] = StepRun(
            run_id=run_id,
            state=details.get("state", "scheduled"),
            cause=commit,
            scheduled_at=time,
            came_from=details.get("came_from"),
            region=scopes.count_run(state, run_id, details),
            attempt=details.get("attempt", 1),
            mapped="input" in details,
            input=details.get("input"),
            activity_type=details.get("activity_type"),
            priority=details.get("priority", state.priority),
            **scopes.attempt_of(details),
        )
        return
    state.runs[run_id] = msgspec.structs.replace(
        before,
        state=details.get("state", "scheduled"),
        attempt=details.get("attempt", 1),
        cause=commit,
        mapped=before.mapped or "input" in details,
        input=details.get("input", before.input),
        activity_type=details.get("activity_type", before.activity_type),
        priority=details.get("priority", state.priority if before.activity_type is None else before.priority),
        inline=details.get("inline", before.inline),
        task_list=details.get("task_list", before.task_list),
        heartbeat_seconds=details.get("heartbeat_timeout", before.heartbeat_seconds),
        node=None,
        heartbeat_by=None,
        started_at=None,
        timeout_at=_instant(details.get("timeout_at")),
        due_at=None,
        child=to_child(details) if "child" in details else before.child,
    )


def _step_started(state: State, event: Event, commit: int, time: datetime) -> None:
    details, run_id = event.details, scopes.run_id(event)
    run = state.runs.get(run_id)
    if run is None:
        run = scopes.begin_run(state, event, "running", commit, time)
    state.runs[run_id] = msgspec.structs.replace(
        run,
        state="waiting_for_event" if "event_name" in details else "running",
        cause=commit if "event_name" in details else run.cause,  # from now on it listens
        started_at=datetime.fromisoformat(details["started_at"]) if "started_at" in details else time,
        mapped=run.mapped or "input" in details,
        input=details.get("input", run.input),
        timeout_at=datetime.fromisoformat(details["timeout_at"]) if "timeout_at" in details else run.timeout_at,
        node=details.get("node", run.node),
        heartbeat_by=datetime.fromisoformat(details["heartbeat_by"]) if "heartbeat_by" in details else None,
        event_name=details.get("event_name"),
        correlation=details.get("correlation"),
        items=details.get("items", run.items),
    )


def _timer_scheduled(state: State, event: Event, commit: int, time: datetime) -> None:
    run = state.runs[scopes.run_id(event)]
    due_at = _instant(event.details["fire_at"])
    state.runs[run.run_id] = msgspec.structs.replace(run, state="waiting_for_timer", due_at=due_at)


def _timer_fired(state: State, event: Event, commit: int, time: datetime) -> None:
    """Of a heartbeat's timer that found its worker alive: when it has to be heard of next. Of a task's: it reminded."""
    if event.details.get("timer_type") == "reminder":
        task_folds.reminded(state, event)
    if "heartbeat_by" in event.details:
        run = state.runs[scopes.run_id(event)]
        state.runs[run.run_id] = msgspec.structs.replace(run, heartbeat_by=_instant(event.details["heartbeat_by"]))


def _step_completed(state: State, event: Event, commit: int, time: datetime) -> None:
    details = event.details
    if details.get("late"):
        compensation_fold.outcome_came_late(state, event, commit)
        return
    output, run = details.get("output"), state.runs.get(scopes.run_id(event))
    region = scopes.end_run(state, event, "completed", commit, output=output)
    if "output_mapping" in details:
        scopes.write(state, region, assignments(output, details["output_mapping"]))
    if "writes" in details:
        scopes.write(state, region, details["writes"])
    if details.get("reached_end"):
        state.reached_end = True
    taken = details.get("took_signal")
    if taken is not None:
        state.signals[taken] = state.signals[taken][1:]
        if not state.signals[taken]:
            del state.signals[taken]
    if run is not None and "compensable" in details:
        compensation_fold.run_completed(state, run, event)
    _follow(state, event, region, result=output)


def _step_failed(state: State, event: Event, commit: int, time: datetime) -> None:
    if event.details.get("late"):
        compensation_fold.outcome_came_late(state, event, commit)
        return
    error = _error(event.details.get("error"))
    region = scopes.end_run(state, event, "failed", commit, output=event.details.get("output"), error=error)
    continued = event.details.get("continued")
    if continued:
        state.partially_failed = True
    _follow(state, event, region, error=None if continued and event.details.get("closes") else error)


def _step_skipped(state: State, event: Event, commit: int, time: datetime) -> None:
    output = {"skipped": True, "reason": event.details.get("reason")}
    region = scopes.end_run(state, event, "skipped", commit, output=output)
    _follow(state, event, region, result=output)


def _step_canceled(state: State, event: Event, commit: int, time: datetime) -> None:
    compensation_fold.run_canceled(state, event, commit)
    scopes.end_run(state, event, "canceled", commit)


def _step_retried(state: State, event: Event, commit: int, time: datetime) -> None:
    run = state.runs.get(scopes.run_id(event))
    if run is None:  # asked for by a person, once the run had failed for good
        return
    lost = bool(event.details.get("lost"))
    state.runs[run.run_id] = msgspec.structs.replace(
        run,
        state="scheduled",
        started_at=None,
        node=None,
        heartbeat_by=None,
        timeout_at=None,
        due_at=_instant(event.details["next_retry_at"]),
        child=None,
        failures=run.failures + (not lost),
        losses=run.losses + lost,
    )


def _signal_received(state: State, event: Event, commit: int, time: datetime) -> None:
    arrivals_fold.signal_received(state, event)


def _event_received(state: State, event: Event, commit: int, time: datetime) -> None:
    arrivals_fold.event_received(state, event, time)


def _paused(state: State, event: Event, commit: int, time: datetime) -> None:
    state.status = "paused"
    state.paused_by_parent = "parent_commit" in event.details
    _follow_parent(state, event, commit, time)


def _resumed(state: State, event: Event, commit: int, time: datetime) -> None:
    """Out of a pause, or out of an ending by a retry or rerun, whose clock then starts anew."""
    for each in state.deferred:
        if each.closes is not None and each.closes in state.regions:
            scopes.close_region(state, each.closes, each.result, each.error)
    state.deferred.clear()
    if state.is_terminal:
        arrivals_fold.revived(state, commit, time)
        state.attempt += 1
        state.error = state.completed_at = None
        state.interrupted = []
        state.reached_end = state.partially_failed = False
        state.ending = None
        state.deadline = _instant(event.details.get("deadline"))
    state.status = "running"
    state.paused_by_parent = False
    _follow_parent(state, event, commit, time)


def _follow_parent(state: State, event: Event, commit: int, time: datetime) -> None:
    """What the parent wanted at one of its commits has been done or refused: older wishes count no more."""
    state.followed = max(state.followed, event.details.get("parent_commit", 0))


def _variable_set(state: State, event: Event, commit: int, time: datetime) -> None:
    scopes.write(state, event.details.get("region"), event.details["writes"])


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
    "TimerScheduled": _timer_scheduled,
    "TimerFired": _timer_fired,
    "HumanTaskCreated": task_folds.human_task_created,
    "HumanTaskEscalated": task_folds.human_task_escalated,
    "SignalReceived": _signal_received,
    "ExternalEventReceived": _event_received,
    "WorkflowPaused": _paused,
    "WorkflowResumed": _resumed,
    "RequestRefused": _follow_parent,
    "CompensationStarted": compensation_fold.compensation_started,
    "CompensationCompleted": compensation_fold.compensation_completed,
    "CompensationFailed": compensation_fold.compensation_failed,
}


def _follow(
    state: State, event: Event, region: str | None, *, result: Any = None, error: ErrorInfo | None = None
) -> None:
    """What follows the end of a run: its region closes with it, or, during a pause, all of it waits for the resume."""
    closes = region if event.details.get("closes") else None
    if state.ending is not None and state.stands_alone(scopes.run_id(event)):
        return
    if state.status == "paused":
        to = event.details.get("to")
        state.deferred.append(
            Deferred(run_id=scopes.run_id(event), result=result, to=to, error=error, region=region, closes=closes)
        )
    elif closes is not None and closes in state.regions:
        scopes.close_region(state, closes, result, error)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _error(given: dict[str, Any] | None) -> ErrorInfo | None:
    return None if given is None else msgspec.convert(given, ErrorInfo)
