"""The application on an emulated AWS that runs already, behind one port of this machine.

The AWS may be the embedded one or another that speaks the same interface, such as LocalStack: all it takes is an
address.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
from botocore.config import Config

from weftctl.local.deployment import deploy, warm_up
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.ports import listen, port_of
from weftctl.local.proxy import FrontProxy, Upstream
from weftctl.packaging import Artefact

REGION = "us-east-1"
ROOT_KEY = "test"  # the emulators' root user: access key and secret are the same word
API_STAGE = "api"  # `api_gateway_stage` in .chalice/config.json

READY_SECONDS = 60.0
_POLL_SECONDS = 0.05


class Serving:
    """Takes ``port`` (``ANY_PORT`` for a free one) when it is made, and serves there what ``deploy`` is given.

    ``say`` is told what happens. Raises ``LocalRuntimeError`` if the port is taken.
    """

    def __init__(self, port: int, say: Callable[[str], None] = lambda _: None) -> None:
        self._listener: socket.socket = listen(port)
        self._say = say
        self._proxy: FrontProxy | None = None

    @property
    def url(self) -> str:
        """Where the application answers: ``http://localhost:<port>``."""
        return f"http://localhost:{port_of(self._listener)}"

    def deploy(self, artefact: Artefact, endpoint_url: str, functions_endpoint_url: str) -> None:
        """Brings the stack of the AWS at ``endpoint_url`` to ``artefact`` and returns when the API answers.

        ``functions_endpoint_url`` is where the functions find that AWS: another address if they run in containers.

        Raises:
            DeploymentFailed: the emulator refused the template.
            LocalRuntimeError: the API does not become healthy.
        """

        def client(service: str) -> Any:
            return client_of(endpoint_url, service)

        deployed = deploy(artefact, client, endpoint_url, functions_endpoint_url, self._say)
        warm_up(client)
        host = urlsplit(endpoint_url).netloc
        upstream = Upstream(host, deployed.rest_api_id, deployed.websocket_api_id, API_STAGE)
        if self._proxy is None:
            self._proxy = FrontProxy(upstream, self._listener)
            self._proxy.start()
        self._proxy.upstream = upstream
        self._wait_until_healthy()

    def stop(self) -> None:
        """Gives the port back."""
        if self._proxy is not None:
            self._proxy.stop()
        self._listener.close()

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        last = "no answer"
        with httpx.Client(trust_env=False, timeout=READY_SECONDS) as client:
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    answer = client.get(f"{self.url}/health")
                    if answer.is_success:
                        return
                    last = f"{answer.status_code} {answer.text[:300]}"
                time.sleep(_POLL_SECONDS)  # between two tries, up to the deadline
        raise LocalRuntimeError(f"the API does not become healthy: {last}")


def client_of(endpoint_url: str, service: str) -> Any:
    """A boto3 client of the AWS at ``endpoint_url``, as its root user."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        # No proxy for this machine itself, and S3 by path: an emulator has no host name for each bucket.
        config=Config(
            proxies={}, retries={"total_max_attempts": 2, "mode": "standard"}, s3={"addressing_style": "path"}
        ),
    )
