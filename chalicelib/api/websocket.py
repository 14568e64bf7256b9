"""Viewers over WebSocket: who may connect, and what they may ask.

Layer: api. A connection is let in as a request is, by the headers of its handshake; what comes over it afterwards needs
no further proof. A viewer may ask for the state of an execution; being told of changes is not offered yet, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from chalicelib import bootstrap, observability
from chalicelib.api import identity, parameters, problems, roles
from chalicelib.api.connections import LARGEST_MESSAGE_BYTES
from chalicelib.api.problems import NotOffered
from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief, nearest
from chalicelib.domain.errors import InvalidRequest, TooLarge, WeftError

REQUEST_TYPES: Final = ("get_current_state", "subscribe", "unsubscribe")

Event = Mapping[str, Any]


class Sender(Protocol):
    """Where answers go."""

    def send(self, connection_id: str, message: bytes) -> bool:
        """Send a text to one viewer. False when that viewer has left."""


def connect(event: Event, context: object) -> dict[str, Any]:
    """Let a viewer in, or refuse the handshake with the status that a request would get."""
    with observability.invocation(context, connection_id=_connection_of(event)):
        try:
            caller = identity.identify(_headers_of(event), bootstrap.settings())
            roles.require(caller, roles.REQUIRED[roles.WEBSOCKET, "/ws"] or "")
        except WeftError as error:
            return {"statusCode": _problem(error).status}
        return {"statusCode": 200}


def message(event: Event, context: object, viewers: Sender) -> dict[str, Any]:
    """Answer one message over its connection: ``{request_type, …}``, or ``{request_type, problem}``."""
    with observability.invocation(context, connection_id=_connection_of(event)):
        viewers.send(_connection_of(event), _answer(event))
        return {"statusCode": 200}


def disconnect(event: Event, context: object) -> dict[str, Any]:
    """A viewer has left. Nothing is kept of one."""
    with observability.invocation(context, connection_id=_connection_of(event)):
        return {"statusCode": 200}


def _answer(event: Event) -> bytes:
    request_type: Any = None
    try:
        request = _request_of(event)
        request_type = request["request_type"]
        return _of_message_size(jsonvalue.dumps({"request_type": request_type, **_served(request)}))
    except Exception as error:  # noqa: BLE001 - the viewer gets an answer whatever happens, and the log the rest
        return jsonvalue.dumps({"request_type": request_type, "problem": _problem(error).to_dict()})


def _of_message_size(answer: bytes) -> bytes:
    if len(answer) <= LARGEST_MESSAGE_BYTES:
        return answer
    raise TooLarge(f"The state takes {len(answer):,} bytes, more than one message may have: ask for it by HTTP.")


def _request_of(event: Event) -> dict[str, Any]:
    request = jsonvalue.loads(event.get("body") or "")
    if not isinstance(request, dict):
        raise InvalidRequest("A message is an object with a request_type.")
    asked = request.get("request_type")
    if asked not in REQUEST_TYPES:
        raise InvalidRequest(f"There is no request_type {brief(asked)}. {nearest(str(asked), REQUEST_TYPES)}")
    return request


def _served(request: Mapping[str, Any]) -> dict[str, Any]:
    if request["request_type"] != "get_current_state":
        raise NotOffered("Live subscriptions are not available yet; ask for get_current_state.")
    given = request.get("execution_id")
    if not isinstance(given, str):
        raise InvalidRequest("get_current_state needs an execution_id.")
    execution_id = parameters.read_path({"execution_id": given})["execution_id"]
    observability.logger().append_keys(execution_id=execution_id)
    return {"execution_id": execution_id, "status": bootstrap.engine().queries.status(execution_id)}


def _problem(error: Exception) -> problems.Problem:
    known = problems.from_error(error) if isinstance(error, WeftError) else None
    if known is not None:
        return known
    observability.logger().error("A message failed", exc_info=error)
    return problems.unplanned()


def _headers_of(event: Event) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def _connection_of(event: Event) -> str:
    return str(event["requestContext"]["connectionId"])
