"""Page cursors. Layer: tests."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidCursor
from chalicelib.ports.cursors import seal, unseal
from chalicelib.ports.executions import SummaryQuery


@given(st.text())
def test_a_position_is_unchanged_when_its_cursor_comes_back(position: str) -> None:
    query = SummaryQuery(workflow_id="orders", tags={"a": "b"})

    cursor = seal(query, position)

    assert unseal(query, cursor) == position
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")


def test_a_cursor_is_the_same_when_an_equal_query_is_built_anew() -> None:
    one = SummaryQuery(tags={"a": "1", "b": "2"})
    other = SummaryQuery(tags={"b": "2", "a": "1"})

    assert seal(one, "x") == seal(other, "x")


@given(st.text())
def test_any_text_is_refused_when_it_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        unseal("workflows", text)


@pytest.mark.parametrize("other", ["executions", SummaryQuery(), None, ["workflows"]])
def test_a_cursor_is_refused_when_the_query_is_another(other: object) -> None:
    with pytest.raises(InvalidCursor):
        unseal(other, seal("workflows", "orders"))
