"""Task, wake-up and dead-letter queues in memory, with both ends.

Layer: adapters. Like SQS: a message received is hidden until it is acknowledged or released; released too often, it
goes to the dead-letter queue. Unlike SQS, no delivery runs out of time: a message stays hidden however long it takes.
Sending and receiving cost O(log n), whatever the number of messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import msgspec

from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.system import SystemClock
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import Delivery, FanOutMessage, WakerMessage, WakeUpMessage
from chalicelib.ports.system import Clock

T = TypeVar("T")

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
"""When a message without a delay becomes visible."""
MAX_RECEIVES: Final = 3

_TASKS: Final[Codec[Task]] = Codec(Task)
_FAN_OUTS: Final[Codec[FanOutMessage]] = Codec(FanOutMessage)


Counts = tuple[int, int, int]
"""Messages to be received, at their receivers, and delayed."""


class Held(msgspec.Struct, Generic[T]):
    """A message in a queue. ``serial`` keeps the order of sending, ``receives`` counts deliveries so far."""

    serial: int
    message: T
    receives: int = 0

    def delivery(self) -> Delivery[T]:
        """The next delivery of it. Each has an id of its own, so a late answer to an earlier one means nothing."""
        self.receives += 1
        return Delivery(delivery_id=f"{self.serial}.{self.receives}", message=self.message, receive_count=self.receives)


class MemoryDeadLetterQueue(Generic[T]):
    """``DeadLetterQueue``: what was received stays hidden until it is deleted or released."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[tuple[int, Held[T]]] = []
        self._hidden: dict[str, Held[T]] = {}
        self._serials = count(1)

    def put(self, message: T) -> None:
        """Take in a message that failed too often."""
        with self._lock:
            held = Held(next(self._serials), message)
            heappush(self._waiting, (held.serial, held))

    def receive(self, limit: int) -> list[Delivery[T]]:
        with self._lock:
            taken = [heappop(self._waiting)[1] for _ in range(min(limit, len(self._waiting)))]
            deliveries = [held.delivery() for held in taken]
            self._hidden.update(zip((delivery.delivery_id for delivery in deliveries), taken, strict=True))
        return deliveries

    def delete(self, delivery: Delivery[T]) -> None:
        with self._lock:
            self._hidden.pop(delivery.delivery_id, None)

    def release(self, delivery_id: str) -> None:
        """Show a message again that could not be dealt with."""
        with self._lock:
            held = self._hidden.pop(delivery_id, None)
            if held is not None:
                heappush(self._waiting, (held.serial, held))

    def release_all(self) -> None:
        """Show again whatever was received and not deleted: its receiver is gone."""
        with self._lock:
            hidden = list(self._hidden)
        for delivery_id in hidden:
            self.release(delivery_id)

    def counts(self) -> Counts:
        """How many messages it holds."""
        with self._lock:
            return len(self._waiting), len(self._hidden), 0

    def __len__(self) -> int:
        """Messages waiting or hidden."""
        with self._lock:
            return len(self._waiting) + len(self._hidden)


class MemoryQueue(Generic[T]):
    """A standard queue: each message visible from an instant on, the earliest first.

    ``dead_letters`` may take in those of other queues too.
    """

    def __init__(
        self, dead_letters: MemoryDeadLetterQueue[Any] | None = None, max_receives: int = MAX_RECEIVES
    ) -> None:
        self.dead_letters = dead_letters if dead_letters is not None else MemoryDeadLetterQueue[Any]()
        self._max_receives = max_receives
        self._lock = Lock()
        self._waiting: list[tuple[datetime, int, Held[T]]] = []
        self._hidden: dict[str, Held[T]] = {}
        self._serials = count(1)

    def put(self, message: T, *, visible_at: datetime = ALWAYS) -> None:
        """Enqueue a message that nobody sees before ``visible_at``."""
        with self._lock:
            held = Held(next(self._serials), message)
            heappush(self._waiting, (visible_at, held.serial, held))

    def receive(self, limit: int, *, now: datetime) -> list[Delivery[T]]:
        """Up to ``limit`` messages visible at ``now``, hidden from now on."""
        deliveries: list[Delivery[T]] = []
        with self._lock:
            while len(deliveries) < limit and self._waiting and self._waiting[0][0] <= now:
                held = heappop(self._waiting)[2]
                delivery = held.delivery()
                self._hidden[delivery.delivery_id] = held
                deliveries.append(delivery)
        return deliveries

    def acknowledge(self, delivery_id: str) -> None:
        """Forget the message. An unknown delivery is no error."""
        with self._lock:
            self._hidden.pop(delivery_id, None)

    def release(self, delivery_id: str, *, visible_at: datetime = ALWAYS) -> None:
        """Show the message again from ``visible_at`` on, or move it to the dead letters after its last delivery."""
        with self._lock:
            held = self._hidden.pop(delivery_id, None)
            if held is None:
                return
            if held.receives >= self._max_receives:
                self.dead_letters.put(held.message)
            else:
                heappush(self._waiting, (visible_at, held.serial, held))

    def next_visible_at(self) -> datetime | None:
        """When the next message can be received (``ALWAYS`` for one without a delay), None if none is waiting."""
        with self._lock:
            return self._waiting[0][0] if self._waiting else None

    def counts(self, now: datetime) -> Counts:
        """How many messages it holds at ``now``."""
        with self._lock:
            visible = sum(1 for visible_at, _, _ in self._waiting if visible_at <= now)
            return visible, len(self._hidden), len(self._waiting) - visible

    def __len__(self) -> int:
        """Messages waiting or hidden."""
        with self._lock:
            return len(self._waiting) + len(self._hidden)


