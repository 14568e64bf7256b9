"""Compensating: an execution that failed, timed out or was cancelled takes back what it has finished.

Layer: domain. Works on a ``Draft``. The way, each stage read from the state alone, so that a crash changes nothing::

    settling      cancelled attempts that may still succeed are awaited (``State.strays``), at most to their timeouts
    compensating  the run finished last is compensated, then the one before it, and so on (``State.finished``)
    the end       ``WorkflowFailed``, ``WorkflowTimedOut`` or ``WorkflowCanceled``, with what was compensated

A compensation is a run like any other, only that nothing follows its end. A run leaves ``finished`` when its
compensation starts, so none is compensated twice; one whose compensation fails stays as it is.
"""

from __future__ import annotations

from chalicelib.domain.execution import ending, flow
from chalicelib.domain.execution.commands import CompleteTask, FailTask
from chalicelib.domain.execution.compensation_fold import ending_of
from chalicelib.domain.execution.draft import Draft, Origin
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import Stray


def go_on(draft: Draft) -> None:
    """Do what can be done now of an ending; nothing for an execution that is not ending."""
    while draft.state.is_ending and not draft.state.runs:
        _record_outcome(draft)
        if draft.state.strays or draft.state.is_paused:
            return
        if not draft.state.finished:
            known = ending_of(draft.state)
            ending.finish(draft, known.cause, known.details)
            return
        _begin_next(draft)


def take_late_outcome(draft: Draft, stray: Stray, command: CompleteTask | FailTask) -> None:
    """The attempt of a cancelled run has ended. A success counts, whatever its postconditions would have said."""
    run = stray.run
    started_at = min(max(command.started_at, run.scheduled_at), draft.now)
    known = {"attempt": run.attempt, "started_at": timestamp(started_at), "node": command.node, "late": True}
    if isinstance(command, FailTask):
        draft.emit("StepFailed", run.run_id, error=command.error.to_dict(), attempts=run.attempt, **known)
        return
    step = draft.program.graph.step(run.step_id)
    draft.emit(
        "StepCompleted",
        run.run_id,
        output=command.output,
        output_mapping=getattr(step.step_type, "output_mapping", None),
        kept=draft.program.keeps(step.id) or None,
        duration_ms=round((draft.now - started_at).total_seconds() * 1000),
        **known,
    )


def give_up_late(draft: Draft) -> None:
    """Stop waiting for attempts whose time is over: they have failed."""
    if not draft.state.is_ending:
        return
    for stray in list(draft.state.strays.values()):
        if stray.until <= draft.now:
            message = f"attempt {stray.run.attempt} of step {stray.run.step_id!r} gave no outcome in time"
            _fail_late(draft, stray, ErrorInfo(code="Timeout", message=message))


def abandon(draft: Draft, error: ErrorInfo) -> None:
    """What is being waited for cannot be decided: it counts as failed, and the ending goes on."""
    for stray in list(draft.state.strays.values()):
        _fail_late(draft, stray, error)
    ending.fail_compensation(draft, error)


def _fail_late(draft: Draft, stray: Stray, error: ErrorInfo) -> None:
    if error.code == "Timeout":
        draft.emit("StepTimedOut", stray.run.run_id, attempt=stray.run.attempt)
    draft.emit("StepFailed", stray.run.run_id, error=error.to_dict(), attempts=stray.run.attempt, late=True)


def _record_outcome(draft: Draft) -> None:
    """Every run of a compensation has ended: what has become of it?"""
    known = ending_of(draft.state)
    if known.current is None or known.run_id is None:
        return
    latest = draft.state.latest[known.run_id.rpartition("#")[0]]
    compensates = known.current.run_id
    if latest.error is not None:
        draft.emit("CompensationFailed", known.run_id, compensates=compensates, error=latest.error.to_dict())
    else:
        skipped = latest.state == "skipped" or None
        draft.emit("CompensationCompleted", known.run_id, compensates=compensates, skipped=skipped)


def _begin_next(draft: Draft) -> None:
    """Compensate what was finished last. A commit that is full leaves it to the next."""
    run = draft.state.finished[-1]
    step_id = str(draft.program.graph.step(run.step_id).compensation_step_id)
    draft.origin = Origin(run.run_id, None)
    run_id = flow.next_run_id(draft, step_id)
    draft.emit("CompensationStarted", run_id, compensates=run.run_id)
    if draft.is_full:
        draft.emit("StepScheduled", run_id, state="pending", **draft.begins())
        return
    flow.begin_run(draft, run_id)
    flow.proceed(draft)
