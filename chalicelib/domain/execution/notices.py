"""Telling people of human tasks: the errands that send notifications.

Layer: domain. An errand is work that nobody waits for. Its id is unique in the execution, so it is run once however
often it is handed out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from chalicelib.domain.definitions.model import HumanInterventionPoint
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.human_tasks import task_id
from chalicelib.domain.execution.recorder import timestamp

Kind = Literal["created", "reminder", "escalated"]
Errand = dict[str, Any]
ACTIVITY: Final = "notify.send"
_SUBJECTS: Final[dict[Kind, str]] = {
    "created": "{name}",
    "reminder": "Reminder: {name}",
    "escalated": "Escalated: {name}",
}
_TEXTS: Final[dict[Kind, str]] = {
    "created": "{name!r} of {workflow} waits for an answer{until}.",
    "reminder": "{name!r} of {workflow} still waits for an answer{until}.",
    "escalated": "{name!r} of {workflow} was not answered in time, and now waits for an answer of {groups}{until}.",
}


def errands(
    draft: Draft,
    run_id: str,
    point: HumanInterventionPoint,
    kind: Kind,
    *,
    groups: list[str],
    deadline: datetime | None,
    number: int | None = None,
) -> list[Errand] | None:
    """The notification of ``kind`` (a reminder has a ``number``) of the task that ``run_id`` is, or None for none.

    After an escalation, channels of type ``in_app`` go to the new ``groups``, and one is added where there is none:
    whom a task has come to is told in any case.
    """
    notification = None if point.notification is None else msgspec.to_builtins(point.notification)
    task = draft.state.runs[run_id].human
    if kind == "escalated" or (notification is not None and task is not None and task.escalated):
        notification = _redirected(notification, groups)
    if notification is None or (kind == "created" and not notification.get("immediate", True)):
        return None
    until = "" if deadline is None else f" until {timestamp(deadline)}"
    words = {"name": point.name, "workflow": draft.state.workflow_name or draft.state.workflow_id, "until": until}
    words["groups"] = " or ".join(groups)
    text = _TEXTS[kind].format(**words)
    return [
        {
            "id": f"{run_id}/{kind}" + ("" if number is None else f"-{number}"),
            "activity_type": ACTIVITY,
            "priority": point.priority,
            "input": {
                "notification": notification,
                "subject": _SUBJECTS[kind].format(**words),
                "text": text if point.description is None else f"{text}\n\n{point.description}",
                "data": _data(draft, run_id, point, kind, groups, deadline),
            },
        }
    ]


def _data(
    draft: Draft, run_id: str, point: HumanInterventionPoint, kind: Kind, groups: list[str], deadline: datetime | None
) -> dict[str, Any]:
    state = draft.state
    return {
        "execution_id": state.execution_id,
        "workflow_id": state.workflow_id,
        "step_id": run_id.rpartition("#")[0],
        "task_id": task_id(state.execution_id, run_id),
        "name": point.name,
        "deadline": None if deadline is None else timestamp(deadline),
        "groups": groups,
        "kind": kind,
    }


def _redirected(notification: dict[str, Any] | None, groups: list[str]) -> dict[str, Any]:
    known: list[dict[str, Any]] = [] if notification is None else notification["channels"]
    others = [channel for channel in known if channel["type"] != "in_app"]
    return {**(notification or {}), "channels": [*others, {"type": "in_app", "user_groups": groups}]}
