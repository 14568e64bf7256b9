"""One signal or event as it is being decided, and how it is told in the history.

Layer: domain. Works on a ``Draft``. The first event of its type carries everything about it; those that follow name it.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.execution.arrivals import Arrival
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.recorder import timestamp


class Reception:
    """``was_kept``: it is in the history already, and is decided only now."""

    def __init__(self, draft: Draft, arrival: Arrival, *, was_kept: bool = False) -> None:
        self.arrival = arrival
        self.was_kept = was_kept
        self._draft = draft
        self._since = len(draft.events)
        is_event = arrival.kind == "event"
        self._type = "ExternalEventReceived" if is_event else "SignalReceived"
        self._id_field, self._name_field = ("event_id", "event_name") if is_event else ("signal_id", "signal_name")

    @property
    def is_recorded(self) -> bool:
        """Whether this decision has recorded it."""
        events = self._draft.events[self._since :]
        return any(event.type == self._type and event.details[self._id_field] == self.arrival.id for event in events)

    def record(self, **details: Any) -> None:
        """Record it, with what becomes of it."""
        told = {self._name_field: self.arrival.name, self._id_field: self.arrival.id}
        if not self.is_recorded:
            told |= self._everything(kept=bool(details.get("kept")))
        self._draft.emit(self._type, **told, **details)

    def _everything(self, *, kept: bool) -> dict[str, Any]:
        arrival = self.arrival
        if self.was_kept:
            # A signal moves from one place to another, so it is written again; an event is not.
            return {"was_kept": True, **({"payload": arrival.data} if kept else {})}
        if arrival.kind == "signal":
            return {"payload": arrival.data, "by": arrival.by}
        return {
            "data": arrival.data,
            "correlation": arrival.correlation,
            "source": arrival.source,
            "published_at": None if arrival.published_at is None else timestamp(arrival.published_at),
            "lineage": arrival.lineage or None,
        }
