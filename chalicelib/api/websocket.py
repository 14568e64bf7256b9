"""Viewers over WebSocket: who may connect, and what they may ask.

Layer: api. A connection is let in as a request is, by the headers of its handshake; a browser, which can set none,
gives its token as a subprotocol (``weft, bearer.<base64url of the token>``). Who it is is kept with the connection, and
each message is held against the table of roles anew. A viewer's subscriptions end with the token it came with.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib import bootstrap, observability
from chalicelib.api import identity, parameters, problems, roles
from chalicelib.api.executions import fitting_status, to_row
from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief, nearest
from chalicelib.domain.errors import InvalidRequest, Unauthorized, WeftError
from chalicelib.engine.messages import to_message
from chalicelib.engine.watch import Begun
from chalicelib.engine.watchers import ANY, Connection, Topic
from chalicelib.ports.viewers import LARGEST_MESSAGE_BYTES, Viewer

SUBPROTOCOL: Final = "weft"
_BEARER: Final = "bearer."
_ROOM_BYTES: Final = 2_000  # for what stands around a view

Event = Mapping[str, Any]
Request = Mapping[str, Any]


def connect(event: Event, context: object) -> dict[str, Any]:
    """Let a viewer in, or refuse the handshake with the status that a request would get."""
    with observability.invocation(context, connection_id=_viewer(event).connection_id):
        try:
            headers, answer = _headers(event)
            caller = identity.identify(headers, bootstrap.settings(), bootstrap.verify_token)
            roles.require(caller, roles.REQUIRED[roles.WEBSOCKET, "/ws"] or "")
            watchers = bootstrap.engine().watch.watchers
            watchers.admit(_viewer(event), identity.to_body(caller), caller.expires_at)
        except WeftError as error:
            return {"statusCode": _problem(error).status}
        return {"statusCode": 200, **answer}


def message(event: Event, context: object) -> dict[str, Any]:
    """Answer one message over its connection: ``{request_type, …}``, or ``{request_type, problem}``."""
    viewer = _viewer(event)
    with observability.invocation(context, connection_id=viewer.connection_id):
        problem = _served(event, viewer)
        if problem is not None:
            bootstrap.engine().watch.send(viewer, [jsonvalue.dumps(problem)])
        return {"statusCode": 200}


def disconnect(event: Event, context: object) -> dict[str, Any]:
    """A viewer has left: forget it. If this does not come, or fails, what is kept of it expires."""
    with observability.invocation(context, connection_id=_viewer(event).connection_id):
        bootstrap.engine().watch.watchers.forget(_viewer(event).connection_id)
        return {"statusCode": 200}


def _served(event: Event, viewer: Viewer) -> dict[str, Any] | None:
    """Do what a message asks for; gives what to say if that cannot be done."""
    told: dict[str, Any] = {"request_type": None}
    try:
        request = _request_of(event)
        told = {name: request[name] for name in ("request_type", "execution_id", "workflow_id") if name in request}
        connection = bootstrap.engine().watch.watchers.connection(viewer.connection_id)
        _require(connection, request["request_type"])
        _ACTIONS[request["request_type"]](connection, request)
    except Exception as error:  # noqa: BLE001 - the viewer gets an answer whatever happens, and the log the rest
        return {**told, "problem": _problem(error).to_dict()}
    return None


def _require(connection: Connection, action: str) -> None:
    """What was allowed when it connected may not be any more."""
    caller = identity.still_valid(identity.from_body(connection.caller), bootstrap.settings())
    roles.require(caller, roles.REQUIRED[roles.WEBSOCKET, action] or "")


def _request_of(event: Event) -> dict[str, Any]:
    request = jsonvalue.loads(event.get("body") or "")
    if not isinstance(request, dict):
        raise InvalidRequest("A message is an object with a request_type.")
    asked = request.get("request_type")
    if not isinstance(asked, str) or asked not in _ACTIONS:
        raise InvalidRequest(f"There is no request_type {brief(asked)}. {nearest(str(asked), tuple(_ACTIONS))}")
    return request


# --- what may be asked for --------------------------------------------------------------------------------------------


def _subscribe(connection: Connection, request: Request) -> None:
    after = {name: _number(request, name) for name in ("after_sequence", "after_version")}
    bootstrap.engine().watch.subscribe(connection, _topic(request), _greeting, **after)


def _unsubscribe(connection: Connection, request: Request) -> None:
    topic, watch = _topic(request), bootstrap.engine().watch
    watch.watchers.end(connection.viewer.connection_id, topic)
    watch.send(connection.viewer, [jsonvalue.dumps({"request_type": "unsubscribe", **_named(topic)})])


def _get_current_state(connection: Connection, request: Request) -> None:
    topic, watch = _topic(request), bootstrap.engine().watch
    if topic.kind == "workflow":
        begun = Begun(topic=topic, executions=watch.executions(topic.id))
    else:
        status, position = watch.state(topic.id)
        begun = Begun(topic=topic, status=status, position=position)
    watch.send(connection.viewer, [_view("get_current_state", begun)])


_ACTIONS: Final = {
    "get_current_state": _get_current_state,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
}


def _greeting(begun: Begun) -> Sequence[bytes]:
    """What a subscription begins with: the view, or the changes that were missed."""
    return [_view("subscribe", begun), *(to_message(change) for change in begun.missed or ())]


def _view(request_type: str, begun: Begun) -> bytes:
    view: dict[str, Any] = {"request_type": request_type, **_named(begun.topic)}
    if begun.executions is not None:
        view["executions"] = [to_row(row) for row in begun.executions]
        return _fitting_rows(view)
    if begun.position is not None:
        view |= {"sequence": begun.position.sequence, "version": begun.position.version}
    if begun.missed:  # the view stands before them
        view["sequence"] = begun.missed[0]["sequence"] - 1
    if begun.status is not None:
        view["status"] = fitting_status(begun.status, LARGEST_MESSAGE_BYTES - _ROOM_BYTES)
    return jsonvalue.dumps(view)


def _fitting_rows(view: dict[str, Any]) -> bytes:
    """The newest rows that a message has room for."""
    encoded = jsonvalue.dumps(view)
    while len(encoded) > LARGEST_MESSAGE_BYTES:
        view["executions"] = view["executions"][: len(view["executions"]) // 2]
        encoded = jsonvalue.dumps(view)
    return encoded


def _named(topic: Topic) -> dict[str, str]:
    return {f"{topic.kind}_id": topic.id}


def _topic(request: Request) -> Topic:
    given = [name for name in ("execution_id", "workflow_id") if request.get(name) is not None]
    if len(given) != 1 or not isinstance(request[given[0]], str):
        raise InvalidRequest(f"{request['request_type']} needs an execution_id, or else a workflow_id.")
    if given[0] == "workflow_id":
        found = request["workflow_id"]
        return Topic("workflow", found if found == ANY else parameters.read_path({"workflow_id": found})["workflow_id"])
    execution_id = parameters.read_path({"execution_id": request["execution_id"]})["execution_id"]
    observability.logger().append_keys(execution_id=execution_id)
    return Topic("execution", execution_id)


def _number(request: Request, name: str) -> int | None:
    value = request.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidRequest(f"{name} is a number from 0 on.")
    return value


# --- events of the gateway --------------------------------------------------------------------------------------------


def _viewer(event: Event) -> Viewer:
    about = event["requestContext"]
    return Viewer(connection_id=str(about["connectionId"]), gateway=f"{about['apiId']}/{about['stage']}")


def _headers(event: Event) -> tuple[dict[str, str], dict[str, Any]]:
    """The headers of a handshake, with a token from its subprotocols; and what the answer chooses of these."""
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    offered = [each.strip() for each in headers.get("sec-websocket-protocol", "").split(",") if each.strip()]
    for protocol in offered:
        if protocol.startswith(_BEARER):
            headers.setdefault("authorization", f"Bearer {_token(protocol.removeprefix(_BEARER))}")
    chosen = {"headers": {"Sec-WebSocket-Protocol": SUBPROTOCOL}} if SUBPROTOCOL in offered else {}
    return headers, chosen


def _token(encoded: str) -> str:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as failure:
        message = "The token in the subprotocol is no base64url."
        raise Unauthorized(message) from failure


def _problem(error: Exception) -> problems.Problem:
    known = problems.from_error(error) if isinstance(error, WeftError) else None
    if known is not None:
        return known
    observability.logger().error("A message failed", exc_info=error)
    return problems.unplanned()
