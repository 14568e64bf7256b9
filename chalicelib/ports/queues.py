"""Queues and timers. Layer: ports.

Delivery is at least once, in the command queue in order per execution, elsewhere in any order, and late as it likes:
every receiver is idempotent. A send that returns has been accepted durably.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from chalicelib.domain.execution.commands import Command
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.published import PublishedEvent

T = TypeVar("T")


class CommandMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``command`` for one execution. ``trace_id`` follows a request through the logs."""

    execution_id: str
    command: Command
    trace_id: str | None = None


class OutgoingCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command to be sent, and the id that a repeat of it has too."""

    message: CommandMessage
    deduplication_id: str


class WakeUpMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Wake ``execution_id``: something of it is due at ``at``; with ``workflow_id``, its start by a schedule."""

    execution_id: str
    at: datetime
    workflow_id: str | None = None


class FanOutMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Go on telling everybody of ``event``: those who wait, or (``to``) those who start by it, beyond ``after``."""

    event: PublishedEvent
    to: Literal["waiters", "subscribers"] = "waiters"
    after: str = ""


WakerMessage = WakeUpMessage | FanOutMessage
"""What comes to the consumer of wake-ups."""


class Delivery(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A message as received: ``delivery_id`` names it for (partial) acknowledgement, ``receive_count`` is from 1."""

    delivery_id: str
    message: T
    receive_count: int = 1


class CommandQueue(Protocol):
    """Ordered per execution; executions side by side."""

    def send(self, message: CommandMessage, *, deduplication_id: str) -> None:
        """Enqueue. A repeat of ``deduplication_id`` for the execution within five minutes is accepted and dropped."""

    def send_all(self, commands: Sequence[OutgoingCommand]) -> None:
        """Enqueue each as ``send`` does, those of one execution in this order, in as few requests as can be.

        Raises ``Unavailable`` if any was not accepted; others may be.
        """


class TaskQueue(Protocol):
    """Five queues, one a priority."""

    def send(self, tasks: Sequence[Task], *, delay_seconds: int = 0) -> None:
        """Enqueue each task on the queue of its priority. Raises ``Unavailable`` if any was not accepted.

        Nobody receives it before ``delay_seconds`` (at most 900) have passed.
        """


class WakeUpQueue(Protocol):
    """Messages that become visible at an instant, however far away."""

    def send(self, message: WakeUpMessage, *, now: datetime) -> None:
        """Deliver at ``message.at`` (at once if past), never early by more than clock skew, late by a second or two."""


class FanOutQueue(Protocol):
    """Fan-outs to be gone on with. They come to the same consumer as wake-ups do."""

    def send(self, message: FanOutMessage) -> None:
        """Enqueue. Raises ``Unavailable``."""


class DueTimer(msgspec.Struct, frozen=True, kw_only=True):
    """A stored timer; ``handle`` names it for deletion."""

    execution_id: str
    at: datetime
    handle: str


class TimerStore(Protocol):
    """Wake-ups further away than a queue can hold. Setting the same (execution, instant) twice keeps one."""

    def set(self, execution_id: str, at: datetime) -> None:
        """Keep a timer until it is deleted. ``at`` must lie beyond what the sweeper looks ahead (three minutes)."""

    def due(self, *, until: datetime) -> Iterator[DueTimer]:
        """Timers at or before ``until`` from the sweeper's cursor on, oldest first."""

    def instants(self, *, limit: int) -> list[datetime]:
        """When timers are due, in no order: all of them if there are fewer than ``limit``, else some ``limit``."""

    def delete(self, timer: DueTimer) -> None:
        """Forget a timer. Deleting it twice is no error."""

    def swept(self, *, until: datetime) -> None:
        """Move the sweeper's cursor: every minute before that of ``until`` is empty. It never moves back."""


class DeadLetterQueue(Protocol[T]):
    """Messages that failed too often. ``receive`` hides them for a while; ``delete`` ends them."""

    def receive(self, limit: int) -> list[Delivery[T]]:
        """Up to ``limit`` messages; an empty list when there are none."""

    def delete(self, delivery: Delivery[T]) -> None:
        """The message has been dealt with."""


QueueKind = Literal["commands", "tasks", "wakeups", "dead_letters"]


class QueueDepth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """About how many messages a queue holds: ``visible`` to be received, ``in_flight`` at receivers, ``delayed``."""

    name: str
    kind: QueueKind
    priority: str | None = None
    visible: int
    in_flight: int
    delayed: int


class QueueDepths(Protocol):
    """How full the queues are. Counts are approximate, and a few seconds late as a rule."""

    def read(self) -> list[QueueDepth]:
        """Every queue: commands, tasks by descending priority, wake-ups, dead letters (commands, tasks).

        Raises ``Unavailable``.
        """
