"""How full the queues are, as SQS counts. Layer: adapters. One request a queue."""

from __future__ import annotations

from typing import Final

from chalicelib.adapters.aws import Aws, translated
from chalicelib.ports.queues import QueueDepth, QueueKind
from chalicelib.settings import Settings

_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SqsQueueDepths:
    """``QueueDepths`` of the stack's queues. A queue's name is that in SQS."""

    def __init__(self, aws: Aws, settings: Settings) -> None:
        self._aws = aws
        self._settings = settings

    def read(self) -> list[QueueDepth]:
        settings = self._settings
        return [
            self._depth(settings.commands_queue_url, "commands"),
            *(self._depth(address, "tasks", priority) for priority, address in settings.task_queue_urls.items()),
            self._depth(settings.wakeups_queue_url, "wakeups"),
            self._depth(settings.commands_dlq_url, "dead_letters"),
            self._depth(settings.tasks_dlq_url, "dead_letters"),
        ]

    def _depth(self, queue_url: str, kind: QueueKind, priority: str | None = None) -> QueueDepth:
        name = queue_url.rpartition("/")[2]
        with translated(f"counting the messages of {name}"):
            answer = self._aws.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[*_COUNTS])
        visible, in_flight, delayed = (int(answer.get("Attributes", {}).get(each, 0)) for each in _COUNTS)
        return QueueDepth(
            name=name, kind=kind, priority=priority, visible=visible, in_flight=in_flight, delayed=delayed
        )
