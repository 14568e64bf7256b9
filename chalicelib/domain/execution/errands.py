"""Errands of event handlers: what a handler does outside, whose outcome the execution does not wait for.

Layer: domain. An errand is ``{id, activity_type, input, priority?, deadline?}`` in the details of the event that asks
for it; its id is unique in the execution, so however often it is handed out it is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.model import EventHandler
from chalicelib.domain.execution import failure
from chalicelib.domain.execution.arrivals import Arrival
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.refusals import Refused
from chalicelib.domain.expressions import ExpressionFailure
from chalicelib.domain.published import LineageExceeded, check_lineage

Errand = dict[str, Any]
Context = dict[str, Any]


def of_handler(draft: Draft, handler: EventHandler, arrival: Arrival, context: Context) -> Errand:
    """The errand that ``handler`` has done about ``arrival``. Raises ``ExpressionFailure`` and ``Refused``."""
    activity_type, given = MAKERS[handler.handler_type.type](draft, handler, arrival, context)
    errand: Errand = {"id": _errand_id(handler, arrival), "activity_type": activity_type, "input": given}
    if handler.priority is not None:
        errand["priority"] = handler.priority
    if handler.timeout is not None:
        errand["deadline"] = timestamp(failure.after(draft.now, handler.timeout))
    return errand


def _errand_id(handler: EventHandler, arrival: Arrival) -> str:
    return f"handler:{handler.id}:{arrival.kind}:{arrival.id}"


def _activity(draft: Draft, handler: EventHandler, arrival: Arrival, context: Context) -> tuple[str, Any]:
    return str(handler.handler_type.activity_type), _input(draft, handler, arrival, context)


def _start(draft: Draft, handler: EventHandler, arrival: Arrival, context: Context) -> tuple[str, Any]:
    lineage = arrival.lineage if arrival.kind == "event" else draft.state.lineage + 1
    try:
        check_lineage(lineage)
    except LineageExceeded as error:
        raise Refused(error.code, error.message) from error
    name = jsonvalue.canonical([draft.state.execution_id, handler.id, arrival.kind, arrival.id])
    return "weft.start", {
        "workflow_id": handler.handler_type.workflow_id,
        "input": _input(draft, handler, arrival, context),
        "execution_id": hashlib.sha256(name).hexdigest()[:40],
        "lineage": lineage,
    }


def _signal(draft: Draft, handler: EventHandler, arrival: Arrival, context: Context) -> tuple[str, Any]:
    action = handler.handler_type
    return "weft.signal", {
        "target": target(draft, action.target, context),
        "signal_name": action.signal_name,
        "payload": arrival.data if action.payload is None else _value(draft, action.payload, context),
        "id": f"{draft.state.execution_id}:{_errand_id(handler, arrival)}",
    }


def _notification(draft: Draft, handler: EventHandler, arrival: Arrival, _: Context) -> tuple[str, Any]:
    state = draft.state
    workflow = state.workflow_name or state.workflow_id
    return "notify.send", {
        "notification": msgspec.to_builtins(handler.handler_type.notification),
        "subject": f"{workflow}: {arrival.name}",
        "text": f"The execution {state.execution_id} of {workflow} has received the {arrival.kind} {arrival.name!r}.",
        "data": {
            "execution_id": state.execution_id,
            "workflow_id": state.workflow_id,
            "handler_id": handler.id,
            "event_name": arrival.name,
            "event": arrival.data,
            "kind": arrival.kind,
        },
    }


def _input(draft: Draft, handler: EventHandler, arrival: Arrival, context: Context) -> Any:
    """The mapped input; without a mapping what the event carries."""
    mapping = handler.handler_type.input_mapping
    return arrival.data if mapping is None else _value(draft, mapping, context)


def _value(draft: Draft, mapping: Any, context: Context) -> Any:
    return draft.map(draft.program.mapping(mapping), context)


def target(draft: Draft, mapping: Any, context: Context) -> str:
    """The id of the execution that a ``target`` names. Raises ``ExpressionFailure`` for anything but a text."""
    value = _value(draft, mapping, context)
    if not isinstance(value, str) or not value:
        raise ExpressionFailure(str(mapping), "the target is the id of an execution, a text")
    return value


MAKERS: Final[dict[str, Callable[[Draft, EventHandler, Arrival, Context], tuple[str, Any]]]] = {
    "execute_activity": _activity,
    "start_workflow": _start,
    "send_signal": _signal,
    "send_notification": _notification,
}
"""By action, what gives the type and the input of the activity that does it."""
