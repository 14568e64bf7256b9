"""Page cursors: a position, signed by the query it belongs to.

Layer: ports, beside the pages they lead to. The mark is no secret, it guards against mistakes: a cursor that is cut,
mistyped, or taken to a query with other filters is refused instead of giving a page of something else. The page size
may change between pages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import InvalidCursor

_MARK_CHARACTERS: Final = 16


def seal(query: object, position: str) -> str:
    """A URL-safe cursor to ``position`` in the results of ``query`` (a struct or a JSON value)."""
    return base64.urlsafe_b64encode(f"{_mark(query, position)}{position}".encode()).decode().rstrip("=")


def unseal(query: object, cursor: str) -> str:
    """The position that ``seal`` wrote for the same query. Raises ``InvalidCursor`` for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        message = "The cursor is damaged: use it as it was given."
        raise InvalidCursor(message) from error
    mark, position = text[:_MARK_CHARACTERS], text[_MARK_CHARACTERS:]
    if mark != _mark(query, position):
        message = "The cursor belongs to another query, or is damaged: keep the filters it was given for."
        raise InvalidCursor(message)
    return position


def _mark(query: object, position: str) -> str:
    text = jsonvalue.canonical([query, position])
    return hashlib.sha256(text).hexdigest()[:_MARK_CHARACTERS]
