"""Which executions have ended, heard on the event bus like anybody else could: no look at the API, so no load by it.

A queue of our own is a target of a rule on the bus. An end may be heard twice; the first counts.
"""

from __future__ import annotations

import json
import threading
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

_STATES = {"WorkflowFailed": "failed", "WorkflowCanceled": "canceled", "WorkflowTimedOut": "timed_out"}
QUEUE = "load-endings"


class Ending(NamedTuple):
    """How an execution ended. ``at`` is the engine's own time, in seconds since 1970."""

    state: str
    at: float


class Endings:
    """Usable as a context manager, which listens in a thread. ``client`` makes boto3 clients."""

    def __init__(self, client: Any) -> None:
        self._sqs, events = client("sqs"), client("events")
        self._url: str = self._sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=QUEUE, EventBusName="weft", EventPattern=json.dumps({"source": ["weft"]}))
        events.put_targets(Rule=QUEUE, EventBusName="weft", Targets=[{"Id": "queue", "Arn": arn}])
        self._known: dict[str, Ending] = {}
        self._news = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="endings", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def of(self, execution_id: str) -> Ending | None:
        """How ``execution_id`` ended, as far as it was heard."""
        with self._news:
            return self._known.get(execution_id)

    def wait(self, execution_id: str, seconds: float) -> Ending | None:
        """How ``execution_id`` ended, or None if that is not heard within ``seconds``."""
        with self._news:
            self._news.wait_for(lambda: execution_id in self._known, seconds)
            return self._known.get(execution_id)

    def count(self) -> int:
        """How many executions have ended, children among them."""
        with self._news:
            return len(self._known)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            received = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            messages = received.get("Messages", [])
            if not messages:
                continue
            self._hear([json.loads(message["Body"]) for message in messages])
            entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _hear(self, events: list[dict[str, Any]]) -> None:
        with self._news:
            for event in events:
                detail, kind = event["detail"], event["detail-type"]
                # A completion says how complete it is.
                state = detail["state"] if kind == "WorkflowCompleted" else _STATES.get(kind)
                if state is not None:
                    at = datetime.fromisoformat(detail["timestamp"]).timestamp()
                    self._known.setdefault(detail["execution_id"], Ending(state, at))
            self._news.notify_all()
