"""Publishing events.

Layer: engine. An event's id counts once: publishing it again tells again, for whoever was not told because of a crash,
and changes nothing for whoever was.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import Conflict, TooLarge
from chalicelib.domain.published import PublishedEvent, check_lineage
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.fan_out import FanOut
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The event as it counts, and whether this request was the first with its id."""

    event: PublishedEvent
    created: bool


class PublishEvent:
    """Publishes events."""

    def __init__(self, index: EventIndex, fan_out: FanOut, clock: Clock, settings: Settings) -> None:
        self._index = index
        self._fan_out = fan_out
        self._clock = clock
        self._settings = settings

    def __call__(
        self,
        name: str,
        data: Any,
        *,
        event_id: str,
        correlation: str | None = None,
        source: str | None = None,
        lineage: int = 0,
    ) -> Published:
        """Publish, or publish again, the event that is known by ``event_id``.

        Raises ``LineageExceeded``, ``TooLarge``, ``Conflict`` (``EventExists``) when the id is another event's, and
        what entries and queues raise: then publish it again.
        """
        check_lineage(lineage)
        size_bytes = len(jsonvalue.dumps(data))
        if size_bytes > self._settings.max_payload_bytes:
            most = self._settings.max_payload_bytes
            message = f"The event's data takes {size_bytes} bytes, more than the {most} allowed (max_payload_bytes)"
            raise TooLarge(message)
        given = PublishedEvent(
            event_id=event_id,
            name=name,
            data=data,
            correlation=correlation,
            source=source,
            lineage=lineage,
            published_at=self._clock.now(),
        )
        event = self._index.claim(given)
        if _content(event) != _content(given):
            message = f"The event {event_id!r} was published with another type, data or correlation."
            raise Conflict(message, code="EventExists")
        self._index.keep(event)
        self._fan_out.begin(event)
        return Published(event=event, created=event is given)


def _content(event: PublishedEvent) -> bytes:
    return jsonvalue.canonical([event.name, event.data, event.correlation])
