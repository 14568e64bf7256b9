"""Every AWS request of this process, answered here: by layers around moto and the queues in memory.

botocore builds, signs, sends again and parses as ever; only the wire is missing. A layer sees one HTTP request at a
time, inside botocore's retries, so what it answers, delays or breaks is what the wire would have.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import RLock
from typing import Any, Final

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.session import get_session
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from chalicelib.adapters.aws import Aws
from chalicelib.settings import Settings

REGION: Final = "us-east-1"
_JSON: Final = frozenset({"dynamodb", "sqs", "eventbridge"})


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request to AWS. ``body`` is its JSON for DynamoDB, SQS and EventBridge, else empty."""

    service: str
    operation: str
    request: AWSPreparedRequest
    body: dict[str, Any]
    function: str


Send = Callable[[], AWSResponse]
"""Performs the request, once per call of it."""
Layer = Callable[[Call, Send], AWSResponse]


class Wire:
    """Where requests end: the layers of whoever is plugged in, then ``answer``. One at a time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.answer: Callable[[Call], AWSResponse] | None = None
        self.layers: list[Layer] = []
        self.function = ""

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        body: dict[str, Any] = _json(request.body) if service in _JSON else {}
        with self._lock:
            call = Call(service=service, operation=operation, request=request, body=body, function=self.function)
            answer = self.answer or by_moto
            return _through(list(self.layers), call, lambda: answer(call))


def _json(body: Any) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(body) if body else {}
    return decoded


def _through(layers: list[Layer], call: Call, send: Send) -> AWSResponse:
    if not layers:
        return send()
    return layers[0](call, lambda: _through(layers[1:], call, send))


def by_moto(call: Call) -> AWSResponse:
    """What moto answers. Raises ``RuntimeError`` for a service it was not installed for."""
    answered = botocore_stubber.process_request(call.request)
    if answered is None:
        message = f"moto does not answer {call.service} {call.operation}"
        raise RuntimeError(message)
    status, headers, body = answered
    return response(status, body, headers, url=call.request.url)


def response(
    status: int, body: str | bytes, headers: dict[str, str] | None = None, *, url: str = "https://aws"
) -> AWSResponse:
    """An HTTP response as botocore takes it."""
    return AWSResponse(url, status, headers or {}, MockRawResponse(body))


@cache
def shared_wire() -> tuple[Wire, Aws]:
    """One wire and its clients for the whole process: making clients costs more than most tests."""
    return make_wire()


def make_wire() -> tuple[Wire, Aws]:
    """A wire, and clients that end at it."""
    wire, session = Wire(), get_session()
    session.set_config_variable("region", REGION)
    session.set_credentials("testing", "testing", "testing")
    emitter = session.get_component("event_emitter")
    emitter.unregister("before-send", botocore_stubber)  # or each request would be performed twice
    emitter.register("before-send", wire)
    return wire, Aws(Settings(), session)
