"""Arrivals: signals and events that have reached an execution, and what it listens for.

Layer: domain. Values only; how the fold keeps them stands in ``arrivals_fold``, what is decided about them in
``receiving`` and ``reactions``. Correlations are always compared as text.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from chalicelib.domain import jsonvalue


class Arrival(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signal or an event. ``id`` is the same for every delivery of it.

    ``asked`` says that the event handlers have been asked about it already. ``lineage`` is an event's own.
    """

    kind: Literal["event", "signal"]
    id: str
    name: str
    data: Any = None
    correlation: str | None = None
    source: str | None = None
    published_at: datetime | None = None
    lineage: int = 0
    by: str | None = None
    asked: bool = False


class Listening(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an event handler or a waiting run listens for. Without a ``correlation`` any event of the name will do."""

    event_name: str
    correlation: str | None = None

    def hears(self, arrival: Arrival) -> bool:
        """Whether the arrival is one of these. A signal is sent to one execution, so it needs no correlation."""
        if arrival.name != self.event_name:
            return False
        return arrival.kind == "signal" or self.correlation is None or self.correlation == arrival.correlation


def correlation_text(value: Any) -> str:
    """A correlation as it is compared: a text as it is, any other value as JSON, a whole number without a fraction."""
    if isinstance(value, float | Decimal) and value == int(value):
        value = int(value)
    return value if isinstance(value, str) else jsonvalue.canonical(value).decode()
