"""Tasks into five queues, one a priority. Layer: adapters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.sqs import batches, messages
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.execution.tasks import Task
from chalicelib.settings import Settings


class SqsTaskQueue:
    """``TaskQueue`` over the five task queues."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._aws = aws
        self._queue_urls = settings.task_queue_urls
        self._blobs = blobs

    def send(self, tasks: Sequence[Task], *, delay_seconds: int = 0) -> None:
        delay = {"DelaySeconds": delay_seconds} if delay_seconds else {}
        by_urgency = sorted(tasks, key=_urgency)
        for priority, group in groupby(by_urgency, key=lambda task: task.priority):
            entries = [{"MessageBody": messages.encode(messages.TASK, each, self._blobs), **delay} for each in group]
            batches.send_all(self._aws, self._queue_urls[priority], entries, "tasks")


def _urgency(task: Task) -> int:
    return PRIORITIES.index(task.priority)
