"""Routes of events, and of subscriptions that were made at run time. Layer: api."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib import observability
from chalicelib.api import bodies, paging, parameters
from chalicelib.api.answers import Answer
from chalicelib.api.routing import Call, Routes
from chalicelib.domain.definitions.model import Subscription
from chalicelib.domain.execution import commands
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.published import to_correlation
from chalicelib.engine.subscriptions import OwnSubscription

routes = Routes(__name__)

EVENTS: Final = "/api/v1/events"
SUBSCRIPTIONS: Final = "/api/v1/subscriptions"
LONGEST_NAME: Final = 256
EVENT: Final[bodies.Fields] = {
    "event_type": bodies.text(parameters.text(LONGEST_NAME)),
    "event_data": bodies.anything,
    "target_id": bodies.text(parameters.execution_id),
    "correlation": bodies.anything,
    "source": bodies.text(parameters.text(LONGEST_NAME)),
}
_FIELDS_OF: Final = {"event": "event_name", "workflow": "workflow_id"}


@routes.on("POST", EVENTS)
def publish_event(call: Call) -> Answer:
    """Publish an event to whatever waits for it or starts by it; with a target, signal that execution instead."""
    given = bodies.read_fields(call.json(), EVENT, required=("event_type",), nullable=("event_data",))
    if "target_id" in given:
        return _signalled(call, given)
    published = call.engine.publish_event(
        given["event_type"],
        given.get("event_data"),
        event_id=call.idempotency_key() or call.engine.adapters.ids.new_id(),
        correlation=to_correlation(given.get("correlation")),
        source=given.get("source", call.caller.name),
    )
    observability.logger().info("Published" if published.created else "Published before")
    body = {
        "event_id": published.event.event_id,
        "event_type": published.event.name,
        "correlation": published.event.correlation,
        "published_at": timestamp(published.event.published_at),
        "message": "Published." if published.created else "Published already; told again.",
    }
    return Answer(body=body, status=201 if published.created else 200)


@routes.on("POST", SUBSCRIPTIONS)
def create_subscription(call: Call) -> Answer:
    """Have a workflow started by an event, or by the end of another workflow's executions."""
    fields = {"workflow_id": bodies.text(parameters.workflow_id), "subscription": _subscription}
    given = bodies.read_fields(call.json(), fields, required=tuple(fields))
    made = call.engine.subscriptions.create(
        given["workflow_id"], given["subscription"], by=call.caller.name, idempotency_key=call.idempotency_key()
    )
    return Answer(body=_row(made), status=201)


@routes.on("GET", SUBSCRIPTIONS, paging.PAGE)
def list_subscriptions(call: Call) -> Answer:
    """List the subscriptions that were made at run time, by creation."""
    subscriptions = call.engine.subscriptions
    found = paging.find(lambda size, cursor: subscriptions.list(page_size=size, cursor=cursor), call.query)
    rows = [_row(made) for made in found.items]
    return Answer(body=paging.listed("subscriptions", rows, call.query, next_cursor=found.next_cursor))


@routes.on("GET", SUBSCRIPTIONS + "/{subscription_id}")
def get_subscription(call: Call, subscription_id: str) -> Answer:
    """Read one subscription."""
    return Answer(body=_row(call.engine.subscriptions.get(subscription_id)))


@routes.on("DELETE", SUBSCRIPTIONS + "/{subscription_id}")
def delete_subscription(call: Call, subscription_id: str) -> Answer:
    """End a subscription. What it has started goes on."""
    call.engine.subscriptions.delete(subscription_id)
    return Answer(body={"subscription_id": subscription_id, "message": f"Deleted {subscription_id}."})


def _signalled(call: Call, given: dict[str, Any]) -> Answer:
    target = given["target_id"]
    control = call.engine.control
    fields = {"name": given["event_type"], "payload": given.get("event_data")}
    request = control.request(
        commands.Signal, target, by=call.caller.name, idempotency_key=call.idempotency_key(), **fields
    )
    found = control(target, request, wait_seconds=0)
    body = {
        "event_id": request.id,
        "event_type": given["event_type"],
        "target_id": target,
        "state": found.state,
        "message": "On its way to the execution.",
    }
    return Answer(body=body, status=202)


def _subscription(value: Any) -> Subscription:
    """The reader of a subscription, in the form that it has in a definition."""
    given = bodies.any_object(value)
    try:
        found = msgspec.convert(given, Subscription)
    except msgspec.ValidationError as failure:
        message = f"be a subscription as in a definition ({failure})"
        raise ValueError(message) from failure
    wanted = _FIELDS_OF[found.type]
    strangers = given.keys() - {"type", "condition", "input_mapping", wanted}
    if wanted in given and not strangers:
        return found
    message = f"have {wanted}, and beside it condition and input_mapping at most, as its type is {found.type}"
    raise ValueError(message)


def _row(made: OwnSubscription) -> dict[str, Any]:
    kept = {name: value for name, value in msgspec.to_builtins(made.subscription).items() if value is not None}
    return {
        "subscription_id": made.id,
        "workflow_id": made.workflow_id,
        "subscription": kept,
        "created_at": timestamp(made.created_at),
        "created_by": made.created_by,
    }
