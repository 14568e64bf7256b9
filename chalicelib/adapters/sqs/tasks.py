"""Tasks into five queues, one a priority.

Layer: adapters. A batch takes ten messages and 256 KB in all, and may fail in part: that part is sent again, twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from chalicelib.adapters.aws import Aws, AwsRefused, translated
from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.sqs import messages
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.tasks import Task
from chalicelib.settings import Settings

_MOST_A_BATCH: Final = 10
_LARGEST_BATCH_BYTES: Final = 256 * 1024
_ATTEMPTS: Final = 3


class SqsTaskQueue:
    """``TaskQueue`` over the five task queues."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._aws = aws
        self._queue_urls = settings.task_queue_urls
        self._blobs = blobs

    def send(self, tasks: Sequence[Task], *, delay_seconds: int = 0) -> None:
        by_urgency = sorted(tasks, key=_urgency)
        for priority, group in groupby(by_urgency, key=lambda task: task.priority):
            bodies = [messages.encode(messages.TASK, task, self._blobs) for task in group]
            for batch in _batches(bodies):
                self._send_batch(self._queue_urls[priority], batch, delay_seconds)

    def _send_batch(self, queue_url: str, bodies: list[str], delay_seconds: int) -> None:
        delay = {"DelaySeconds": delay_seconds} if delay_seconds else {}
        entries: list[dict[str, Any]] = [{"Id": str(n), "MessageBody": body, **delay} for n, body in enumerate(bodies)]
        failed: list[dict[str, Any]] = []
        for _ in range(_ATTEMPTS):
            with translated(f"sending {len(entries)} tasks"):
                answer = self._aws.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
            failed = answer.get("Failed", [])
            if not failed:
                return
            _refuse_own_faults(failed)
            ids = {failure["Id"] for failure in failed}
            entries = [entry for entry in entries if entry["Id"] in ids]
        message = f"{len(entries)} tasks were not accepted: {failed[0].get('Code')} {failed[0].get('Message', '')}"
        raise Unavailable(message)


def _batches(bodies: list[str]) -> Iterator[list[str]]:
    """``bodies``, at least one, in order, in as few batches as SQS takes."""
    batch: list[str] = []
    size_bytes = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == _MOST_A_BATCH or size_bytes + length > _LARGEST_BATCH_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(body)
        size_bytes += length
    yield batch


def _refuse_own_faults(failed: list[dict[str, Any]]) -> None:
    for failure in failed:
        if failure.get("SenderFault"):
            message = f"a task was refused: {failure.get('Code')} {failure.get('Message', '')}"
            raise AwsRefused(message)


def _urgency(task: Task) -> int:
    return PRIORITIES.index(task.priority)
