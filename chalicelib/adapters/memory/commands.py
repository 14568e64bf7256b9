"""The command queue in memory, with both ends: FIFO per execution, executions side by side.

Layer: adapters. As in an SQS FIFO queue: one receive may take several messages of an execution, in order; until the
last of them is acknowledged or released, that execution gives nothing else. What is released comes first again.
Every operation costs O(1) for each message it touches, whatever the number of messages and executions.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import Final

import msgspec

from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.memory.queues import ALWAYS, MAX_RECEIVES, Counts, Held, MemoryDeadLetterQueue
from chalicelib.ports.queues import CommandMessage, Delivery, OutgoingCommand

DEDUPLICATION: Final = timedelta(minutes=5)

_MESSAGES: Final[Codec[CommandMessage]] = Codec(CommandMessage)


class _Group(msgspec.Struct):
    """What is in the queue for one execution: waiting in order, out for delivery, and given back meanwhile."""

    waiting: deque[Held[CommandMessage]]
    out: dict[str, Held[CommandMessage]]
    returned: list[Held[CommandMessage]]


class MemoryCommandQueue:
    """``CommandQueue``. Five minutes of deduplication are measured by the ``now`` of the receives."""

    def __init__(
        self, dead_letters: MemoryDeadLetterQueue[CommandMessage] | None = None, max_receives: int = MAX_RECEIVES
    ) -> None:
        self.dead_letters = dead_letters if dead_letters is not None else MemoryDeadLetterQueue[CommandMessage]()
        self._max_receives = max_receives
        self._lock = Lock()
        self._groups: dict[str, _Group] = {}
        self._ready: deque[str] = deque()
        self._group_of: dict[str, str] = {}
        self._serials = count(1)
        self._now: datetime | None = None
        self._seen: OrderedDict[tuple[str, str], datetime | None] = OrderedDict()

    def send(self, message: CommandMessage, *, deduplication_id: str) -> None:
        copy = _MESSAGES.decode(_MESSAGES.encode(message), form=_MESSAGES.form)
        with self._lock:
            self._forget_old_ids()
            if (message.execution_id, deduplication_id) in self._seen:
                return
            self._seen[message.execution_id, deduplication_id] = self._now
            group = self._groups.get(message.execution_id)
            if group is None:
                group = self._groups[message.execution_id] = _Group(deque(), {}, [])
                self._ready.append(message.execution_id)
            group.waiting.append(Held(next(self._serials), copy))

    def send_all(self, commands: Sequence[OutgoingCommand]) -> None:
        for command in commands:
            self.send(command.message, deduplication_id=command.deduplication_id)

    def receive(self, limit: int, *, now: datetime) -> list[Delivery[CommandMessage]]:
        """Up to ``limit`` messages, in order for each execution, of executions that have none out for delivery."""
        deliveries: list[Delivery[CommandMessage]] = []
        with self._lock:
            self._see(now)
            while self._ready and len(deliveries) < limit:
                execution_id = self._ready.popleft()
                group = self._groups[execution_id]
                while group.waiting and len(deliveries) < limit:
                    held = group.waiting.popleft()
                    delivery = held.delivery()
                    group.out[delivery.delivery_id] = held
                    self._group_of[delivery.delivery_id] = execution_id
                    deliveries.append(delivery)
        return deliveries

    def acknowledge(self, delivery_id: str) -> None:
        """Forget the message. An unknown delivery is no error."""
        with self._lock:
            self._take_back(delivery_id)

    def release(self, delivery_id: str) -> None:
        """Show the message again, or move it to the dead letters after its last delivery."""
        with self._lock:
            self._take_back(delivery_id, again=True)

    def next_visible_at(self) -> datetime | None:
        """``ALWAYS`` when a message can be received, None when none can."""
        with self._lock:
            return ALWAYS if self._ready else None

    def counts(self) -> Counts:
        """How many messages it holds."""
        with self._lock:
            groups = self._groups.values()
            out = sum(len(group.out) + len(group.returned) for group in groups)
            return sum(len(group.waiting) for group in groups), out, 0

    def __len__(self) -> int:
        """Messages waiting or out for delivery."""
        with self._lock:
            return sum(len(group.waiting) + len(group.out) + len(group.returned) for group in self._groups.values())

    def _take_back(self, delivery_id: str, *, again: bool = False) -> None:
        execution_id = self._group_of.pop(delivery_id, None)
        if execution_id is None:
            return
        group = self._groups[execution_id]
        held = group.out.pop(delivery_id)
        if again and held.receives < self._max_receives:
            group.returned.append(held)
        elif again:
            self.dead_letters.put(held.message)
        if not group.out:
            self._unlock(execution_id, group)

    def _unlock(self, execution_id: str, group: _Group) -> None:
        group.returned.sort(key=lambda held: held.serial)
        group.waiting.extendleft(reversed(group.returned))
        group.returned.clear()
        if group.waiting:
            self._ready.append(execution_id)
        else:
            del self._groups[execution_id]

    def _see(self, now: datetime) -> None:
        if self._now is None:  # what was sent before anyone told the time was sent now
            self._seen = OrderedDict.fromkeys(self._seen, now)
        self._now = now if self._now is None else max(self._now, now)

    def _forget_old_ids(self) -> None:
        while self._seen and self._now is not None:
            sent_at = next(iter(self._seen.values()))
            if sent_at is None or self._now - sent_at < DEDUPLICATION:
                return
            self._seen.popitem(last=False)
