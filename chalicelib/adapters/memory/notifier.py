"""A notifier that sends nothing out: it keeps what it was asked to send. Layer: adapters."""

from __future__ import annotations

from threading import Lock
from typing import Any

import msgspec

from chalicelib.ports.notifications import Delivery, Notice, NoticeBoard, Receipt, Sending


class MemoryNotifier:
    """``Notifier`` into a list. Notices are posted to ``board`` too: they can be read wherever they are kept."""

    def __init__(self, board: NoticeBoard) -> None:
        self._board = board
        self._lock = Lock()
        self._outbox: list[tuple[Sending, Delivery]] = []

    def send(self, delivery: Delivery, sending: Sending) -> Receipt:
        if isinstance(delivery, Notice):
            self._board.post(
                delivery,
                id=sending.key,
                at=sending.first_at,
                execution_id=sending.execution_id,
                step_id=sending.step_id,
            )
        with self._lock:
            self._outbox.append((sending, delivery))
            return {"message_id": f"memory-{len(self._outbox)}"}

    @property
    def outbox(self) -> list[dict[str, Any]]:
        """What was sent, oldest first: ``{sent_at, execution_id, step_id, channel, …the delivery's own fields}``."""
        with self._lock:
            sent = list(self._outbox)
        return [_row(sending, delivery) for sending, delivery in sent]


def _row(sending: Sending, delivery: Delivery) -> dict[str, Any]:
    return {
        "sent_at": sending.now,
        "execution_id": sending.execution_id,
        "step_id": sending.step_id,
        "channel": delivery.channel,
        **msgspec.json.decode(msgspec.json.encode(delivery)),
    }
