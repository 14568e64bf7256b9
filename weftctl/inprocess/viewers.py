"""The WebSocket gateway in memory: what is sent to its connections is kept, in order."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from botocore.awsrequest import AWSResponse

from weftctl.inprocess.http import Call, response

SERVICE: Final = "apigatewaymanagementapi"
_CONNECTION: Final = re.compile(r"/@connections/([^/?]+)$")


class Gateway:
    """Answers the requests that are made to send to viewers. Who is in ``gone`` has left, or was closed."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.received: dict[str, list[Any]] = {}

    def answer(self, call: Call) -> AWSResponse:
        """The answer to a request. Raises ``ValueError`` for an address that is no connection's."""
        found = _CONNECTION.search(str(call.request.url))
        if found is None:
            raise ValueError(call.request.url)
        connection_id = unquote(found[1])
        if connection_id in self.gone:
            return response(410, b'{"message": "gone"}', {"x-amzn-ErrorType": "GoneException"})
        if call.operation == "DeleteConnection":
            self.gone.add(connection_id)
        else:
            self.received.setdefault(connection_id, []).append(msgspec.json.decode(call.request.body or b""))
        return response(200, b"")
