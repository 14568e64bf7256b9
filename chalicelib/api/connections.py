"""Sending to viewers over the WebSocket API.

Layer: api. Stands in for the framework's own sender, which knows AWS alone: this one finds the emulator too. Its client
is made for the first message, so that importing the application makes none and loads no SDK.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from chalicelib import bootstrap

LARGEST_MESSAGE_BYTES: Final = 128_000
"""What the gateway takes in one message (131,072 bytes), less a little."""


@cache
def _client(endpoint_url: str) -> Any:
    import boto3

    return boto3.client("apigatewaymanagementapi", endpoint_url=endpoint_url)


class Connections:
    """The viewers of one WebSocket API. The framework says which API an event came from before it is handled."""

    def __init__(self, make_client: Callable[[str], Any] = _client) -> None:
        self._make_client = make_client
        self._endpoint_url = ""

    def configure_from_api_id(self, api_id: str, stage: str) -> None:
        """Note the API that the event at hand came from."""
        local = bootstrap.settings().aws_endpoint_url
        self._endpoint_url = _aws_url(api_id, stage) if local is None else _emulator_url(local, api_id, stage)

    def send(self, connection_id: str, message: bytes) -> bool:
        """Send a text to one viewer. False when that viewer has left."""
        client = self._make_client(self._endpoint_url)
        try:
            client.post_to_connection(ConnectionId=connection_id, Data=message)
        except client.exceptions.GoneException:
            return False
        return True


def _aws_url(api_id: str, stage: str) -> str:
    region = os.environ["AWS_REGION"]
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"https://{api_id}.execute-api.{region}.amazonaws.com{suffix}/{stage}"


def _emulator_url(endpoint_url: str, api_id: str, stage: str) -> str:
    return f"{endpoint_url.rstrip('/')}/_aws/execute-api/{api_id}/{stage}"
