"""Pages of a list. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.api import paging
from chalicelib.domain.errors import InvalidRequest
from chalicelib.ports.pages import Page


def read(size: int, cursor: str | None) -> Page[int]:
    """The numbers below 5."""
    start = int(cursor or 0)
    rows = list(range(start, min(start + size, 5)))
    return Page(rows, str(start + size) if start + size < 5 else None)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"page_size": 2}, [0, 1]),
        ({"page_size": 2, "cursor": "2"}, [2, 3]),
        ({"page_size": 2, "page": 1}, [0, 1]),
        ({"page_size": 2, "page": 3}, [4]),
        ({"page_size": 2, "page": 4}, []),
        ({"page_size": 1, "page": 10_000}, []),
    ],
)
def test_the_page_asked_for_is_found(query: dict[str, object], rows: list[int]) -> None:
    assert paging.find(read, query).items == rows


@pytest.mark.parametrize("query", [{"page": 1, "cursor": "x"}, {"page": 10_000, "page_size": 2}, {"page": 501}])
def test_a_page_is_refused_when_it_is_ambiguous_or_too_far(query: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        paging.find(read, query)


def test_what_is_not_there_is_left_out_of_an_answer() -> None:
    assert paging.listed("rows", [1], {"page": 2}, next_cursor=None, total=0) == {
        "rows": [1],
        "page_size": 20,
        "page": 2,
        "total": 0,
    }
