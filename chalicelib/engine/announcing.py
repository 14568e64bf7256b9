"""Announcing on the bus what happens to definitions.

Layer: engine. Told once the change is made, and once at most: a bus that does not take it is reported, and the change
stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.ports.definitions import StoredDefinition
from chalicelib.ports.event_bus import EventBus, OutgoingEvent
from chalicelib.ports.system import Clock


class Announcer:
    """Announces. ``on_error`` is told of what could not be."""

    def __init__(self, bus: EventBus, clock: Clock, on_error: Callable[[str, Exception], None]) -> None:
        self._bus = bus
        self._clock = clock
        self._on_error = on_error

    def registered(self, stored: StoredDefinition, *, updated: bool) -> None:
        """A version was registered: the first of its workflow, or (``updated``) a further one."""
        detail = {"workflow_id": stored.workflow_id, "version": stored.version, "name": stored.name}
        self._send("WorkflowUpdated" if updated else "WorkflowRegistered", detail)

    def deleted(self, workflow_id: str) -> None:
        """A workflow was deleted with all its versions."""
        self._send("WorkflowDeleted", {"workflow_id": workflow_id})

    def _send(self, type_: str, detail: dict[str, Any]) -> None:
        now = self._clock.now()
        try:
            self._bus.send([OutgoingEvent(type=type_, time=now, detail={**detail, "timestamp": timestamp(now)})])
        except WeftError as error:
            self._on_error("", error)
