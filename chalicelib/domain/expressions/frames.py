"""Messages on a pipe: four bytes of length, then MessagePack.

Layer: domain. Both ends of the sandbox speak it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

_LENGTH = 4
_ENCODER = msgspec.msgpack.Encoder(decimal_format="number")


class Closed(Exception):
    """The pipe ended before the message did."""


def pack(message: Any) -> bytes:
    """A whole frame. Raises what msgspec raises for a value that MessagePack has no form for."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


def unpack(read: Callable[[int], bytes]) -> Any:
    """The next message; ``read(n)`` gives at most n bytes, none at the end. Raises ``Closed``."""
    return msgspec.msgpack.decode(_exactly(int.from_bytes(_exactly(_LENGTH, read), "big"), read))


def _exactly(count: int, read: Callable[[int], bytes]) -> bytes:
    parts: list[bytes] = []
    while count:
        part = read(count)
        if not part:
            raise Closed
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
