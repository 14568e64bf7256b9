"""A bad network and a bad AWS, as a layer around every request: what it breaks, and in which way, is drawn by a seed.

Layer: tests. A fault is what the wire would show of it, an HTTP answer or botocore's error for none, so everything
above is real: botocore's reading of it, its retries and its pauses, pynamodb, the adapters.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from weftctl.inprocess import Call, Send
from weftctl.inprocess.http import response


class Fault(enum.Enum):
    """What can go wrong with a request. Those named ``…_AFTER`` do what was asked first."""

    THROTTLED = "throttled"
    INTERNAL_ERROR = "500"
    UNAVAILABLE = "503"
    GATEWAY = "502 of something between"
    NO_CONNECTION = "no connection"
    CLOSED_BEFORE = "connection closed before it was done"
    CLOSED_AFTER = "connection closed after it was done"
    TIMED_OUT_BEFORE = "timed out before it was done"
    TIMED_OUT_AFTER = "timed out after it was done"
    INTERNAL_ERROR_AFTER = "500 after it was done"
    CONDITION_BEFORE = "a condition failed out of nowhere"
    CONDITION_AFTER = "a condition failed on the write's own doing"


EVERY_FAULT: Final = tuple(Fault)
_CONDITIONS: Final = frozenset({Fault.CONDITION_BEFORE, Fault.CONDITION_AFTER})
_AFTER: Final = frozenset(fault for fault in Fault if fault.name.endswith("_AFTER"))
_THROTTLED: Final = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "sqs": (400, "RequestThrottled"),
    "eventbridge": (400, "ThrottlingException"),
    "s3": (503, "SlowDown"),
}
_NAMESPACES: Final = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "sqs": "com.amazonaws.sqs#",
    "eventbridge": "",
}


class Network:
    """A layer that breaks ``rate`` of all requests while it is ``armed``, in one of the ways of ``faults``.

    ``injected`` counts what was done to whom: ``(service, operation, fault)``.
    """

    def __init__(self, seed: int, rate: float, faults: Sequence[Fault] = EVERY_FAULT) -> None:
        self.armed = False
        self.injected: Counter[tuple[str, str, Fault]] = Counter()
        self._random = Random(seed)
        self._rate = rate
        self._faults = tuple(faults)

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        """Send the request, or do to it what the seed has drawn."""
        fault = self._drawn(call)
        if fault is None:
            return send()
        self.injected[call.service, call.operation, fault] += 1
        return inflict(fault, call, send)

    def happens(self) -> bool:
        """Whether something else than a request goes wrong now, at the same rate."""
        return self.armed and self._random.random() < self._rate

    def _drawn(self, call: Call) -> Fault | None:
        if not self.armed or self._random.random() >= self._rate:
            return None
        possible = [fault for fault in self._faults if fault not in _CONDITIONS or is_conditional(call)]
        return self._random.choice(possible) if possible else None


def is_conditional(call: Call) -> bool:
    """Whether the request is a write under a condition."""
    writes = [call.body, *(next(iter(each.values())) for each in call.body.get("TransactItems", []))]
    return any("ConditionExpression" in write for write in writes)


def inflict(fault: Fault, call: Call, send: Send) -> AWSResponse:
    """Answer as the wire does when ``fault`` happens to ``call``. Raises botocore's error where there is no answer."""
    if fault in _AFTER:
        answered = send()
        # Who was refused is told so, whatever the weather: the answer that gets lost is of something done.
        if fault is Fault.CONDITION_AFTER and answered.status_code != 200:
            return answered
    if fault in _CONDITIONS:
        return _condition_failed(call)
    _raise_without_answer(fault, call.request.url)
    if fault is Fault.THROTTLED:
        return _refused(call.service, *_THROTTLED[call.service])
    if fault is Fault.GATEWAY:
        return response(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>")
    if fault is Fault.UNAVAILABLE:
        return _refused(call.service, 503, "ServiceUnavailable")
    return _refused(call.service, 500, "InternalError" if call.service == "s3" else "InternalServerError")


def _raise_without_answer(fault: Fault, url: str) -> None:
    if fault is Fault.NO_CONNECTION:
        raise ConnectTimeoutError(endpoint_url=url)
    if fault in {Fault.CLOSED_BEFORE, Fault.CLOSED_AFTER}:
        raise ConnectionClosedError(endpoint_url=url)
    if fault in {Fault.TIMED_OUT_BEFORE, Fault.TIMED_OUT_AFTER}:
        raise ReadTimeoutError(endpoint_url=url)


def _condition_failed(call: Call) -> AWSResponse:
    if call.operation != "TransactWriteItems":
        return _refused(call.service, 400, "ConditionalCheckFailedException")
    reasons = [{"Code": "ConditionalCheckFailed", "Message": "the conditional request failed"}]
    reasons += [{"Code": "None"}] * (len(call.body["TransactItems"]) - 1)
    return _refused(call.service, 400, "TransactionCanceledException", CancellationReasons=reasons)


def _refused(service: str, status: int, code: str, **more: object) -> AWSResponse:
    if service == "s3":
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>"
        return response(status, body.encode(), {"Content-Type": "application/xml"})
    told = {"__type": f"{_NAMESPACES[service]}{code}", "message": "injected", **more}
    return response(status, msgspec.json.encode(told), {"x-amzn-query-error": f"{code};Sender"})
