"""Making an outgoing event fit the bus. Layer: adapters. EventBridge takes 256 KB, in one entry or in ten."""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.ports.event_bus import OutgoingEvent

LARGEST_DETAIL_BYTES: Final = 200_000


def fitting(event: OutgoingEvent) -> OutgoingEvent:
    """The event as it can be sent: of one that is too large, without its largest values.

    Raises ``JsonError`` for a detail that is no JSON object.
    """
    sizes = {name: len(jsonvalue.dumps(value)) + len(name.encode()) + 4 for name, value in event.detail.items()}
    excess = sum(sizes.values()) - LARGEST_DETAIL_BYTES
    left_out: list[str] = []
    for name in sorted(sizes, key=lambda each: -sizes[each]):
        if excess <= 0:
            break
        left_out.append(name)
        excess -= sizes[name]
    kept = {name: value for name, value in event.detail.items() if name not in left_out}
    detail = jsonvalue.loads(jsonvalue.dumps({**kept, "left_out": sorted(left_out)} if left_out else kept))
    return msgspec.structs.replace(event, detail=detail)
