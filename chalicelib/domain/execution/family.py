"""What a parent does when it hears of a child, and a child when it hears of its parent.

Layer: domain. Works on a ``Draft``. A child's own pause is nobody's business but its own: the parent goes on waiting,
up to its timeout. A parent's pause is one of its children, and its resume ends those pauses, but not one that somebody
asked of the child itself.
"""

from __future__ import annotations

from chalicelib.domain.execution import control, ending, failure, flow
from chalicelib.domain.execution.children import Child
from chalicelib.domain.execution.commands import ChildEnded, ChildStarted, FollowParent
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo


def take_outcome(draft: Draft, command: ChildStarted | ChildEnded) -> None:
    """A child has begun or ended. Of one that its step does not wait for any more, nothing follows."""
    if not draft.state.is_open(command.run_id, command.attempt):
        return
    run_id, child = command.run_id, draft.state.runs[command.run_id].child
    if child is None:
        return
    if isinstance(command, ChildStarted):
        if not child.waits:
            output = {"execution_id": child.execution_id, "workflow_id": child.workflow_id}
            flow.complete_run(draft, run_id, output)
        return
    draft.ended_children.add(child.execution_id)
    if command.state in ("completed", "partially_failed"):
        flow.complete_run(draft, run_id, command.output)
    else:
        failure.fail_run(draft, run_id, _failed(child, command), retryable=_may_pass(command))


def _may_pass(command: ChildEnded) -> bool:
    """Whether another child might fare better: not one that cannot be started, here or at any depth below."""
    error = None if command.error is None else command.error.to_dict()
    while error is not None and error["code"] == "SubWorkflowFailed":
        below = error.get("details") or {}
        if below.get("state") == "refused":
            return False
        error = below.get("error")
    return command.state != "refused" and (error is None or error["code"] != "LimitExceeded")


def _failed(child: Child, command: ChildEnded) -> ErrorInfo:
    """The error of a step whose child did not complete."""
    cause = command.error or ErrorInfo(code="EngineError", message="it gave no reason")
    details = {
        "execution_id": child.execution_id,
        "workflow_id": child.workflow_id,
        "state": command.state,
        "error": cause.to_dict(),
    }
    what = f"the execution {child.execution_id!r} of workflow {child.workflow_id!r} ended {command.state}"
    if command.state == "refused":
        what = f"the workflow {child.workflow_id!r} could not be started"
    return ErrorInfo(code="SubWorkflowFailed", message=f"{what}: {cause.message}", details=details)


def follow(draft: Draft, command: FollowParent) -> None:
    """Do what the parent wants, unless it has wanted something else since.

    An execution that somebody else started under the id of a child is no child, and does not follow.
    """
    state = draft.state
    if state.parent != command.parent:
        return
    if command.action == "cancel":
        ending.cancel(draft, reason=command.reason, from_parent=True)
        return
    pauses = command.action == "pause"
    if command.cause <= state.followed or (pauses and state.paused_by_parent):
        return
    if pauses and not state.is_paused:
        control.pause(draft, reason=command.reason, parent_commit=command.cause)
    elif state.paused_by_parent:
        control.resume(draft, reason=command.reason, parent_commit=command.cause)
    else:
        _refuse(draft, command)


def _refuse(draft: Draft, command: FollowParent) -> None:
    """Recorded, so that what the parent wanted before and comes late is known to be old."""
    what = "is paused already, and stays so" if command.action == "pause" else "is not paused by its parent"
    draft.emit(
        "RequestRefused",
        request=command.action.capitalize(),
        request_id=command.command_id,
        code="InvalidState",
        message=f"the execution {what}",
        parent_commit=command.cause,
    )
