"""Viewers over WebSocket, through the deployed functions. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import app as application
from chalicelib import bootstrap
from chalicelib.api.connections import LARGEST_MESSAGE_BYTES, Connections
from chalicelib.domain import jsonvalue
from chalicelib.settings import Settings
from tests.functional.api.definitions import echo, hello
from tests.functional.api.service import Service


class Gateway:
    """Stands for the client of the gateway's management API."""

    class exceptions:  # noqa: N801 - as boto3 names it
        class GoneException(Exception):
            pass

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.gone: set[str] = set()

    def __call__(self, endpoint_url: str) -> Gateway:
        self.addresses.append(endpoint_url)
        return self

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        if ConnectionId in self.gone:
            raise self.exceptions.GoneException
        assert len(Data) <= LARGEST_MESSAGE_BYTES
        self.sent.append((ConnectionId, jsonvalue.loads(Data)))


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Takes the place of the gateway for the application's own sender."""
    gateway = Gateway()
    monkeypatch.setattr(application.viewers, "_make_client", gateway)
    return gateway


@pytest.fixture
def service(service: Service) -> Iterator[Service]:
    """With one execution that has ended."""
    service.post("", hello())
    service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})
    service.work()
    with bootstrap.use(service.engine):
        yield service


def event(body: str | None = None, **headers: str) -> dict[str, Any]:
    return {
        "requestContext": {
            "apiId": "abc",
            "stage": "api",
            "connectionId": "c-1",
            "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
        },
        "headers": headers or None,
        "body": body,
    }


def say(gateway: Gateway, message: Any) -> Any:
    text = message if isinstance(message, str) else jsonvalue.dumps(message).decode()
    assert application.ws_message(event(text), SimpleNamespace()) == {"statusCode": 200}
    connection_id, answer = gateway.sent.pop()
    assert connection_id == "c-1"
    return answer


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Authorization": "Bearer dev:ann:weft-viewers"}, 200),
        ({"Authorization": "Bearer dev:ann:weft-workers"}, 403),
        ({"Authorization": "Bearer a.b.c"}, 401),
        ({"Origin": "http://localhost:8080"}, 200),
        ({"Origin": "http://evil.example"}, 401),
    ],
)
def test_a_viewer_is_let_in_when_a_request_would_be(headers: dict[str, str], status: int) -> None:
    assert application.ws_connect(event(**headers), SimpleNamespace()) == {"statusCode": status}


def test_nobody_is_let_in_when_nothing_is_configured() -> None:
    with bootstrap.use(Service(Settings()).engine):
        assert application.ws_connect(event(), SimpleNamespace()) == {"statusCode": 401}


@pytest.mark.usefixtures("service")
def test_a_viewer_may_leave_when_it_likes() -> None:
    assert application.ws_disconnect(event(), SimpleNamespace()) == {"statusCode": 200}


def test_a_viewer_gets_the_status_when_it_asks_for_it(service: Service, gateway: Gateway) -> None:
    answer = say(gateway, {"request_type": "get_current_state", "execution_id": "e-1"})

    assert (answer["request_type"], answer["execution_id"]) == ("get_current_state", "e-1")
    assert answer["status"] == service.get("/executions/e-1").body


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("message", "status", "words"),
    [
        ({"request_type": "subscribe", "execution_id": "e-1"}, 501, "not available yet"),
        ({"request_type": "unsubscribe", "workflow_id": "hello"}, 501, "not available yet"),
        ({"request_type": "get_state"}, 400, "Did you mean 'get_current_state'?"),
        ({"request_type": ["subscribe"]}, 400, "no request_type"),
        ({"request_type": "get_current_state"}, 400, "needs an execution_id"),
        ({"request_type": "get_current_state", "execution_id": 5}, 400, "needs an execution_id"),
        ({"request_type": "get_current_state", "execution_id": "a/b"}, 400, "execution_id must be"),
        ({"request_type": "get_current_state", "execution_id": "nobody"}, 404, "no execution"),
        ({}, 400, "no request_type"),
        ([], 400, "is an object"),
        ("{", 400, "too early"),
    ],
)
def test_a_viewer_gets_a_problem_when_its_message_cannot_be_served(
    gateway: Gateway, message: Any, status: int, words: str
) -> None:
    problem = say(gateway, message)["problem"]

    assert problem["status"] == status
    assert words in problem["detail"]


def test_a_viewer_gets_a_problem_when_a_state_is_too_large_for_a_message(service: Service, gateway: Gateway) -> None:
    service.post("", echo())
    service.post("/echo/execute", {"input": "x" * 200_000, "execution_id": "e-2"})

    problem = say(gateway, {"request_type": "get_current_state", "execution_id": "e-2"})["problem"]

    assert (problem["status"], problem["code"]) == (413, "PayloadTooLarge")


def test_nothing_inside_is_told_when_a_message_fails_unplanned(
    service: Service, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr(type(service.engine.queries), "status", fail)

    answer = say(gateway, {"request_type": "get_current_state", "execution_id": "e-1"})

    assert answer["problem"]["code"] == "InternalError"
    assert "hunter2" not in str(answer)


@pytest.mark.usefixtures("service")
def test_a_message_is_answered_to_nobody_when_the_viewer_has_left(gateway: Gateway) -> None:
    gateway.gone.add("c-1")

    assert application.ws_message(event("{}"), SimpleNamespace()) == {"statusCode": 200}
    assert gateway.sent == []


@pytest.mark.parametrize(
    ("endpoint_url", "region", "address"),
    [
        ("http://127.0.0.1:4566", "eu-central-1", "http://127.0.0.1:4566/_aws/execute-api/abc/api"),
        (None, "eu-central-1", "https://abc.execute-api.eu-central-1.amazonaws.com/api"),
        (None, "cn-north-1", "https://abc.execute-api.cn-north-1.amazonaws.com.cn/api"),
    ],
)
def test_an_answer_goes_to_the_gateway_that_the_message_came_from(
    endpoint_url: str | None, region: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    gateway = Gateway()
    viewers = Connections(gateway)

    with bootstrap.use(Service(Settings(stage="prod", aws_endpoint_url=endpoint_url)).engine):
        viewers.configure_from_api_id("abc", "api")
        assert viewers.send("c-1", b"{}") is True

    assert gateway.addresses == [address]


def test_the_client_is_made_once_when_nothing_else_is_given() -> None:
    viewers = Connections()

    made = viewers._make_client("https://abc.execute-api.eu-central-1.amazonaws.com/api")

    assert made.meta.endpoint_url == "https://abc.execute-api.eu-central-1.amazonaws.com/api"
    assert viewers._make_client("https://abc.execute-api.eu-central-1.amazonaws.com/api") is made
