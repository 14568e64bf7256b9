"""Messages to viewers behind the gateway: in order, side by side, and given up where it takes none. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Lock
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.aws import Aws, AwsRefused
from chalicelib.adapters.gateway_viewers import GatewayViewers
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import Unavailable
from chalicelib.ports.viewers import Parcel, Viewer
from chalicelib.settings import Settings

START = datetime.fromisoformat("2026-01-31T09:00:00+00:00")


def refused(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PostToConnection")


class Gateway:
    """Stands for the clients of the gateway's management API, and the ``Aws`` that has them."""

    region = "eu-central-1"

    def __init__(self) -> None:
        self.addresses: list[str | None] = []
        self.sent: list[tuple[str, bytes]] = []
        self.closed: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.fails_closing: Exception | None = None
        self.before: Callable[[], None] = lambda: None
        self._lock = Lock()

    def client(self, service: str, endpoint_url: str | None = None) -> Gateway:
        assert service == "apigatewaymanagementapi"
        with self._lock:
            self.addresses.append(endpoint_url)
        return self

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        self.before()
        if ConnectionId in self.fails:
            raise self.fails[ConnectionId]
        with self._lock:
            self.sent.append((ConnectionId, Data))

    def delete_connection(self, ConnectionId: str) -> None:  # noqa: N803
        if self.fails_closing is not None:
            raise self.fails_closing
        self.closed.append(ConnectionId)


def parcel(connection_id: str, *messages: bytes) -> Parcel:
    return Parcel(viewer=Viewer(connection_id=connection_id, gateway="abc/api"), messages=messages)


def viewers(gateway: Any, clock: VirtualClock | None = None, endpoint_url: str | None = None) -> GatewayViewers:
    settings = Settings(stage="local", aws_endpoint_url=endpoint_url)
    return GatewayViewers(gateway, settings, clock or VirtualClock(START))


@pytest.mark.parametrize(
    ("endpoint_url", "region", "address"),
    [
        ("http://127.0.0.1:4566/", "eu-central-1", "http://127.0.0.1:4566/_aws/execute-api/abc/api"),
        (None, "eu-central-1", "https://abc.execute-api.eu-central-1.amazonaws.com/api"),
        (None, "cn-north-1", "https://abc.execute-api.cn-north-1.amazonaws.com.cn/api"),
    ],
)
def test_a_message_goes_to_the_gateway_that_has_the_viewer(endpoint_url: str | None, region: str, address: str) -> None:
    gateway = Gateway()
    gateway.region = region

    assert viewers(gateway, endpoint_url=endpoint_url).deliver([parcel("c-1", b"1")], within_seconds=1) == []

    assert gateway.addresses == [address]
    assert gateway.sent == [("c-1", b"1")]


def test_viewers_are_served_side_by_side_and_each_in_order_when_there_are_several() -> None:
    gateway = Gateway()
    both, left = Barrier(2, timeout=10), [1, 1]

    def meet() -> None:
        if left:
            left.pop()
            both.wait()

    gateway.before = meet
    messages = [str(number).encode() for number in range(50)]
    unserved = viewers(gateway).deliver([parcel("c-1", *messages), parcel("c-2", *messages)], within_seconds=60)

    assert unserved == []
    for connection_id in ("c-1", "c-2"):
        assert [data for to, data in gateway.sent if to == connection_id] == messages


def test_a_viewer_that_has_left_is_named_when_something_is_sent_to_it() -> None:
    gateway = Gateway()
    gateway.fails["c-1"] = refused("GoneException", 410)

    (left,) = viewers(gateway).deliver([parcel("c-1", b"1", b"2"), parcel("c-2", b"1")], within_seconds=1)

    assert (left.viewer.connection_id, left.error) == ("c-1", None)
    assert gateway.sent == [("c-2", b"1")]
    assert gateway.closed == []


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (refused("LimitExceededException", 429), Unavailable),
        (EndpointConnectionError(endpoint_url="https://abc"), Unavailable),
        (refused("ForbiddenException", 403), AwsRefused),
    ],
)
def test_a_viewer_is_closed_when_it_cannot_be_served(failure: Exception, expected: type[Exception]) -> None:
    gateway = Gateway()
    gateway.fails["c-1"] = failure

    (unserved,) = viewers(gateway).deliver([parcel("c-1", b"1")], within_seconds=1)

    assert isinstance(unserved.error, expected)
    assert gateway.closed == ["c-1"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [(refused("GoneException", 410), "sending"), (refused("ForbiddenException", 403), "closing")],
)
def test_a_viewer_is_named_when_it_can_neither_be_served_nor_closed(failure: Exception, words: str) -> None:
    gateway = Gateway()
    gateway.fails["c-1"] = refused("ForbiddenException", 403)
    gateway.fails_closing = failure

    (unserved,) = viewers(gateway).deliver([parcel("c-1", b"1")], within_seconds=1)

    assert unserved.error is not None
    assert unserved.error.message.startswith(words)


def test_a_viewer_is_closed_when_its_time_is_over() -> None:
    gateway, clock = Gateway(), VirtualClock(START)
    gateway.before = lambda: clock.advance_to(clock.now() + timedelta(seconds=0.4))

    (unserved,) = viewers(gateway, clock).deliver([parcel("c-1", b"1", b"2", b"3", b"4")], within_seconds=1)

    assert isinstance(unserved.error, Unavailable)
    assert gateway.sent == [("c-1", b"1"), ("c-1", b"2"), ("c-1", b"3")]
    assert gateway.closed == ["c-1"]


def test_the_client_is_made_once_an_address_when_several_gateways_are_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    aws = Aws(Settings())

    made = aws.client("apigatewaymanagementapi", "https://abc.execute-api.eu-central-1.amazonaws.com/api")

    assert made.meta.endpoint_url == "https://abc.execute-api.eu-central-1.amazonaws.com/api"
    assert aws.client("apigatewaymanagementapi", "https://abc.execute-api.eu-central-1.amazonaws.com/api") is made
    assert aws.client("apigatewaymanagementapi", "https://abc.execute-api.eu-central-1.amazonaws.com/dev") is not made
    assert aws.region == "eu-central-1"
