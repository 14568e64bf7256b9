"""SQS in memory, on a clock that somebody else moves.

Delays, visibility timeouts, message groups, deduplication for five minutes, dead-letter queues after too many
deliveries: as AWS documents them, with nothing random. Requests come as botocore sends them, JSON in and out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

import msgspec

from chalicelib.ports.system import Clock

URL: Final = "https://sqs.us-east-1.amazonaws.com/123456789012/"
_DEDUPLICATED_FOR: Final = timedelta(minutes=5)


class Message(msgspec.Struct):
    """A message in a queue. ``receives`` counts its deliveries so far, ``visible_at`` is when it can be received."""

    message_id: str
    body: str
    visible_at: datetime
    group: str | None = None
    receives: int = 0
    hidden: bool = False

    def shown(self, now: datetime) -> bool:
        """Whether it can be received at ``now``."""
        return self.visible_at <= now

    def to_record(self) -> dict[str, Any]:
        """This delivery as Lambda's event source hands it in."""
        return {
            "messageId": self.message_id,
            "receiptHandle": self.message_id,
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": str(self.receives)},
            "eventSource": "aws:sqs",
        }


class Queue:
    """One queue, FIFO if its name says so."""

    def __init__(
        self, name: str, clock: Clock, *, visibility_seconds: int = 30, max_receives: int = 0, dead: Queue | None = None
    ) -> None:
        self.name = name
        self.url = URL + name
        self.is_fifo = name.endswith(".fifo")
        self.dead = dead
        self._clock = clock
        self._visibility = timedelta(seconds=visibility_seconds)
        self._max_receives = max_receives
        self._messages: dict[str, Message] = {}
        self._sent: dict[tuple[str, str], datetime] = {}
        self._serials = count(1)

    def __len__(self) -> int:
        """Messages waiting or being worked on."""
        return len(self._messages)

    def send(self, body: str, *, delay_seconds: int = 0, group: str | None = None, deduplication: str = "") -> str:
        """Take a message in; gives its id. One sent again within five minutes is taken for the first."""
        now = self._clock.now()
        message_id = f"{self.name}-{next(self._serials)}"
        if self.is_fifo:
            key = (group or "", deduplication)
            if key in self._sent and now - self._sent[key] < _DEDUPLICATED_FOR:
                return message_id
            self._sent[key] = now
        visible_at = now + timedelta(seconds=delay_seconds)
        self._messages[message_id] = Message(message_id, body, visible_at, group)
        return message_id

    def receive(self, limit: int, choose: Callable[[list[Message]], list[Message]] = list) -> list[Message]:
        """Up to ``limit`` messages, hidden from now on for the visibility timeout; ``choose`` may change the order."""
        now = self._clock.now()
        received: list[Message] = []
        candidates = self._shown(now)
        for message in candidates if self.is_fifo else choose(candidates):
            if len(received) == limit:
                break
            if self.dead is not None and message.receives >= self._max_receives:
                del self._messages[message.message_id]
                self.dead.send(message.body, group=message.group, deduplication=message.message_id)
                continue
            message.receives += 1
            message.hidden = True
            message.visible_at = now + self._visibility
            received.append(message)
        return received

    def _shown(self, now: datetime) -> list[Message]:
        """What can be received now. A group with a message in flight, or one waiting, is held up from there on."""
        if not self.is_fifo:
            return [message for message in self._messages.values() if message.shown(now)]
        held: set[str | None] = set()
        shown = []
        for message in self._messages.values():
            if message.group in held:
                continue
            if message.shown(now):
                shown.append(message)
            else:
                held.add(message.group)
        return shown

    def delete(self, message_id: str) -> None:
        """Forget a message; an unknown one is no error."""
        self._messages.pop(message_id, None)

    def next_visible_at(self) -> datetime | None:
        """The earliest instant at which something can be received, None for an empty queue."""
        if not self.is_fifo:
            return min((message.visible_at for message in self._messages.values()), default=None)
        first: dict[str | None, datetime] = {}
        for message in self._messages.values():  # what comes after the first of a group waits for it
            first.setdefault(message.group, message.visible_at)
        return min(first.values(), default=None)

    def messages(self) -> list[Message]:
        """Everything in the queue, in the order of sending."""
        return list(self._messages.values())


class Sqs:
    """Answers the requests that the engine's adapters make."""

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}

    def add(self, queue: Queue) -> None:
        """Have ``queue`` found by its address."""
        self.queues[queue.url] = queue

    def answer(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises ``KeyError`` for an unknown queue or operation."""
        queue = self.queues[body["QueueUrl"]]
        answers: dict[str, Callable[[Queue, dict[str, Any]], dict[str, Any]]] = {
            "SendMessage": _send,
            "SendMessageBatch": _send_batch,
            "ReceiveMessage": _receive,
            "DeleteMessage": _delete,
        }
        return answers[operation](queue, body)


def _send(queue: Queue, body: dict[str, Any]) -> dict[str, Any]:
    message_id = queue.send(
        body["MessageBody"],
        delay_seconds=body.get("DelaySeconds", 0),
        group=body.get("MessageGroupId"),
        deduplication=body.get("MessageDeduplicationId", ""),
    )
    return {"MessageId": message_id, "MD5OfMessageBody": _md5(body["MessageBody"])}


def _send_batch(queue: Queue, body: dict[str, Any]) -> dict[str, Any]:
    return {"Successful": [{"Id": entry["Id"], **_send(queue, entry)} for entry in body["Entries"]], "Failed": []}


def _receive(queue: Queue, body: dict[str, Any]) -> dict[str, Any]:
    received = queue.receive(body.get("MaxNumberOfMessages", 1))
    return {
        "Messages": [
            {
                "MessageId": message.message_id,
                "ReceiptHandle": message.message_id,
                "Body": message.body,
                "MD5OfBody": _md5(message.body),
                "Attributes": {"ApproximateReceiveCount": str(message.receives)},
            }
            for message in received
        ]
    }


def _delete(queue: Queue, body: dict[str, Any]) -> dict[str, Any]:
    queue.delete(body["ReceiptHandle"])
    return {}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
