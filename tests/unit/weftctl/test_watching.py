"""Waiting for changes: woken by the WebSocket where there is one, and without it by the clock. Layer: tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from weftctl.watching import AGAIN_SECONDS, LOOK_SECONDS, RENEW_SECONDS, Changes, connector, websocket_url


class Connection:
    """Stands for a connection: gives ``coming`` and keeps what is said."""

    def __init__(self, *coming: Any) -> None:
        self.coming = list(coming)
        self.said: list[Any] = []
        self.waits: list[float] = []
        self.closed = False

    def send(self, text: str) -> None:
        self.said.append(json.loads(text))

    def recv(self, timeout: float) -> str:
        self.waits.append(timeout)
        if not self.coming:
            raise TimeoutError
        message = self.coming.pop(0)
        if isinstance(message, Exception):
            raise message
        return message if isinstance(message, str) else json.dumps(message)

    def close(self) -> None:
        self.closed = True


class Desk:
    """Somebody who watches, and the clock."""

    def __init__(self, *connections: Any, has_websocket: bool = True) -> None:
        self.connections = list(connections)
        self.now = 100.0
        self.slept: list[float] = []
        connect: Any = self._connect if has_websocket else None
        self.changes = Changes(connect, "e", now=lambda: self.now, sleep=self.slept.append)

    def _connect(self) -> Any:
        connection = self.connections.pop(0) if self.connections else OSError("nobody there")
        if isinstance(connection, Exception):
            raise connection
        return connection


def change(sequence: int) -> dict[str, Any]:
    return {"event_type": "step.started", "sequence": sequence}


def test_the_wait_ends_when_something_changes() -> None:
    connection = Connection({"request_type": "subscribe", "sequence": 3}, change(4))
    desk = Desk(connection)

    desk.changes.wait(0.1, 60)

    assert connection.said == [{"request_type": "subscribe", "execution_id": "e"}]
    assert connection.waits == [LOOK_SECONDS, 0, 0]
    assert desk.slept == []


@pytest.mark.parametrize("at_most", [1.0, 60.0])
def test_the_wait_ends_by_itself_when_nothing_changes(at_most: float) -> None:
    connection = Connection()

    Desk(connection).changes.wait(0.1, at_most)

    assert connection.waits == [min(LOOK_SECONDS, at_most)]


def test_the_service_is_asked_every_while_when_there_is_no_websocket() -> None:
    desk = Desk(has_websocket=False)

    desk.changes.wait(2, 60)
    desk.changes.wait(2, 0.5)

    assert desk.slept == [2, 0.5]


def test_it_is_tried_again_after_a_while_when_nobody_can_be_connected_to() -> None:
    connection = Connection()
    desk = Desk(OSError("no"), connection)

    desk.changes.wait(2, 60)
    desk.changes.wait(2, 60)
    assert (desk.slept, connection.said) == ([2, 2], [])
    desk.now += AGAIN_SECONDS
    desk.changes.wait(2, 60)

    assert desk.changes.is_live
    assert desk.slept == [2, 2]


def test_what_was_missed_is_asked_for_when_the_connection_was_lost() -> None:
    first, second = Connection({"request_type": "subscribe", "sequence": 3}, change(4), OSError("gone")), Connection()
    desk = Desk(first, second)

    desk.changes.wait(2, 60)
    assert first.closed
    desk.now += AGAIN_SECONDS
    desk.changes.wait(2, 60)

    assert second.said == [{"request_type": "subscribe", "execution_id": "e", "after_sequence": 4}]


def test_the_subscription_is_renewed_when_it_is_some_minutes_old() -> None:
    connection = Connection({"request_type": "subscribe", "sequence": 3})
    desk = Desk(connection)
    desk.changes.wait(2, 60)
    desk.now += RENEW_SECONDS

    desk.changes.wait(2, 60)

    assert connection.said[1:] == [{"request_type": "subscribe", "execution_id": "e", "after_sequence": 3}]


@pytest.mark.parametrize("message", [{"request_type": "subscribe", "problem": {"status": 403}}, "no JSON"])
def test_the_clock_is_gone_by_when_the_service_refuses(message: Any) -> None:
    desk = Desk(Connection(message), Connection(message))

    desk.changes.wait(2, 60)
    desk.changes.wait(2, 60)

    assert not desk.changes.is_live
    assert desk.slept == [2]


@pytest.mark.parametrize(
    ("endpoint", "config", "expected"),
    [
        ("http://localhost:8080", {"websocket": "/ws"}, "ws://localhost:8080/ws"),
        ("https://abc.example/api", {"websocket": "wss://ws.example/api"}, "wss://ws.example/api"),
        ("http://127.0.0.1:8080", None, "ws://127.0.0.1:8080/ws"),
        ("https://abc.example/api", None, None),
        ("https://abc.example/api", {"websocket": ""}, None),
        ("https://abc.example/api", ["websocket"], None),
    ],
)
def test_the_websocket_is_where_the_service_says(endpoint: str, config: Any, expected: str | None) -> None:
    assert websocket_url(endpoint, config) == expected


def test_it_is_an_error_of_the_way_there_when_nobody_listens() -> None:
    with pytest.raises(OSError, match="refused"):
        connector("ws://127.0.0.1:9/ws", {"X-Api-Key": "k"})()