class MemoryWakeUpQueue(MemoryQueue[WakerMessage]):
    """``WakeUpQueue`` that reaches any distance."""

    def send(self, message: WakeUpMessage, *, now: datetime) -> None:
        self.put(message, visible_at=max(message.at, now))


class MemoryFanOutQueue:
    """``FanOutQueue`` into the wake-ups' queue, as on AWS."""

    def __init__(self, wakeups: MemoryWakeUpQueue) -> None:
        self._wakeups = wakeups

    def send(self, message: FanOutMessage) -> None:
        self._wakeups.put(_FAN_OUTS.decode(_FAN_OUTS.encode(message), form=_FAN_OUTS.form))


class MemoryTaskQueue:
    """``TaskQueue``: five queues, received from by descending priority. ``clock`` is what a delay counts from."""

    def __init__(
        self,
        dead_letters: MemoryDeadLetterQueue[Any] | None = None,
        max_receives: int = MAX_RECEIVES,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.dead_letters = dead_letters if dead_letters is not None else MemoryDeadLetterQueue[Any]()
        self._clock = clock or SystemClock()
        self._queues: dict[str, MemoryQueue[Task]] = {
            priority: MemoryQueue(self.dead_letters, max_receives) for priority in PRIORITIES
        }

    def send(self, tasks: Sequence[Task], *, delay_seconds: int = 0) -> None:
        copies = [_TASKS.decode(_TASKS.encode(task), form=_TASKS.form) for task in tasks]
        visible_at = self._clock.now() + timedelta(seconds=delay_seconds) if delay_seconds else ALWAYS
        for task in copies:
            self._queues[task.priority].put(task, visible_at=visible_at)

    def receive(self, limit: int, *, now: datetime, priority: str | None = None) -> list[Delivery[Task]]:
        """Up to ``limit`` tasks, those of the highest priority first, or of one ``priority`` only."""
        deliveries: list[Delivery[Task]] = []
        for name, queue in self._queues.items():
            if priority in {None, name}:
                received = queue.receive(limit - len(deliveries), now=now)
                deliveries += [_named(name, delivery) for delivery in received]
        return deliveries

    def acknowledge(self, delivery_id: str) -> None:
        """Forget the task. An unknown delivery is no error."""
        name, _, own_id = delivery_id.partition("/")
        self._queues[name].acknowledge(own_id)

    def release(self, delivery_id: str, *, visible_at: datetime = ALWAYS) -> None:
        """Show the task again from ``visible_at`` on, or move it to the dead letters after its last delivery."""
        name, _, own_id = delivery_id.partition("/")
        self._queues[name].release(own_id, visible_at=visible_at)

    def next_visible_at(self) -> datetime | None:
        """When the next task can be received (``ALWAYS`` for one without a delay), None if none is waiting."""
        instants = [queue.next_visible_at() for queue in self._queues.values()]
        return min((at for at in instants if at is not None), default=None)

    def counts(self, priority: str, now: datetime) -> Counts:
        """How many tasks of ``priority`` it holds at ``now``."""
        return self._queues[priority].counts(now)

    def __len__(self) -> int:
        """Tasks waiting or hidden."""
        return sum(len(queue) for queue in self._queues.values())


def _named(queue: str, delivery: Delivery[Task]) -> Delivery[Task]:
    return msgspec.structs.replace(delivery, delivery_id=f"{queue}/{delivery.delivery_id}")
