"""Viewers in memory. Layer: adapters."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from chalicelib.domain import jsonvalue
from chalicelib.ports.viewers import LARGEST_MESSAGE_BYTES, Parcel, Unserved, Viewer


class MemoryViewers:
    """``Viewers`` that keep what they get. Who is in ``gone`` has left."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self._lock = Lock()
        self._received: dict[str, list[Any]] = {}

    def deliver(self, parcels: Sequence[Parcel], *, within_seconds: float) -> list[Unserved]:
        """Keep everything, for those that are there. Takes no time."""
        del within_seconds
        return [Unserved(viewer=parcel.viewer) for parcel in parcels if not self._keep(parcel)]

    def _keep(self, parcel: Parcel) -> bool:
        with self._lock:
            if parcel.viewer.connection_id in self.gone:
                return False
            for message in parcel.messages:
                if len(message) > LARGEST_MESSAGE_BYTES:
                    text = f"a message of {len(message)} bytes is larger than a gateway takes"
                    raise ValueError(text)
                self._received.setdefault(parcel.viewer.connection_id, []).append(jsonvalue.loads(message))
            return True

    def received(self, viewer: Viewer | str) -> list[Any]:
        """Everything that a viewer, or a connection by its id, got so far, as JSON values."""
        with self._lock:
            return list(self._received.get(viewer if isinstance(viewer, str) else viewer.connection_id, ()))

    def take(self, viewer: Viewer | str) -> list[Any]:
        """What ``received`` gives, which is then forgotten."""
        with self._lock:
            return self._received.pop(viewer if isinstance(viewer, str) else viewer.connection_id, [])
