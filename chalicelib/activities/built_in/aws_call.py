"""``aws.call``: one operation of one AWS service.

Layer: activities. Only what is on the allow-list of the settings; the role needs the right as well. Operations may be
written either way (``PutItem``, ``put_item``), here and in the list.
"""

from __future__ import annotations

import base64
import difflib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from botocore.exceptions import UnknownServiceError
from botocore.response import StreamingBody

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.aws_errors import calling
from chalicelib.activities.built_in.fields import read, refuse
from chalicelib.activities.built_in.permits import permitted
from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityError

NAME = "aws.call"


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``service`` is boto3's name (``dynamodb``), ``parameters`` are those of the operation in AWS's own spelling."""

    service: str
    operation: str
    parameters: dict[str, Any] = {}


def run(input: Any, _context: ActivityContext, services: Services) -> dict[str, Any]:
    """Give the answer as JSON: timestamps RFC 3339, bytes and streams base64, without ``ResponseMetadata``.

    Raises ``ActivityError``: ``InvalidInput``, ``CallNotAllowed``, ``PayloadTooLarge``, or the service's own code,
    retryable for throttling and 5xx.
    """
    call = read(NAME, input, Call)
    if not _is_permitted(call, services.settings.aws_allowed_calls):
        message = f"{NAME}: '{call.service}:{call.operation}' is not on the list in WEFT_AWS_ALLOWED_CALLS."
        raise ActivityError("CallNotAllowed", message, retryable=False)
    return calling(NAME, "parameters", lambda: _perform(call, services))


def _is_permitted(call: Call, entries: Iterable[str]) -> bool:
    spelled = f"{call.service}:{_plain_name(call.operation)}"
    return permitted(
        spelled, [f"{service}:{_plain_name(rest)}" for service, _, rest in (e.partition(":") for e in entries)]
    )


def _perform(call: Call, services: Services) -> dict[str, Any]:
    try:
        client = services.client(call.service)
    except UnknownServiceError:
        refuse(NAME, "service", f"no service {call.service!r} is packaged here; docs/activities.md says how to add one")
    method = _method(client, call.operation)
    try:
        answer = method(**call.parameters)
    except (TypeError, AttributeError) as error:
        # Some of botocore's handlers look into the parameters before they are validated.
        refuse(NAME, "parameters", f"{type(error).__name__}: {error}")
    limit = services.settings.max_payload_bytes
    return {key: _json_form(value, limit) for key, value in answer.items() if key != "ResponseMetadata"}


def _method(client: Any, operation: str) -> Any:
    # Only the service's operations: a client has other methods too (presigning, transfers, waiters).
    operations: Mapping[str, str] = client.meta.method_to_api_mapping
    by_plain_name = {_plain_name(api_name): method for method, api_name in operations.items()}
    method = by_plain_name.get(_plain_name(operation))
    if method is None:
        near = difflib.get_close_matches(operation, operations.values(), n=3)
        hint = f"; near are {', '.join(near)}" if near else ""
        refuse(NAME, "operation", f"the service has no operation {operation!r}{hint}")
    return getattr(client, method)


def _plain_name(operation: str) -> str:
    return operation.replace("_", "").lower()


def _json_form(value: Any, limit: int) -> Any:
    if isinstance(value, dict):
        return {key: _json_form(item, limit) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_form(item, limit) for item in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StreamingBody):
        return _base64(_read(value, limit))
    if isinstance(value, bytes | bytearray):
        return _base64(value)
    return value


def _base64(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode()


def _read(body: StreamingBody, limit: int) -> bytes:
    with body:
        # One byte more than allowed tells an exact fit from an overrun, without reading the rest.
        content: bytes = body.read(limit + 1)
    if len(content) > limit:
        message = f"{NAME}: the answer's body is over {limit} bytes. Ask for a part of it, or let a function read it."
        raise ActivityError("PayloadTooLarge", message, retryable=False)
    return content
