"""Faults between us and AWS: before a call reaches it, or before its answer reaches us. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from chalicelib.adapters.aws import Aws

Step = tuple[str, dict[str, Any] | str]
"""An operation (snake case), and AWS's answer to it or the code of its error."""


@contextmanager
def scripted(aws: Aws, service: str, *steps: Step, status: int = 400, details: Any = None) -> Iterator[None]:
    """AWS is called for each of ``steps`` in turn, and for nothing else.

    ``status`` is the HTTP status of the errors, ``details`` what their bodies hold beside code and message.
    """
    with Stubber(aws.client(service)) as stubber:
        for operation, outcome in steps:
            if isinstance(outcome, str):
                stubber.add_client_error(operation, outcome, http_status_code=status, modeled_fields=details)
            else:
                stubber.add_response(operation, outcome)
        yield
        stubber.assert_no_pending_responses()


@contextmanager
def losing_requests(aws: Aws, service: str, operation: str) -> Iterator[None]:
    """Calls of ``operation`` (camel case) time out and were never done."""
    with hooked(aws, f"before-call.{service}.{operation}", _time_out):
        yield


@contextmanager
def losing_answers(aws: Aws, service: str, operation: str) -> Iterator[None]:
    """Calls of ``operation`` (camel case) are done, and time out."""
    with hooked(aws, f"after-call.{service}.{operation}", _time_out):
        yield


@contextmanager
def refusing(aws: Aws, operation: str, times: int) -> Iterator[None]:
    """The next ``times`` calls of DynamoDB's ``operation`` (camel case) fail by their condition, and are not done."""
    left = [times]

    def refuse(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if not left[0]:
            return None
        left[0] -= 1
        error = {"Code": "ConditionalCheckFailedException", "Message": "refused"}
        metadata = {"HTTPStatusCode": 400, "HTTPHeaders": {}}
        return AWSResponse("https://aws.example", 400, {}, None), {"Error": error, "ResponseMetadata": metadata}

    with hooked(aws, f"before-call.dynamodb.{operation}", refuse):
        yield


@contextmanager
def counting(aws: Aws, service: str) -> Iterator[list[str]]:
    """The operations (camel case) that are called meanwhile."""
    called: list[str] = []

    def note(model: Any, **_: Any) -> None:
        called.append(model.name)

    with hooked(aws, f"before-call.{service}", note):
        yield called


@contextmanager
def hooked(aws: Aws, event: str, hook: Callable[..., Any]) -> Iterator[None]:
    """Have botocore call ``hook`` at ``event`` (``after-call.dynamodb.Query`` …)."""
    events = aws.client(event.split(".")[1]).meta.events
    events.register_first(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)


def _time_out(**_: Any) -> None:
    raise ReadTimeoutError(endpoint_url="https://aws.example")
