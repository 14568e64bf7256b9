"""Answering human tasks: who may, with what, and what the step's result is then.

Layer: domain. Works on a ``Draft``. The first valid answer ends the run, so there is no task left for a second one.
"""

from __future__ import annotations

from typing import Any, Final, cast

from chalicelib.domain.definitions.findings import brief, error, nearest
from chalicelib.domain.definitions.model import HumanAction, HumanInterventionPoint
from chalicelib.domain.execution import failure, flow
from chalicelib.domain.execution.commands import SubmitHuman
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.forms import check_form
from chalicelib.domain.execution.human_tasks import HumanTask
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.refusals import Refused
from chalicelib.domain.execution.state import StepRun

SYSTEM: Final = "system"
"""Who answers when nobody does in time."""
_APPROVE: Final = HumanAction(type="approve")
_REJECT: Final = HumanAction(type="reject")


def submit(draft: Draft, run: StepRun, request: SubmitHuman) -> None:
    """Take an answer to the open task that ``run`` is. Raises ``Refused``: ``NotPermitted``, ``InvalidSubmission``."""
    point = draft.program.point_of(run.step_id)
    _must_be_permitted(cast(HumanTask, run.human), request)
    action = _chosen(point, request)
    checked = check_form(action, request.data, draft.now)
    if checked.findings:
        message = "; ".join(finding.message for finding in checked.findings)
        raise Refused("InvalidSubmission", message, checked.findings)
    reason = request.reason or (action.reason if action.type == "reject" else None)
    draft.emit(
        "HumanInterventionSubmitted",
        run.run_id,
        action=action.type,
        custom_action_id=action.id,
        user=request.by,
        reason=reason,
        comments=request.comments,
        data=checked.data,
        request_id=request.id,
    )
    output = _output(draft, action, request.by, comments=request.comments, data=checked.data, reason=reason)
    if action.type == "reject":
        reject(draft, run, point, output)
    else:
        flow.complete_run(draft, run.run_id, output)


def auto_approve(draft: Draft, run: StepRun) -> None:
    """Nobody has answered in time, which counts as a yes."""
    reason = "the deadline has passed"
    output = {**_output(draft, _APPROVE, SYSTEM, reason=reason), "auto_approved": True}
    flow.complete_run(draft, run.run_id, output)


def auto_reject(draft: Draft, run: StepRun, point: HumanInterventionPoint, reason: str | None) -> None:
    """Nobody has answered in time, which counts as a no."""
    output = _output(draft, _REJECT, SYSTEM, reason=reason or "the deadline has passed")
    reject(draft, run, point, {**output, "auto_rejected": True})


def reject(draft: Draft, run: StepRun, point: HumanInterventionPoint, output: dict[str, Any]) -> None:
    """Fail the step with ``Rejected``; its output says who, when and why all the same."""
    who, reason = output["user"] or "somebody", output.get("reason")
    message = f"{who} rejected {point.name!r}" + (f": {reason}" if reason else "")
    details = {name: output[name] for name in ("user", "reason", "comments", "auto_rejected") if output.get(name)}
    error_info = ErrorInfo(code="Rejected", message=message, details=details)
    failure.fail_run(draft, run.run_id, error_info, retryable=False, output=output)


def _output(
    draft: Draft,
    action: HumanAction,
    user: str | None,
    *,
    comments: str | None = None,
    data: Any = None,
    reason: str | None,
) -> dict[str, Any]:
    """``action`` in it is the type, or the id of a custom one, which approves nothing by itself."""
    return {
        "action": action.id if action.type == "custom" else action.type,
        "approved": action.type in ("approve", "modify_data"),
        **({"modified": True} if action.type == "modify_data" else {}),
        "user": user,
        "timestamp": timestamp(draft.now),
        "comments": comments,
        "data": data,
        **({} if reason is None else {"reason": reason}),
    }


def _must_be_permitted(task: HumanTask, request: SubmitHuman) -> None:
    if request.groups is None or not task.user_groups or set(request.groups) & set(task.user_groups):
        return
    groups = ", ".join(task.user_groups)
    raise Refused("NotPermitted", f"only a member of {groups} may answer this task")


def _chosen(point: HumanInterventionPoint, request: SubmitHuman) -> HumanAction:
    """The allowed action that a request names: by its type, or a custom one by its id."""
    types: dict[str, HumanAction] = {action.type: action for action in point.allowed_actions if action.type != "custom"}
    custom = {str(action.id): action for action in point.allowed_actions if action.type == "custom"}
    if request.action == "custom":
        name, pointer, known = request.custom_action_id or "", "/custom_action_id", custom
    else:
        name, pointer, known = request.action, "/action", {**custom, **types}
    if name in known:
        return known[name]
    message = f"the action {brief(name)} is not among those that this task allows"
    finding = error("InvalidAction", pointer, message, nearest(name, known))
    raise Refused("InvalidSubmission", message, (finding,))
