"""Published events, and who waits for them, as entries.

Layer: engine. Correlation is part of the partition, so finding either never reads what it does not want:

    published#<event id>              "event"                    the event, so that its id counts once
    event#<name>[#<correlation>]      <instant>#<event id>       the event; without the correlation every one of a name
    fan-out#<event id>                <place>                    what a large fan-out has behind it
    waiter#<name>[#<correlation>]     <execution id>#<listener>  who waits for one correlation, or for any

Events are kept for 14 days. A waiter goes when its execution tells; else when its execution can no longer be there.
Writing one side's entry before reading the other's is what lets none of them miss the other: see ``PublishEvent`` and
``Listening``.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.published import PublishedEvent
from chalicelib.ports.entries import Entries, Entry

KEPT: Final = timedelta(days=14)
"""How long an event is found by who begins to wait after it was published."""
_LONGEST_QUOTED: Final = 600


class EventIndex:
    """Events and waiters over ``entries``."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    # --- events -------------------------------------------------------------------------------------------------------

    def claim(self, event: PublishedEvent) -> PublishedEvent:
        """The event that has this id: this one, unless another was there first."""
        partition = f"published#{in_key(event.event_id)}"
        if self._entries.add(partition, "event", _body(event), expires_at=event.published_at + KEPT):
            return event
        present = self._entries.get(partition, "event")
        return event if present is None else _event(present)  # gone again: it expired between the two calls

    def keep(self, event: PublishedEvent) -> None:
        """Let those find the event who begin to wait later."""
        key = f"{timestamp(event.published_at)}#{in_key(event.event_id)}"
        for correlation in dict.fromkeys((None, event.correlation)):
            partition = _partition("event", event.name, correlation)
            self._entries.put(partition, key, _body(event), expires_at=event.published_at + KEPT)

    def kept(self, name: str, correlation: str | None, since: datetime) -> Iterator[PublishedEvent]:
        """Events of a name published from ``since`` on, oldest first; without a correlation every one."""
        for entry in self._entries.read(_partition("event", name, correlation), after=timestamp(since)):
            yield _event(entry)

    # --- how far a fan-out has come ---------------------------------------------------------------------------------

    def passed(self, event: PublishedEvent, place: str) -> None:
        """Everybody up to this place has been told, and the rest is on its way."""
        self._entries.put(_fan_out(event), in_key(place), {}, expires_at=event.published_at + KEPT)

    def has_passed(self, event: PublishedEvent, place: str) -> bool:
        """Whether that was so before."""
        return self._entries.get(_fan_out(event), in_key(place)) is not None

    # --- waiters ------------------------------------------------------------------------------------------------------

    def add_waiter(
        self, execution_id: str, listener: str, name: str, correlation: str | None, *, expires_at: datetime | None
    ) -> None:
        """Have the execution told of events of this name and correlation (None: of any)."""
        self._entries.put(
            _partition("waiter", name, correlation), _waiter(execution_id, listener), {}, expires_at=expires_at
        )

    def remove_waiter(self, execution_id: str, listener: str, name: str, correlation: str | None) -> None:
        """Have it told no more."""
        self._entries.delete(_partition("waiter", name, correlation), _waiter(execution_id, listener))

    def waiting(self, event: PublishedEvent, *, after: str = "") -> Iterator[str]:
        """Executions that wait for the event, each once, in order of their ids, those beyond ``after``."""
        # "$" follows "#" and precedes all that ids are made of: behind every listener of one id, before the next id.
        start = f"{after}$" if after else ""
        partitions = [_partition("waiter", event.name, each) for each in dict.fromkeys((None, event.correlation))]
        found = heapq.merge(
            *(self._entries.read(each, after=start) for each in partitions), key=lambda entry: entry.key
        )
        for execution_id, _ in groupby(found, key=lambda entry: entry.key.partition("#")[0]):
            yield unquote(execution_id)


def in_key(text: str) -> str:
    """Free text as part of a key: quoted, or hashed if that is too long."""
    quoted = quote(text, safe=":")
    if len(quoted) <= _LONGEST_QUOTED:
        return quoted
    return "=" + hashlib.sha256(text.encode()).hexdigest()  # quoting leaves no "=", so no text is taken for a hash


def _fan_out(event: PublishedEvent) -> str:
    return f"fan-out#{in_key(event.event_id)}"


def _partition(kind: str, name: str, correlation: str | None) -> str:
    suffix = "" if correlation is None else f"#{in_key(correlation)}"
    return f"{kind}#{in_key(name)}{suffix}"


def _waiter(execution_id: str, listener: str) -> str:
    return f"{quote(execution_id, safe=':')}#{in_key(listener)}"


def _body(event: PublishedEvent) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(event).items() if name != "published_at"} | {
        "published_at": timestamp(event.published_at)
    }


def _event(entry: Entry) -> PublishedEvent:
    published_at = datetime.fromisoformat(entry.body["published_at"])
    return PublishedEvent(**{**entry.body, "published_at": published_at})
