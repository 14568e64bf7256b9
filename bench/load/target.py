"""What is loaded: the packaged application on an embedded AWS of its own, and what a caller can do over HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.load.effects import Effects
from bench.load.endings import Endings
from chalicelib.domain.errors import WeftError
from weftctl.local.stack import EmbeddedAws
from weftctl.packaging import build

SETTINGS = {"WEFT_HTTP_ALLOWED_PRIVATE_HOSTS": '["127.0.0.1"]'}
QUEUE_PREFIX = "weft-local-"
_CONNECTIONS = 64


class RequestFailed(WeftError):
    """The application answered a request with anything but success."""

    code = "RequestFailed"


@dataclass(frozen=True)
class Target:
    """A running application. ``queues`` are the URLs of its queues by name, without the stage."""

    embedded_aws: EmbeddedAws
    api: httpx.Client
    effects: Effects
    endings: Endings
    queues: Mapping[str, str]
    say: Callable[[str], None]

    @classmethod
    @contextmanager
    def embedded(cls, say: Callable[[str], None]) -> Iterator[Target]:
        """A target from nothing, in a temporary folder and on free ports; nothing of it stays.

        Raises:
            LocalRuntimeError: the stack does not start.
        """
        with tempfile.TemporaryDirectory(prefix="weft-load-") as folder:
            artefact = build("local", say=say)
            with EmbeddedAws(Path(folder), settings=SETTINGS, say=say) as stack:
                stack.deploy(artefact)
                with cls.of(stack, say) as target:
                    yield target

    @classmethod
    @contextmanager
    def of(cls, stack: EmbeddedAws, say: Callable[[str], None]) -> Iterator[Target]:
        """A target on a stack that runs already."""
        urls = stack.client("sqs").list_queues(QueueNamePrefix=QUEUE_PREFIX)["QueueUrls"]
        queues = {url.rpartition("/")[2].removeprefix(QUEUE_PREFIX): url for url in sorted(urls)}
        limits = httpx.Limits(max_connections=_CONNECTIONS)
        with (
            Effects() as effects,
            Endings(stack.client) as endings,
            httpx.Client(base_url=f"{stack.url}/api/v1", timeout=60.0, trust_env=False, limits=limits) as api,
        ):
            yield cls(stack, api, effects, endings, queues, say)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """The JSON that a request under ``/api/v1`` is answered with.

        Raises:
            RequestFailed: the answer is no success.
        """
        answer = self.api.request(method, path, json=body, **options)
        if not answer.is_success:
            raise RequestFailed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        content: dict[str, Any] = answer.json()
        return content

    def start(self, workflow_id: str, execution_id: str, input: Any) -> None:
        """Starts an execution under an id of our own, so that a repeated request starts nothing more."""
        self.ask("POST", f"/workflows/{workflow_id}/execute", {"input": input, "execution_id": execution_id})

    def status(self, execution_id: str) -> dict[str, Any]:
        """The execution's status."""
        return self.ask("GET", f"/workflows/executions/{execution_id}")

    def history(self, execution_id: str) -> list[dict[str, Any]]:
        """All events of the execution, in order."""
        events: list[dict[str, Any]] = []
        params: dict[str, Any] = {"page_size": 500}
        while True:
            page = self.ask("GET", f"/workflows/executions/{execution_id}/history", params=params)
            events += page["events"]
            if page.get("next_cursor") is None:
                return events
            params["cursor"] = page["next_cursor"]
