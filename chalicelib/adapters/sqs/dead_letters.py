"""Receiving from a dead-letter queue.

Layer: adapters. A message that cannot even be read (now, or ever) stays in its queue, reported once a visibility
timeout, until the queue's retention ends: the alarm on the queue's depth is for a person then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from chalicelib.adapters.aws import Aws, translated
from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.sqs import messages
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import CommandMessage, Delivery, WakerMessage
from chalicelib.settings import Settings

T = TypeVar("T")

_MOST_A_RECEIVE: Final = 10
_LOG: Final = logging.getLogger(__name__)


class SqsDeadLetterQueue(Generic[T]):
    """``DeadLetterQueue`` over the queue at ``queue_url``, whose message bodies ``decode`` reads."""

    def __init__(self, aws: Aws, queue_url: str, decode: Callable[[str], T]) -> None:
        self._aws = aws
        self._queue_url = queue_url
        self._decode = decode

    def receive(self, limit: int) -> list[Delivery[T]]:
        deliveries: list[Delivery[T]] = []
        while len(deliveries) < limit:
            with translated("receiving dead letters"):
                answer = self._aws.client("sqs").receive_message(
                    QueueUrl=self._queue_url,
                    MaxNumberOfMessages=min(limit - len(deliveries), _MOST_A_RECEIVE),
                    MessageSystemAttributeNames=["ApproximateReceiveCount"],
                )
            received = answer.get("Messages", [])
            if not received:
                break
            readable = (self._to_delivery(message) for message in received)
            deliveries += [delivery for delivery in readable if delivery is not None]
        return deliveries

    def delete(self, delivery: Delivery[T]) -> None:
        with translated("deleting a dead letter"):
            self._aws.client("sqs").delete_message(QueueUrl=self._queue_url, ReceiptHandle=delivery.delivery_id)

    def _to_delivery(self, message: dict[str, Any]) -> Delivery[T] | None:
        try:
            content = self._decode(message["Body"])
        except WeftError as error:  # damaged, or its large content is gone, refused or not to be had just now
            _LOG.error("dead letter %s cannot be read: %s", message["MessageId"], error)
            return None
        count = int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1))
        return Delivery(delivery_id=message["ReceiptHandle"], message=content, receive_count=count)


def command_dead_letters(aws: Aws, settings: Settings, blobs: Blobs) -> SqsDeadLetterQueue[CommandMessage]:
    """The commands that could not be decided."""
    return SqsDeadLetterQueue(aws, settings.commands_dlq_url, lambda body: messages.decode_command(body, blobs))


def task_dead_letters(aws: Aws, settings: Settings, blobs: Blobs) -> SqsDeadLetterQueue[Task | WakerMessage]:
    """The tasks whose workers died, and the wake-ups that could not be turned into commands."""
    kinds = (messages.TASK, messages.WAKE_UP, messages.FAN_OUT)
    return SqsDeadLetterQueue(aws, settings.tasks_dlq_url, lambda body: messages.decode_any(body, kinds, blobs))
