"""Task tokens: what a worker shows to be heard on a task that it has leased.

Layer: engine. Opaque to workers. A token says where the task lies and holds the secret of one lease, of which the lease
keeps only the hash: whoever was not given the token cannot make it up, and it is worth nothing once the lease is lost.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.engine.task_lists import Place


class _Token(msgspec.Struct, frozen=True, array_like=True):
    """What a token holds: where the task lies, and the secret of its lease."""

    place: Place
    secret: str


_TOKEN: Final = msgspec.json.Decoder(_Token)


def new_token(place: Place, secret: str) -> str:
    """The token of the lease with this ``secret``: URL-safe."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Token(place, secret))).decode().rstrip("=")


def read_token(token: str) -> tuple[Place, str]:
    """The place and the secret. Raises ``NotFound`` (``UnknownTask``) for what is no token."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        read = _TOKEN.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        message = "This is no token of a task; poll gives them."
        raise NotFound(message, code="UnknownTask") from error
    return read.place, read.secret


def hash_of(secret: str) -> str:
    """What a lease keeps of its secret."""
    return hashlib.blake2b(secret.encode(), digest_size=16).hexdigest()
