"""Recording events: each is folded at once, so later parts of the same decision see it.

Layer: domain. Works on a copy; the caller's state is never touched.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import apply
from chalicelib.domain.execution.state import State


class Recorder:
    """The events so far of commit ``number``, and the state they lead to."""

    def __init__(self, state: State, now: datetime) -> None:
        self.state = state.copy()
        self.now = now
        self.number = state.commit + 1
        self.events: list[Event] = []
        self.bytes = 0

    def emit(self, type_: str, run_id: str | None = None, **details: Any) -> None:
        """Record an event. Details that are None are left out, but for an input: a mapped input may be null."""
        kept = {name: value for name, value in details.items() if value is not None or name == "input"}
        event = Event(type_, run_id, kept)
        apply(self.state, event, self.number, self.now)
        self.events.append(event)
        self.bytes += weight(kept)

    def duration_ms(self, run_id: str) -> int:
        """Milliseconds since an open run started, or else was scheduled."""
        run = self.state.runs[run_id]
        return max(round((self.now - (run.started_at or run.scheduled_at)).total_seconds() * 1000), 0)


def weight(value: Any) -> int:
    """A rough count of the bytes that ``value`` takes when written, cheap to make."""
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, dict):
        return sum(len(key) + 4 + weight(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(1 + weight(item) for item in value)
    return 8


def timestamp(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as every timestamp of the product is written."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
