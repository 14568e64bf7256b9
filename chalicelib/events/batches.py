"""Partial batch answers, in the shape that Lambda's event sources expect.

Layer: events. A record that cannot even be read is returned like one that failed: it ends in the dead-letter queue,
where somebody can look at it, and holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from chalicelib import observability
from chalicelib.ports.queues import Delivery

T = TypeVar("T")


def deliveries(records: Iterable[dict[str, Any]], decode: Callable[[str], T]) -> tuple[list[Delivery[T]], list[str]]:
    """SQS records as deliveries, and the ids of those that cannot be read."""
    read: list[Delivery[T]] = []
    unreadable: list[str] = []
    for record in records:
        try:
            message = decode(record["body"])
            count = int(record["attributes"]["ApproximateReceiveCount"])
        except Exception as error:  # noqa: BLE001 - whatever is in a queue must not stop the rest of it
            observability.logger().error("unreadable message %s", record["messageId"], exc_info=error)
            unreadable.append(record["messageId"])
            continue
        read.append(Delivery(delivery_id=record["messageId"], message=message, receive_count=count))
    return read, unreadable


def failures(ids: Iterable[str]) -> dict[str, Any]:
    """The answer that has only ``ids`` delivered again."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}
