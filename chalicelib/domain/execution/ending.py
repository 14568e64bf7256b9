"""How an execution ends: completed, partially failed, failed, or timed out.

Layer: domain. Works on a ``Draft``. Whatever is still open when it ends is cancelled first, each with the cause.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.types import check_value
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.recorder import Recorder


def complete_if_idle(draft: Draft) -> None:
    """Complete when no path is active and an end was reached."""
    state = draft.state
    if state.is_terminal or state.is_paused or state.runs or draft.ready or state.status == "pending":
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
    """Fail the execution at once."""
    _cancel_open(draft, f"the execution failed: {error.code}")
    details: dict[str, Any] = {"error": error.to_dict(), "failed_step_id": failed_step_id}
    draft.emit("WorkflowFailed", **details, duration_ms=_duration_ms(draft))


def time_out(draft: Recorder) -> None:
    """The execution's own deadline has passed."""
    _cancel_open(draft, "the execution timed out")
    error = ErrorInfo(code="Timeout", message="the execution did not end before its deadline")
    draft.emit("WorkflowTimedOut", error=error.to_dict(), duration_ms=_duration_ms(draft))


def cancel(recorder: Recorder, *, reason: str | None, by: str | None = None, from_parent: bool | None = None) -> None:
    """End as cancelled, because somebody asked for it, or the parent execution wants it."""
    _cancel_open(recorder, "the execution was cancelled")
    duration_ms = _duration_ms(recorder)
    recorder.emit("WorkflowCanceled", reason=reason, by=by, from_parent=from_parent, duration_ms=duration_ms)


def _cancel_open(draft: Recorder, reason: str) -> None:
    for run_id in list(draft.state.runs):
        draft.emit("StepCanceled", run_id, reason=reason)


def _duration_ms(draft: Recorder) -> int:
    began = draft.state.started_at or draft.state.created_at
    return round((draft.now - began).total_seconds() * 1000)
