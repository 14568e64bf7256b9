"""``EmbeddedAws``: the emulator, the application deployed to it, and the front port, as one thing to start and stop."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import httpx
from botocore.config import Config

from weftctl.local import workers
from weftctl.local.deployment import Deployed, deploy, warm_up
from weftctl.local.emulator import REGION, ROOT_KEY, Emulator
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.ports import ANY_PORT, listen, port_of
from weftctl.local.proxy import FrontProxy, Upstream
from weftctl.packaging import Artefact

API_STAGE = "api"  # `api_gateway_stage` in .chalice/config.json

READY_SECONDS = 60.0
_POLL_SECONDS = 0.05


class EmbeddedAws:
    """The packaged application on this machine, at ``url``.

    ``folder`` holds everything it writes. ``port`` is the front port, ``ANY_PORT`` for a free one. ``persist`` keeps
    data over an orderly stop. ``settings`` are further environment variables of all functions. ``say`` is told what
    happens. Usable as a context manager, which starts and stops it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = ANY_PORT,
        persist: bool = False,
        settings: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.emulator = Emulator(folder, persist=persist, settings=settings or {})
        self._port = port
        self._say = say
        self._listener: socket.socket | None = None
        self._proxy: FrontProxy | None = None

    @property
    def url(self) -> str:
        """Where the application answers: ``http://localhost:<port>``."""
        if self._listener is None:
            raise LocalRuntimeError("the local stack is not running")
        return f"http://localhost:{port_of(self._listener)}"

    @property
    def endpoint_url(self) -> str:
        """Where the embedded AWS answers."""
        return self.emulator.endpoint_url

    def start(self) -> Self:
        """Takes the port and starts the emulator; ``deploy`` makes it serve the application.

        Raises:
            LocalRuntimeError: the port is taken, there is too little disk space, or the emulator does not start.
        """
        self._listener = listen(self._port)  # first: a taken port is the likeliest trouble and is known at once
        try:
            self._say("starting the embedded AWS")
            self.emulator.start()
        except BaseException:
            self.stop()
            raise
        return self

    def deploy(self, artefact: Artefact) -> None:
        """Brings the stack to ``artefact`` and returns when the API answers.

        Raises:
            DeploymentFailed: the emulator refused the template.
            LocalRuntimeError: the API does not become healthy.
        """
        if self._listener is None:
            raise LocalRuntimeError("the local stack is not running")
        deployed = deploy(artefact, self.client, self.endpoint_url, self._say)
        warm_up(self.client)
        upstream = self._upstream(deployed)
        if self._proxy is None:
            self._proxy = FrontProxy(upstream, self._listener)
            self._proxy.start()
        self._proxy.upstream = upstream
        self._wait_until_healthy()

    def stop(self) -> None:
        """Stops everything that was started. Stopping twice is fine."""
        if self._proxy is not None:
            self._proxy.stop()
        elif self._listener is not None:
            self._listener.close()
        self._proxy = self._listener = None
        self.emulator.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded AWS, with all rights."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_KEY,
            config=Config(proxies={}, retries={"max_attempts": 2, "mode": "standard"}),
        )

    def workers(self) -> list[workers.Worker]:
        """The processes that run functions right now or wait for the next invocation."""
        return workers.workers(self.emulator.pid)

    def kill_lambda_worker(self, function: str) -> int:
        """Kills the worker processes of ``function`` (its name in ``app.py``), as a crash would; returns how many."""
        return workers.kill(self.emulator.pid, function)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _upstream(self, deployed: Deployed) -> Upstream:
        host = self.endpoint_url.removeprefix("http://")
        return Upstream(host, deployed.rest_api_id, deployed.websocket_api_id, API_STAGE)

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
                time.sleep(_POLL_SECONDS)
        raise LocalRuntimeError(f"the API does not become healthy ({last}); see {self.emulator.log}")
