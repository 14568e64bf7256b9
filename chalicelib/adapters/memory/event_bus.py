"""The bus in memory: what was sent, in order. Layer: adapters."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from chalicelib.adapters.outgoing import fitting
from chalicelib.ports.event_bus import OutgoingEvent


class MemoryEventBus:
    """``EventBus`` that keeps what it is given in ``sent``."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.sent: list[OutgoingEvent] = []

    def send(self, events: Sequence[OutgoingEvent]) -> None:
        fit = [fitting(event) for event in events]
        with self._lock:
            self.sent += fit
