"""Waiting for changes of an execution, over the service's WebSocket while there is one.

Layer: command line. What is sent is only taken as word that something changed: what is shown is the status, asked for
over HTTP. So nothing depends on the WebSocket but how soon it is seen; without one the service is asked every while.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

LOOK_SECONDS: Final = 5.0
"""Between two looks at the service while it would say what changes: progress is not among it."""
RENEW_SECONDS: Final = 240.0
"""Between two subscriptions: a gateway closes what is silent for ten minutes."""
AGAIN_SECONDS: Final = 5.0
"""Between two attempts to connect."""
HANDSHAKE_SECONDS: Final = 5.0
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

Connect = Callable[[], "ClientConnection"]


class Changes:
    """Changes of one execution. ``connect`` opens a connection or raises ``OSError``; None if there is no WebSocket."""

    def __init__(
        self,
        connect: Connect | None,
        execution_id: str,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect = connect
        self._execution_id = execution_id
        self._now = now
        self._sleep = sleep
        self._connection: ClientConnection | None = None
        self._sequence: int | None = None
        self._tried_at: float | None = None
        self._renewed_at = 0.0

    @property
    def is_live(self) -> bool:
        """Whether the service says at present what changes."""
        return self._connection is not None

    def wait(self, seconds: float, at_most: float) -> None:
        """Until something changes, but no longer than ``at_most``; without a WebSocket for ``seconds``."""
        self._open()
        if self._connection is None:
            self._sleep(min(seconds, at_most))
            return
        try:
            if self._now() >= self._renewed_at + RENEW_SECONDS:
                self._subscribe(self._connection)
            self._receive(self._connection, min(LOOK_SECONDS, at_most))
        except (OSError, ValueError):
            self.close()

    def close(self) -> None:
        """Leave the WebSocket, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> None:
        if self._connection is not None or self._connect is None:
            return
        if self._tried_at is not None and self._now() < self._tried_at + AGAIN_SECONDS:
            return
        self._tried_at = self._now()
        try:
            connection = self._connect()
            self._subscribe(connection)
        except (OSError, ValueError):
            return
        self._connection = connection

    def _subscribe(self, connection: ClientConnection) -> None:
        after = {} if self._sequence is None else {"after_sequence": self._sequence}
        connection.send(json.dumps({"request_type": "subscribe", "execution_id": self._execution_id, **after}))
        self._renewed_at = self._now()

    def _receive(self, connection: ClientConnection, seconds: float) -> None:
        """Take in whatever has come; ``ValueError`` if it is a refusal."""
        try:
            self._take(json.loads(connection.recv(timeout=seconds)))
            while True:
                self._take(json.loads(connection.recv(timeout=0)))
        except TimeoutError:
            return

    def _take(self, message: Mapping[str, Any]) -> None:
        if "problem" in message:
            self._connect = None  # it will be refused again: ask every while instead
            raise ValueError(message["problem"])
        if isinstance(message.get("sequence"), int):
            self._sequence = max(self._sequence or 0, message["sequence"])


def websocket_url(endpoint: str, config: Any) -> str | None:
    """Where the WebSocket of the service at ``endpoint`` is, by what it tells its console; None if nobody knows.

    ``config`` is its ``console/config.json``, or None for a service that has none.
    """
    parts = urlsplit(endpoint)
    origin = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    told = config.get("websocket") if isinstance(config, Mapping) else None
    if isinstance(told, str) and told:
        return origin + told if told.startswith("/") else told
    return f"{origin}/ws" if parts.hostname in _LOCAL else None


def connector(url: str, headers: Mapping[str, str]) -> Connect:
    """Opens connections to ``url`` with these headers. They raise ``OSError`` when that does not work."""

    def connect() -> ClientConnection:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect as open_connection

        try:
            return open_connection(
                url, additional_headers=dict(headers), open_timeout=HANDSHAKE_SECONDS, close_timeout=1, max_size=None
            )
        except WebSocketException as error:
            message = f"{url} cannot be connected to: {error}"
            raise OSError(message) from error

    return connect
