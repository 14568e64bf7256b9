"""Routes of notifications: what members of a group were told here, and that they have read it. Layer: api."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from chalicelib.api import paging, parameters, roles
from chalicelib.api.answers import Answer
from chalicelib.api.identity import Identity
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.errors import Forbidden, InvalidRequest
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine.notices import PostedNotice

routes = Routes(__name__)

NOTIFICATIONS: Final = "/api/v1/notifications"


@routes.on("GET", NOTIFICATIONS, {**paging.PAGE, "group": parameters.text(128), "unread": parameters.flag})
def list_notifications(call: Call) -> Answer:
    """List what the caller's groups, or the one asked for, were told, newest first."""
    groups = readable_groups(call.caller, call.query.get("group"))
    reader = call.caller.name if call.query.get("unread") else None
    notices = call.engine.notices
    found = paging.find(
        lambda size, cursor: notices.page(groups, reader=reader, page_size=size, cursor=cursor), call.query
    )
    rows = [_row(notice, call.caller) for notice in found.items]
    return Answer(body=paging.listed("notifications", rows, call.query, next_cursor=found.next_cursor))


@routes.on("POST", NOTIFICATIONS + "/{notification_id}/read")
def mark_notification_read(call: Call, notification_id: str) -> Answer:
    """Note that the caller has read a notification. Doing so again changes nothing."""
    groups = None if call.caller.is_admin else call.caller.groups
    notice = call.engine.notices.mark_read(notification_id, reader=call.caller.name, groups=groups)
    return Answer(body=_row(notice, call.caller))


def readable_groups(caller: Identity, group: str | None) -> Collection[str]:
    """The groups to list: the one asked for, or all of the caller's own.

    Raises ``Forbidden`` for a group that the caller is not in, but for operators, and ``InvalidRequest`` where nothing
    says which.
    """
    if group is None:
        if caller.groups:
            return caller.groups
        message = "You are in no group: say which one with ?group=."
        raise InvalidRequest(message)
    if group in caller.groups or roles.OPERATOR in roles.roles_of(caller):
        return (group,)
    message = f"{caller.name!r} is not in the group {group!r}."
    raise Forbidden(message)


def _row(notice: PostedNotice, caller: Identity) -> dict[str, Any]:
    return {
        "notification_id": notice.notice_id,
        "group": notice.group,
        "subject": notice.subject,
        "text": notice.text,
        "data": notice.data,
        "created_at": timestamp(notice.created_at),
        "execution_id": notice.execution_id,
        "step_id": notice.step_id,
        "read": caller.name in notice.read_by,
        "read_by": list(notice.read_by),
    }
