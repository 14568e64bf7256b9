"""Where the engine's events go for others to hear. Layer: ports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec


class OutgoingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """``type`` is what rules filter by first; ``detail`` a JSON object."""

    type: str
    time: datetime
    detail: dict[str, Any]


class EventBus(Protocol):
    """A bus. Delivery is at least once, in any order."""

    def send(self, events: Sequence[OutgoingEvent]) -> None:
        """Hand over every event. Raises ``Unavailable`` if any was not accepted: all may then be sent again.

        Of a detail too large for the bus, the largest values are left out; ``left_out`` lists their names.
        """
