"""What the end-to-end tests talk to: the packaged application on an emulated AWS. Layer: tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

ENDED = frozenset({"completed", "partially_failed", "failed", "canceled", "timed_out"})
PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.05


def eventually(look: Callable[[], T | None], *, seconds: float = PATIENCE_SECONDS, what: str = "the condition") -> T:
    """What ``look`` gives once it is neither None nor False; an AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds:.0f} s"
        time.sleep(_LOOK_EVERY_SECONDS)  # between two looks, not instead of one


@dataclass(frozen=True)
class Stack:
    """A deployed application. ``url`` is its front port, ``client`` makes boto3 clients of the AWS it runs on."""

    url: str
    api: httpx.Client
    client: Callable[[str], Any]

    def register(self, definition: dict[str, Any]) -> dict[str, Any]:
        return self.ask("POST", "/workflows", definition)

    def execute(self, workflow_id: str, input: Any, **envelope: Any) -> str:
        """Starts an execution and returns its id."""
        started = self.ask("POST", f"/workflows/{workflow_id}/execute", {"input": input, **envelope})
        return str(started["execution_id"])

    def status(self, execution_id: str) -> dict[str, Any]:
        return self.ask("GET", f"/workflows/executions/{execution_id}")

    def history(self, execution_id: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.ask("GET", f"/workflows/executions/{execution_id}/history")["events"]
        return events

    def ended(self, execution_id: str, *, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The status of an execution once it has ended."""

        def look() -> dict[str, Any] | None:
            status = self.status(execution_id)
            return status if status["state"] in ENDED else None

        return eventually(look, seconds=seconds, what=f"the end of {execution_id}")

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """The JSON that a request under ``/api/v1`` is answered with; an AssertionError for anything but success."""
        answer = self.api.request(method, path, json=body, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        content: dict[str, Any] = answer.json()
        return content

    def set_visibility_timeout(self, queue: str, seconds: int) -> None:
        """How long a message of ``queue`` (``tasks-medium``) stays away when its reader dies; for messages to come."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=f"weft-local-{queue}")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
