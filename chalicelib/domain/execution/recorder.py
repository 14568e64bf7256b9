"""Recording events: each is folded at once, so later parts of the same decision see it.

Layer: domain. Works on a copy; the caller's state is never touched.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from chalicelib.domain.execution.children import Child, leaving
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import apply
from chalicelib.domain.execution.state import State, StepRun


class Recorder:
    """The events so far of commit ``number``, the state ``before`` them, and the one they lead to.

    ``ended_children`` are the executions that have told this one that they have ended.
    """

    def __init__(self, state: State, now: datetime) -> None:
        self.before = state
        self.state = state.copy()
        self.now = now
        self.number = state.commit + 1
        self.events: list[Event] = []
        self._weighed = self._bytes = 0
        self.ended_children: set[str] = set()

    def emit(self, type_: str, run_id: str | None = None, **details: Any) -> None:
        """Record an event. Details that are None are left out, but for an input: a mapped input may be null."""
        self.record(
            type_, run_id, {name: value for name, value in details.items() if value is not None or name == "input"}
        )

    def record(self, type_: str, run_id: str | None, details: dict[str, Any]) -> None:
        """Record an event of these ``details``, which are the event's own from now on; none of them is left out."""
        run = None if run_id is None else self.state.runs.get(run_id)
        if run is not None and run.child is not None:
            details.update(self._of_child(type_, run, run.child))
        event = Event(type_, run_id, details)
        apply(self.state, event, self.number, self.now)
        self.events.append(event)

    def take_back(self, kept: int) -> None:
        """Forget all events but the first ``kept``. The state is for the caller to put back."""
        del self.events[kept:]
        self._weighed = self._bytes = 0

    @property
    def bytes(self) -> int:
        """About how many bytes the events take when written."""
        self._bytes += sum(weight(event.details) for event in self.events[self._weighed :])
        self._weighed = len(self.events)
        return self._bytes

    def _of_child(self, type_: str, run: StepRun, child: Child) -> dict[str, Any]:
        """What the end of an attempt says of the child execution that it began in an earlier commit."""
        over = run.cause == self.number or child.execution_id in self.ended_children
        return leaving(child, run.attempt, type_, over=over)

    def duration_ms(self, run_id: str) -> int:
        """Milliseconds since an open run started, or else was scheduled."""
        run = self.state.runs[run_id]
        took = round((self.now - (run.started_at or run.scheduled_at)).total_seconds() * 1000)
        return max(0, took)


def weight(value: Any) -> int:
    """A rough count of the bytes that ``value`` takes when written, cheap to make."""
    kind = type(value)
    if kind is str:
        return len(value) + 2
    if kind is dict:
        total = 0
        for key, item in value.items():
            total += len(key) + 4 + (len(item) + 2 if type(item) is str else weight(item))
        return total
    if kind is list:
        return sum([1 + weight(item) for item in value])
    return 8


_ENCODER: Final = msgspec.json.Encoder()
_MILLISECONDS: Final = tuple(f".{number:03d}Z" for number in range(1000))


@lru_cache(maxsize=256)  # a decision has one instant, which its events and expressions name again and again
def timestamp(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as every timestamp of the product is written."""
    in_utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    text = _ENCODER.encode(in_utc)  # several times as fast as isoformat
    return text[1:20].decode() + _MILLISECONDS[instant.microsecond // 1000]
