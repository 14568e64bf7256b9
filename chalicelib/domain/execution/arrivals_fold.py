"""The fold of arrivals: what is kept of signals and events, and which of them are known.

Layer: domain. Part of ``evolve``: each function changes a state that is the caller's own copy. What a state remembers
of an event is two facts, each for as long as a request is remembered: that the handlers were asked about it
(``asked_id``), and that a waiting step took it (``taken_id``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.execution.arrivals import Arrival, Listening
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.remembered import is_remembered, remember
from chalicelib.domain.execution.state import State


def asked_id(event_id: str) -> str:
    """What stands for: the handlers were asked about this event."""
    return f"event:{event_id}"


def taken_id(event_id: str) -> str:
    """What stands for: a step that waited took this event."""
    return f"taken:{event_id}"


def is_news(state: State, listener: str, event_id: str) -> bool:
    """Whether ``listener`` (a run id, or ``handler:<id>``) can still have something of this event."""
    return not is_remembered(state, asked_id(event_id) if listener.startswith("handler:") else taken_id(event_id))


def started(state: State, event: Event, commit: int) -> None:
    """The handlers listen from now on, to what was published since the execution was made."""
    listens: dict[str, Any] = event.details.get("listens", {})
    state.listens = {handler_id: msgspec.convert(value, Listening) for handler_id, value in listens.items()}
    state.listens_in, state.listens_since = commit, state.created_at


def revived(state: State, commit: int, time: datetime) -> None:
    """The handlers of an execution that had ended listen again, to what is published from now on."""
    state.listens_in, state.listens_since = commit, time


def signal_received(state: State, event: Event) -> None:
    """Keep it for the next step that waits for it, or for the resume where handlers are to be asked about it."""
    details = event.details
    _settle(state, details, "signal_id")
    if not details.get("kept"):
        return
    name = details["signal_name"]
    if not details.get("until_resume"):
        state.signals[name] = [*state.signals.get(name, []), details.get("payload")]
        return
    state.arrivals.append(
        Arrival(kind="signal", id=details["signal_id"], name=name, data=details.get("payload"), by=details.get("by"))
    )


def event_received(state: State, event: Event, time: datetime) -> None:
    """Remember it, and keep it until the resume."""
    details = event.details
    event_id = details["event_id"]
    _settle(state, details, "event_id")
    remember(state, asked_id(event_id), time)
    if "taken_by" in details:
        remember(state, taken_id(event_id), time)
    if not details.get("kept"):
        return
    published_at = details.get("published_at")
    state.arrivals.append(
        Arrival(
            kind="event",
            id=event_id,
            name=details["event_name"],
            data=details.get("data"),
            correlation=details.get("correlation"),
            source=details.get("source"),
            published_at=None if published_at is None else datetime.fromisoformat(published_at),
            lineage=details.get("lineage", 0),
            asked=details.get("asked", False),
        )
    )


def _settle(state: State, details: dict[str, Any], id_field: str) -> None:
    """What was kept is decided now; a ``goto_step`` makes what waited to be followed up void."""
    if details.get("was_kept"):
        state.arrivals = [each for each in state.arrivals if each.id != details[id_field]]
    if details.get("action") == "goto_step":
        state.deferred.clear()
