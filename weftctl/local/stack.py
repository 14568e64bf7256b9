"""``EmbeddedAws``: the emulator, the application deployed to it, and the front port, as one thing to start and stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from weftctl.local import workers
from weftctl.local.emulator import Emulator
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.ports import ANY_PORT
from weftctl.local.serving import Serving, client_of
from weftctl.packaging import Artefact


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
        self._serving: Serving | None = None

    @property
    def url(self) -> str:
        """Where the application answers: ``http://localhost:<port>``."""
        return self._started().url

    @property
    def endpoint_url(self) -> str:
        """Where the embedded AWS answers."""
        return self.emulator.endpoint_url

    def start(self) -> Self:
        """Takes the port and starts the emulator; ``deploy`` makes it serve the application.

        Raises:
            LocalRuntimeError: the port is taken, there is too little disk space, or the emulator does not start.
        """
        self._serving = Serving(
            self._port, self._say
        )  # first: a taken port is the likeliest trouble, and known at once
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
        self._started().deploy(artefact, self.endpoint_url, self.endpoint_url)

    def stop(self) -> None:
        """Stops everything that was started. Stopping twice is fine."""
        serving, self._serving = self._serving, None
        if serving is not None:
            serving.stop()
        self.emulator.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded AWS, with all rights."""
        return client_of(self.endpoint_url, service)

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

    def _started(self) -> Serving:
        if self._serving is None:
            raise LocalRuntimeError("the local stack is not running")
        return self._serving
