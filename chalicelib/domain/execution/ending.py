"""How an execution ends: completed, partially failed, failed, timed out, or cancelled.

Layer: domain. Works on a ``Draft``. Whatever is still open when it ends is cancelled first, each with the cause. If
there is something to compensate, that comes before the last event; see ``compensation``.
"""

from __future__ import annotations

from typing import Any, Final

from chalicelib.domain.definitions.types import check_value
from chalicelib.domain.execution.compensation_fold import live_strays, summary_of
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.recorder import Recorder


def complete_if_idle(draft: Draft) -> None:
    """Complete when no path is active and an end was reached."""
    state = draft.state
    if state.runs or draft.ready or state.arrivals:
        return
    if state.status in ("pending", "paused") or state.is_terminal or state.is_ending:
        return
    output_type = draft.program.definition.output_type
    findings = [] if output_type is None else check_value(output_type, state.output, root="$.output")
    if findings:
        message = "; ".join(finding.message for finding in findings)
        details = [{"pointer": finding.pointer, "message": finding.message} for finding in findings]
        fail(draft, ErrorInfo(code="InvalidOutput", message=message, details=details))
        return
    status = "partially_failed" if state.partially_failed else "completed"
    draft.emit("WorkflowCompleted", state=status, output=state.output, duration_ms=_duration_ms(draft))


def fail(draft: Recorder, error: ErrorInfo, *, failed_step_id: str | None = None) -> None:
    """Fail the execution; during a compensation, fail that."""
    if draft.state.is_ending:
        fail_compensation(draft, error)
        return
    details = {"error": error.to_dict(), "failed_step_id": failed_step_id, "interrupted": _paths(draft) or None}
    _end(draft, "failed", f"the execution failed: {error.code}", details)


def time_out(draft: Recorder) -> None:
    """The execution's own deadline has passed."""
    error = ErrorInfo(code="Timeout", message="the execution did not end before its deadline")
    _end(draft, "timed_out", "the execution timed out", {"error": error.to_dict()})


def cancel(recorder: Recorder, *, reason: str | None, by: str | None = None, from_parent: bool | None = None) -> None:
    """End as cancelled, because somebody asked for it, or the parent execution wants it."""
    details = {"reason": reason, "by": by, "from_parent": from_parent}
    _end(recorder, "canceled", "the execution was cancelled", details)


def give_up(recorder: Recorder, error: ErrorInfo) -> None:
    """End at once, without the definition and so without compensating; an ending keeps the cause that it had."""
    known = recorder.state.ending
    if known is None:
        fail(recorder, error)
        return
    _cancel_open(recorder, f"the execution was given up: {error.code}")
    finish(recorder, known.cause, known.details)


def finish(recorder: Recorder, cause: str, details: dict[str, Any]) -> None:
    """Record the end, with what was compensated."""
    summary = summary_of(recorder.state)
    recorder.emit(_EVENTS[cause], **details, compensation=summary, duration_ms=_duration_ms(recorder))


def fail_compensation(draft: Recorder, error: ErrorInfo) -> None:
    """What runs to compensate cannot go on: it has failed, and the next has its turn. Nothing to fail otherwise."""
    ending = draft.state.ending
    if ending is None or ending.run_id is None:
        return
    for run_id in [run_id for run_id in draft.state.runs if run_id != ending.run_id]:
        draft.emit("StepCanceled", run_id, reason=f"the compensation failed: {error.code}")
    if ending.run_id in draft.state.runs:
        draft.emit("StepFailed", ending.run_id, error=error.to_dict())


def _paths(recorder: Recorder) -> list[list[str | None]]:
    """The paths that a failure cuts short: the step that each stands at, and the run that led there."""
    paths: list[list[str | None]] = [
        [run.step_id, run.came_from] for run in recorder.state.runs.values() if run.region is None
    ]
    if isinstance(recorder, Draft):  # those whose turn had come, but for what the failing run itself led to
        mine = recorder.origin.run_id
        paths += [[name, at.run_id] for name, at in recorder.ready if at.region is None and at.run_id != mine]
    return paths


def _cancel_open(recorder: Recorder, reason: str) -> None:
    for run_id in list(recorder.state.runs):
        recorder.emit("StepCanceled", run_id, reason=reason)


def _end(recorder: Recorder, cause: str, reason: str, details: dict[str, Any]) -> None:
    """Cancel what is open; then end, or begin to compensate what is finished and what may still succeed.

    An execution ends once: a parent that wants it cancelled while it is ending has its way already.
    """
    if recorder.state.is_ending:
        return
    _cancel_open(recorder, reason)
    known = {name: value for name, value in details.items() if value is not None}
    if not isinstance(recorder, Draft):
        finish(recorder, cause, known)
        return
    recorder.ready.clear()
    awaits = list(live_strays(recorder.state, recorder.number, recorder.now))
    wanted = cause != "canceled" or recorder.program.definition.compensate_on_cancel
    if wanted and (awaits or recorder.state.finished):
        recorder.emit("CompensationStarted", cause=cause, awaits=awaits or None, **known)
        return
    finish(recorder, cause, known)


_EVENTS: Final = {"failed": "WorkflowFailed", "timed_out": "WorkflowTimedOut", "canceled": "WorkflowCanceled"}


def _duration_ms(draft: Recorder) -> int:
    began = draft.state.started_at or draft.state.created_at
    return round((draft.now - began).total_seconds() * 1000)
