"""Viewers behind API Gateway's WebSocket API, or an emulator of it.

Layer: adapters. A message is a request to the gateway that has the connection; the answer comes when the gateway took
it. So one viewer's messages are sent one after the other, and those of several viewers by a few threads. A viewer that
cannot be served is closed rather than waited for: whoever publishes has others to serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import Aws, error_code, to_weft_error
from chalicelib.domain.errors import Unavailable, WeftError
from chalicelib.ports.system import Clock
from chalicelib.ports.viewers import Parcel, Unserved, Viewer
from chalicelib.settings import Settings

SERVICE: Final = "apigatewaymanagementapi"
_SIDE_BY_SIDE: Final = 10  # botocore keeps as many connections
_GONE: Final = "GoneException"


class GatewayViewers:
    """``Viewers`` over API Gateway."""

    def __init__(self, aws: Aws, settings: Settings, clock: Clock) -> None:
        self._aws = aws
        self._emulator_url = settings.aws_endpoint_url
        self._clock = clock

    def deliver(self, parcels: Sequence[Parcel], *, within_seconds: float) -> list[Unserved]:
        until = self._clock.now() + timedelta(seconds=within_seconds)
        serve = partial(self._serve, until=until)
        if len(parcels) < 2:
            unserved = [serve(parcel) for parcel in parcels]
        else:
            with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(parcels))) as pool:
                unserved = list(pool.map(serve, parcels))
        return [each for each in unserved if each is not None]

    def _serve(self, parcel: Parcel, until: datetime) -> Unserved | None:
        try:
            for message in parcel.messages:
                if self._clock.now() >= until:
                    return self._given_up(parcel.viewer, Unavailable("the viewer was not served in time"))
                if not self._sent(parcel.viewer, message):
                    return Unserved(viewer=parcel.viewer)
        except (ClientError, BotoCoreError) as error:
            return self._given_up(parcel.viewer, to_weft_error(error, "sending to a viewer"))
        return None

    def _sent(self, viewer: Viewer, message: bytes) -> bool:
        try:
            self._client(viewer).post_to_connection(ConnectionId=viewer.connection_id, Data=message)
        except ClientError as error:
            if error_code(error) == _GONE:
                return False
            raise
        return True

    def _given_up(self, viewer: Viewer, error: WeftError) -> Unserved:
        """Close a connection, so that the viewer notices and comes again. A crash before leaves it waiting for more."""
        try:
            self._client(viewer).delete_connection(ConnectionId=viewer.connection_id)
        except (ClientError, BotoCoreError) as closing:
            if error_code(closing) != _GONE:
                error = to_weft_error(closing, f"closing a viewer's connection ({error.message})")
        return Unserved(viewer=viewer, error=error)

    def _client(self, viewer: Viewer) -> Any:
        return self._aws.client(SERVICE, self._url(viewer.gateway))

    def _url(self, gateway: str) -> str:
        if self._emulator_url is not None:
            return f"{self._emulator_url.rstrip('/')}/_aws/execute-api/{gateway}"
        api_id, _, stage = gateway.partition("/")
        region = self._aws.region
        suffix = ".cn" if region.startswith("cn-") else ""
        return f"https://{api_id}.execute-api.{region}.amazonaws.com{suffix}/{stage}"
