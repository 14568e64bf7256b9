"""What is to be done outside: what a state still wants (``outstanding``), and what events ask for once (``announced``).

Layer: domain. Both are derived from what is committed, so after a crash the same effects are found again: those whose
cause is a commit not before ``since``, and those of the events committed since. Performing one twice is harmless: its
receiver knows it by (execution, run, attempt).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.execution import listening
from chalicelib.domain.execution.children import Child, ControlChild, TellParent, abandoned, told
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.state import State, StepRun
from chalicelib.domain.execution.tasks import Task


class Dispatch(msgspec.Struct, frozen=True):
    """Put ``task`` on the queue of its priority."""

    task: Task


class Offer(msgspec.Struct, frozen=True):
    """Have ``task`` taken by a worker that polls its task list. Its place there is that of its run, ``since`` then."""

    task: Task
    since: datetime


class Withdraw(msgspec.Struct, frozen=True):
    """Nobody need take the task any more that was offered by the same words."""

    task: Task
    since: datetime


class RunInline(msgspec.Struct, frozen=True):
    """Run ``task`` in the decider itself, after everything else of the batch is decided."""

    task: Task


class Continue(msgspec.Struct, frozen=True):
    """Runs are pending: decide ``Advance`` with this ``cause`` next."""

    cause: int


class Arm(msgspec.Struct, frozen=True):
    """Wake the execution at ``at``."""

    at: datetime


class Listen(msgspec.Struct, frozen=True):
    """``listener`` (a run id, or ``handler:<id>``) waits for events of this name from ``since`` on.

    With a ``correlation`` for those alone that have the same one, else for any.
    """

    listener: str
    event_name: str
    correlation: str | None
    since: datetime


class Unlisten(msgspec.Struct, frozen=True):
    """``listener`` waits no more. Not performing it is harmless."""

    listener: str
    event_name: str
    correlation: str | None


class StartChild(msgspec.Struct, frozen=True):
    """Start ``child`` with ``input`` for an attempt of ``run_id``, and tell how that went if it matters."""

    run_id: str
    attempt: int
    child: Child
    input: Any


Effect = (
    Dispatch
    | Offer
    | Withdraw
    | RunInline
    | Continue
    | Arm
    | Listen
    | Unlisten
    | StartChild
    | ControlChild
    | TellParent
)


def outstanding(state: State, *, since: int = 0) -> Iterator[Effect]:
    """Effects that ``state`` wants and that commits from number ``since`` on caused. An ended execution wants none."""
    if state.is_terminal:
        return
    if state.status == "pending":
        yield Continue(state.commit)
    runs = [run for run in state.runs.values() if run.cause >= since]
    goes_on = bool(state.arrivals)
    if state.strays and state.is_ending:
        runs += [stray.run for stray in state.strays.values() if stray.run.cause >= since]
    listens = state.listens_in >= since
    for run in runs:
        goes_on = goes_on or run.state == "pending"
        listens = listens or run.event_name is not None
        work = _work_of(state, run)
        if work is not None:
            yield work
    if goes_on and not state.is_paused:
        yield Continue(state.commit)
    if listens:
        yield from _listens(state, since=since)
    if state.armed_at is not None and state.armed_in >= since:
        yield Arm(state.armed_at)


def _listens(state: State, *, since: int) -> Iterator[Listen]:
    for listener, wanted, published_since in listening.begun(state, since=since):
        yield Listen(listener, wanted.event_name, wanted.correlation, published_since)


def _work_of(state: State, run: StepRun) -> Effect | None:
    """What the open attempt of a run wants done, or of one that was cancelled and whose outcome is awaited."""
    if run.activity_type is not None and (run.is_open or run.run_id in state.strays):
        return _attempt(state, run)
    if run.child is not None and run.is_open and run.run_id in state.runs:
        return StartChild(run.run_id, run.attempt, run.child, run.input if run.mapped else state.input)
    return None


def withdrawn(before: State, after: State) -> Iterator[Withdraw | Unlisten]:
    """What was wanted ``before`` and is not ``after``: tasks on offer, and events to be told.

    It only tidies up: a task that a crash left there is found out by a poll, and an event told in vain is ignored.
    """
    if not (before.listens or before.strays or any(_is_on_offer(run) for run in before.runs.values())):
        return
    for listener, wanted in listening.ended(before, after):
        yield Unlisten(listener, wanted.event_name, wanted.correlation)
    offered = [run for run in before.runs.values() if run.task_list is not None]
    offered += [stray.run for stray in before.strays.values() if stray.run.task_list is not None]
    for run in offered:
        was_wanted = before.wanted(run.run_id, run.attempt) is not None
        if was_wanted and after.wanted(run.run_id, run.attempt) is None:
            yield Withdraw(to_task(before, run), run.scheduled_at)


def _is_on_offer(run: StepRun) -> bool:
    """Whether somebody outside has been told of a run."""
    return run.task_list is not None or run.event_name is not None


def _attempt(state: State, run: StepRun) -> Effect:
    task = to_task(state, run)
    if run.task_list is not None:
        return Offer(task, run.scheduled_at)
    return RunInline(task) if run.inline else Dispatch(task)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def announced(events: Iterable[Event], state: State) -> Iterator[Effect]:
    """Effects that events themselves ask for, whatever became of their execution since; ``state`` is one after them.

    An event's ``errands`` are work whose outcome nobody waits for: ``{id, activity_type, input, priority?,
    deadline?}``, the id being unique in the execution. Children and parents know what they have been told, so telling
    them again is harmless.
    """
    events = [
        event
        for event in events
        if event.type.startswith("Workflow") or "errands" in event.details or "abandons" in event.details
    ]
    if not events:
        return
    yield from abandoned(events)
    types = {event.type for event in events}
    if not types.isdisjoint(("WorkflowPaused", "WorkflowResumed")):
        yield from _followed_by_children(state)
    if "WorkflowResumed" in types and not state.is_terminal:
        # What was too much to keep in the pause is asked for again.
        yield from _listens(state, since=0)
    if state.is_terminal:
        yield from told(state.parent, events)
    for event in events:
        for errand in event.details.get("errands", ()):
            yield Dispatch(_to_errand(state, errand))


def _to_errand(state: State, errand: Mapping[str, Any]) -> Task:
    return Task(
        execution_id=state.execution_id,
        workflow_id=state.workflow_id,
        run_id=errand["id"],
        attempt=1,
        activity_type=errand["activity_type"],
        input=errand.get("input"),
        cause=state.commit,
        priority=errand.get("priority", state.priority),
        deadline=_instant(errand.get("deadline")),
        trace_id=state.trace_id,
        errand=True,
    )


def _followed_by_children(state: State) -> Iterator[ControlChild]:
    """The children that have begun before now are paused or go on, as their parent is and does now."""
    for run in state.runs.values():
        if run.child is not None and run.child.waits and run.cause < state.commit:
            yield ControlChild(run.run_id, run.attempt, run.child, "pause" if state.is_paused else "resume")


def to_task(state: State, run: StepRun) -> Task:
    """The attempt of ``run`` that is open, for a worker."""
    return Task(
        execution_id=state.execution_id,
        workflow_id=state.workflow_id,
        run_id=run.run_id,
        attempt=run.attempt,
        activity_type=run.activity_type or "",
        input=run.input if run.mapped else state.input,
        cause=run.cause,
        priority=run.priority,
        deadline=run.timeout_at,
        task_list=run.task_list,
        heartbeat_seconds=run.heartbeat_seconds,
        trace_id=state.trace_id,
    )
