"""Pages of a list: how a request asks for one, and how the answer names it.

Layer: api. A cursor is the way through a list; a page number is taken where earlier clients send one, and is found by
walking there, so it is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from chalicelib.api import parameters
from chalicelib.api.parameters import QuerySpec
from chalicelib.domain.errors import InvalidRequest
from chalicelib.ports.pages import Page

T = TypeVar("T")

LARGEST_PAGE: Final = 1_000
DEFAULT_PAGE: Final = 20
FURTHEST: Final = 10_000
"""A page number must not lead further into a list than this: beyond, the cursor is the way."""

PAGE: Final[QuerySpec] = {
    "page_size": parameters.integer(1, LARGEST_PAGE),
    "cursor": parameters.text(4_096),
    "page": parameters.integer(1, FURTHEST),
}


def asked(query: Mapping[str, Any], default_size: int = DEFAULT_PAGE) -> tuple[int, str | None, int | None]:
    """``(page_size, cursor, page)``. Raises ``InvalidRequest`` for a cursor and a page number at once."""
    size, cursor, page = query.get("page_size", default_size), query.get("cursor"), query.get("page")
    if cursor is not None and page is not None:
        message = "Give cursor or page, not both: a cursor already says where the page begins."
        raise InvalidRequest(message)
    if page is not None and page * size > FURTHEST:
        message = f"A page number leads at most {FURTHEST:,} entries into a list; follow next_cursor to go further."
        raise InvalidRequest(message)
    return size, cursor, page


def find(read: Callable[[int, str | None], Page[T]], query: Mapping[str, Any]) -> Page[T]:
    """The page asked for; ``read`` takes a page size and a cursor. A page number past the end is an empty page."""
    size, cursor, page = asked(query)
    found = read(size, cursor)
    for _ in range((page or 1) - 1):
        if found.next_cursor is None:
            return Page([])
        found = read(size, found.next_cursor)
    return found


def listed(name: str, rows: list[Any], query: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    """The body of a list answer: ``{name: rows, page_size, page?, next_cursor?, …}``; what is None is left out."""
    size = query.get("page_size", DEFAULT_PAGE)
    optional = {"page": query.get("page"), **rest}
    return {name: rows, "page_size": size, **{key: value for key, value in optional.items() if value is not None}}
