"""An event as it was published: what executions wait for and are started by.

Layer: domain. Values only. An event belongs to no execution; each that wants it takes it once, known by ``event_id``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.execution.arrivals import correlation_text
from chalicelib.domain.execution.commands import DeliverEvent

MOST_LINEAGE: Final = 10
"""How many executions may one after the other be led to by events: what would be the next is refused."""


class PublishedEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``data`` is any JSON value; ``correlation`` a text, or None; ``source`` whoever published it.

    ``lineage`` counts the executions that one after the other led to it: 0 for an event from outside.
    """

    event_id: str
    name: str
    published_at: datetime
    data: Any = None
    correlation: str | None = None
    source: str | None = None
    lineage: int = 0

    def to_command(self) -> DeliverEvent:
        """What tells an execution of it."""
        return DeliverEvent(
            event_id=self.event_id,
            name=self.name,
            data=self.data,
            correlation=self.correlation,
            source=self.source,
            lineage=self.lineage,
            published_at=self.published_at,
        )


def to_correlation(value: Any) -> str | None:
    """A correlation as the text that is compared: a string as it is, null as none, any other value as JSON."""
    return None if value is None else correlation_text(value)


class LineageExceeded(InvalidRequest):
    """Executions lead to each other by events, one after the other, and too often."""

    code = "LimitExceeded"


def check_lineage(lineage: int) -> None:
    """Raises ``LineageExceeded`` for what more executions than that have led to, one after the other."""
    if lineage > MOST_LINEAGE:
        message = f"more than {MOST_LINEAGE} executions lead to each other by events: this looks like a circle"
        raise LineageExceeded(message)
