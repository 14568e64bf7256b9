"""Which rows a search of executions shows, and in what order, alike for every store.

Layer: adapters. Rows are ordered by ``row_key``, newest first; a page ends at the key of the last row it looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.adapters import instants
from chalicelib.domain import jsonvalue
from chalicelib.ports import cursors
from chalicelib.ports.executions import Summary, SummaryQuery
from chalicelib.ports.pages import Page

MOST_ROWS_A_PAGE: Final = 2_000
"""A page ends after looking at so many rows, full or not: a rare filter must not outlast the caller's patience."""


def row_key(summary: Summary) -> str:
    """Sorts as (creation, execution id)."""
    return f"{instants.to_text(summary.created_at)}#{summary.execution_id}"


def page_of(rows: Iterator[Summary], query: SummaryQuery, *, page_size: int) -> Page[Summary]:
    """Fill a page from ``rows`` (newest first, from the cursor on), leaving out what ``query`` does not want."""
    found: list[Summary] = []
    last = None
    for looked_at, row in enumerate(rows):
        if last is not None and (len(found) >= page_size or looked_at == MOST_ROWS_A_PAGE):
            return Page(found, cursors.seal(query, row_key(last)))
        last = row
        if matches(query, row):
            found.append(row)
    return Page(found)


def matches(query: SummaryQuery, row: Summary) -> bool:
    """Whether ``row`` passes every filter of ``query``."""
    return (
        query.workflow_id in {None, row.workflow_id}
        and (not query.states or row.state in query.states)
        and _within(row.created_at, query.created_from, query.created_to)
        and _within(row.completed_at, query.completed_from, query.completed_to)
        and _lasted(row.duration_ms, query.min_duration_ms, query.max_duration_ms)
        and _tagged(row.tags, query.tags)
    )


def _within(at: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    if at is None:
        return start is None and end is None
    return (start is None or at >= start) and (end is None or at < end)


def _lasted(duration_ms: int | None, least: int | None, most: int | None) -> bool:
    if duration_ms is None:
        return least is None and most is None
    return (least is None or duration_ms >= least) and (most is None or duration_ms <= most)


def _tagged(tags: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(name in tags and _tag_text(tags[name]) == value for name, value in wanted.items())


def _tag_text(value: Any) -> str:
    """How a tag's value is written in a query: texts as they are, other values as JSON."""
    return value if isinstance(value, str) else jsonvalue.dumps(value).decode()
