"""People and programs that watch, each over a connection that it opened. Layer: ports.

What is sent to one viewer arrives in the order of sending, or its connection ends. Nothing is kept for a viewer that is
not there: it finds what it missed when it comes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from chalicelib.domain.errors import WeftError

LARGEST_MESSAGE_BYTES: Final = 128_000
"""What the gateway takes in one message (131,072 bytes), less a little."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A connection: its id, and the gateway that has it, as ``<api id>/<stage>``."""

    connection_id: str
    gateway: str


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Messages for one viewer, in order. Each is a JSON text of at most ``LARGEST_MESSAGE_BYTES``."""

    viewer: Viewer
    messages: Sequence[bytes]


class Unserved(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer that did not get everything, and is connected no more. ``error`` is None for one that had left."""

    viewer: Viewer
    error: WeftError | None = None


class Viewers(Protocol):
    """Connections of viewers."""

    def deliver(self, parcels: Sequence[Parcel], *, within_seconds: float) -> list[Unserved]:
        """Send everything, to several viewers side by side, each viewer's messages in order.

        A viewer that has left, does not take a message, or is not served in time, gets nothing more: its connection is
        closed, and it is named in the answer. Raises nothing.
        """
