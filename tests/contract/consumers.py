"""The receiving end of a queue, which on AWS is Lambda's and no port. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from chalicelib.adapters.memory import VirtualClock
from chalicelib.ports.queues import Delivery

T = TypeVar("T")


class Consumer(Protocol[T]):
    """Receives messages as an event source does."""

    def receive(self, limit: int = 10, *, by: datetime | None = None) -> list[Delivery[T]]:
        """Up to ``limit`` messages: visible now, or waited for until ``by``."""

    def acknowledge(self, delivery: Delivery[T]) -> None:
        """The message is done with."""

    def release(self, delivery: Delivery[T]) -> None:
        """The message failed: show it again at once."""


class MemoryQueueEnd(Protocol[T]):
    """What every queue in memory offers its receiver."""

    def receive(self, limit: int, *, now: datetime) -> list[Delivery[T]]: ...

    def acknowledge(self, delivery_id: str) -> None: ...

    def release(self, delivery_id: str) -> None: ...


class MemoryConsumer(Generic[T]):
    """Receives from a queue in memory, where waiting moves the clock."""

    def __init__(self, queue: MemoryQueueEnd[T], clock: VirtualClock) -> None:
        self._queue = queue
        self._clock = clock

    def receive(self, limit: int = 10, *, by: datetime | None = None) -> list[Delivery[T]]:
        if by is not None:
            self._clock.advance_to(by)
        return self._queue.receive(limit, now=self._clock.now())

    def acknowledge(self, delivery: Delivery[T]) -> None:
        self._queue.acknowledge(delivery.delivery_id)

    def release(self, delivery: Delivery[T]) -> None:
        self._queue.release(delivery.delivery_id)


class SqsConsumer(Generic[T]):
    """Receives from SQS, with long polling where there is something to wait for."""

    def __init__(self, client: Any, address: str, decode: Callable[[str], T], now: Callable[[], datetime]) -> None:
        self._client = client
        self._address = address
        self._decode = decode
        self._now = now

    def receive(self, limit: int = 10, *, by: datetime | None = None) -> list[Delivery[T]]:
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._address,
                MaxNumberOfMessages=min(limit, 10),
                WaitTimeSeconds=0 if by is None else 1,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
            received = [self._delivery(message) for message in answer.get("Messages", [])]
            if received or by is None or self._now() > by + timedelta(seconds=2):
                return received

    def acknowledge(self, delivery: Delivery[T]) -> None:
        self._client.delete_message(QueueUrl=self._address, ReceiptHandle=delivery.delivery_id)

    def release(self, delivery: Delivery[T]) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._address, ReceiptHandle=delivery.delivery_id, VisibilityTimeout=0
        )

    def _delivery(self, message: dict[str, Any]) -> Delivery[T]:
        return Delivery(
            delivery_id=message["ReceiptHandle"],
            message=self._decode(message["Body"]),
            receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
        )
