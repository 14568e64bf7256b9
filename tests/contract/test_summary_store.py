"""What every ``SummaryStore`` promises. Layer: tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import InvalidCursor
from chalicelib.domain.execution.events import EXECUTION_STATES, TERMINAL_STATES, ErrorInfo
from chalicelib.ports.executions import Summary, SummaryQuery, SummaryStore
from tests.contract.backends import Backend
from tests.contract.samples import AT, ODD_VALUES, incompressible, shape, summary

pytestmark = pytest.mark.contract

EVERYTHING = SummaryQuery()


def ids(store: SummaryStore, query: SummaryQuery = EVERYTHING, *, page_size: int = 100) -> list[str]:
    """Ids of all rows that ``query`` finds, page by page."""
    found: list[str] = []
    cursor = None
    while True:
        page = store.search(query, page_size=page_size, cursor=cursor)
        assert len(page.items) <= page_size
        found += [row.execution_id for row in page.items]
        assert len(found) < 1_000, "the cursor does not move on"
        cursor = page.next_cursor
        if cursor is None:
            return found


def projected(backend: Backend, *rows: Summary) -> SummaryStore:
    store = backend.summaries()
    for row in rows:
        assert store.project(row)
    return store


def test_rows_are_unchanged_when_they_are_in_any_state(backend: Backend) -> None:
    # given
    originals = [
        summary(f"execution-{n}", state=state, created_at=AT - timedelta(seconds=n))
        for n, state in enumerate(EXECUTION_STATES)
    ]

    # when
    store = projected(backend, *originals)

    # then
    assert store.search(EVERYTHING, page_size=100).items == originals
    assert store.search(SummaryQuery(workflow_id="orders"), page_size=100).items == originals
    assert [store.get(row.execution_id) for row in originals] == originals


def test_a_row_is_unchanged_when_its_values_are_unusual(backend: Backend) -> None:
    original = summary(
        workflow_name="Ünï 🚀",
        priority="highest",
        started_at=AT + timedelta(microseconds=1),
        completed_at=AT + timedelta(days=1),
        duration_ms=86_400_000,
        error=ErrorInfo(code="Broken", message="", details=ODD_VALUES, stack_trace="at 1", retryable=False),
        tags=ODD_VALUES,
    )

    store = projected(backend, original)

    assert shape(store.get("execution-1")) == shape(original)
    assert shape(store.search(EVERYTHING, page_size=10).items) == shape([original])


def test_a_row_is_unchanged_when_it_is_larger_than_an_item(backend: Backend) -> None:
    original = summary(error=ErrorInfo(code="Broken", message=incompressible(1_000_000)))

    store = projected(backend, original)

    assert store.get("execution-1") == original


@pytest.mark.parametrize("unknown", ["execution-2", "#orders", "#"])
def test_no_row_is_found_when_the_id_is_unknown(backend: Backend, unknown: str) -> None:
    assert projected(backend, summary()).get(unknown) is None


@pytest.mark.parametrize(("second", "kept"), [(1, 2), (2, 2), (3, 3)], ids=["older", "same", "newer"])
def test_the_row_of_the_highest_commit_is_kept_when_rows_come_in_any_order(
    backend: Backend, second: int, kept: int
) -> None:
    # given
    store = projected(backend, summary(commit_number=2, state="waiting_for_event"))

    # when
    written = store.project(summary(commit_number=second, state="running"))

    # then
    row = store.get("execution-1")
    assert row is not None
    assert (written, row.commit_number) == (kept == second and second != 2, kept)


def test_a_row_is_kept_when_it_is_to_expire_later(backend: Backend) -> None:
    store = backend.summaries()

    assert store.project(summary(), expires_at=backend.now() + timedelta(days=400))

    assert ids(store) == ["execution-1"]


def across_months() -> list[Summary]:
    """Sixteen rows of two workflows over four months, in no order; every third has ended."""
    rows = []
    for n in range(16):
        state = "completed" if n % 3 == 0 else "running"
        created_at = AT - timedelta(days=(n * 7) % 16 * 6, seconds=n)
        workflow_id = "orders" if n % 2 else "refunds"
        rows.append(summary(f"execution-{n}", workflow_id=workflow_id, state=state, created_at=created_at))
    return rows


def newest_first(rows: list[Summary]) -> list[str]:
    ordered = sorted(rows, key=lambda row: (row.created_at, row.execution_id), reverse=True)
    return [row.execution_id for row in ordered]


@pytest.mark.parametrize("page_size", [1, 7, 15, 16, 17])
def test_every_row_comes_once_newest_first_when_pages_are_of_any_size(backend: Backend, page_size: int) -> None:
    rows = across_months()

    assert ids(projected(backend, *rows), page_size=page_size) == newest_first(rows)


@pytest.mark.parametrize("page_size", [1, 7, 100])
def test_every_row_of_a_workflow_comes_once_when_pages_are_of_any_size(backend: Backend, page_size: int) -> None:
    rows = across_months()
    store = projected(backend, *rows)

    found = ids(store, SummaryQuery(workflow_id="orders"), page_size=page_size)

    assert found == newest_first([row for row in rows if row.workflow_id == "orders"])


def test_rows_of_one_instant_are_ordered_by_id_when_paged(backend: Backend) -> None:
    store = projected(backend, *(summary(f"execution-{n}") for n in (2, 0, 3, 1)))

    assert ids(store, page_size=3) == ["execution-3", "execution-2", "execution-1", "execution-0"]


CREATED = {f"day-{day}": AT + timedelta(days=day) for day in range(6)}
FILTERED = [
    (SummaryQuery(states=("running",)), ["day-4", "day-1"]),
    (SummaryQuery(states=("completed", "failed")), ["day-5", "day-3", "day-2", "day-0"]),
    (SummaryQuery(states=("running", "failed")), ["day-5", "day-4", "day-1"]),
    (SummaryQuery(states=("paused",)), []),
    (SummaryQuery(created_from=CREATED["day-2"], created_to=CREATED["day-4"]), ["day-3", "day-2"]),
    (SummaryQuery(created_from=CREATED["day-4"], created_to=CREATED["day-2"]), []),
    (SummaryQuery(created_from=CREATED["day-5"] + timedelta(days=100)), []),
    (SummaryQuery(created_to=CREATED["day-0"]), []),
    (SummaryQuery(completed_from=CREATED["day-3"], completed_to=CREATED["day-5"]), ["day-3", "day-2"]),
    (SummaryQuery(completed_to=CREATED["day-2"]), ["day-0"]),
    (SummaryQuery(min_duration_ms=2_000, max_duration_ms=3_000), ["day-3", "day-2"]),
    (SummaryQuery(max_duration_ms=0), ["day-0"]),
    (SummaryQuery(tags={"team": "red"}), ["day-4", "day-2", "day-0"]),
    (SummaryQuery(tags={"team": "blue", "size": "3"}), ["day-3"]),
    (SummaryQuery(tags={"urgent": "true"}), ["day-1"]),
    (SummaryQuery(tags={"missing": "null"}), []),
    (SummaryQuery(workflow_id="refunds"), ["day-5"]),
    (SummaryQuery(workflow_id="refunds", states=("failed",), tags={"team": "blue"}), ["day-5"]),
    (SummaryQuery(workflow_id="unknown"), []),
]


def filterable() -> list[Summary]:
    rows: dict[str, dict[str, Any]] = {
        "day-0": {"state": "completed", "duration_ms": 0, "tags": {"team": "red", "size": 0}},
        "day-1": {"state": "running", "tags": {"team": "blue", "size": 1, "urgent": True}},
        "day-2": {"state": "completed", "duration_ms": 2_000, "tags": {"team": "red", "size": "2"}},
        "day-3": {"state": "completed", "duration_ms": 3_000, "tags": {"team": "blue", "size": 3}},
        "day-4": {"state": "running", "tags": {"team": "red", "size": 4}},
        "day-5": {"state": "failed", "duration_ms": 5_000, "tags": {"team": "blue"}, "workflow_id": "refunds"},
    }
    for name, row in rows.items():
        row["created_at"] = CREATED[name]
        if row["state"] in TERMINAL_STATES:
            row["completed_at"] = CREATED[name] + timedelta(hours=25)
    return [summary(name, **row) for name, row in rows.items()]


@pytest.mark.parametrize(("query", "expected"), FILTERED)
@pytest.mark.parametrize("workflow_id", [None, "orders"], ids=["all", "one"])
def test_rows_are_left_out_when_a_filter_does_not_let_them_through(
    backend: Backend, query: SummaryQuery, expected: list[str], workflow_id: str | None
) -> None:
    # given a query over all workflows, and the same over one: stores read those in different ways
    rows = filterable()
    store = projected(backend, *rows)
    if workflow_id is not None and query.workflow_id is None:
        query = msgspec.structs.replace(query, workflow_id=workflow_id)
        expected = [name for name in expected if name != "day-5"]

    # then
    assert ids(store, query) == expected
    assert ids(store, query, page_size=1) == expected


@pytest.mark.parametrize("query", [EVERYTHING, SummaryQuery(workflow_id="orders")], ids=["all", "one"])
def test_the_rest_is_neither_shifted_nor_repeated_when_rows_come_between_pages(
    backend: Backend, query: SummaryQuery
) -> None:
    # given
    rows = [summary(f"execution-{n}", created_at=AT - timedelta(minutes=n)) for n in range(6)]
    store = projected(backend, *rows)
    first = store.search(query, page_size=3)

    # when there is a newer row, and one on each page has ended
    store.project(summary("later", created_at=AT + timedelta(minutes=1)))
    for n in (1, 4):
        store.project(msgspec.structs.replace(rows[n], commit_number=9, state="completed"))

    # then
    second = store.search(query, page_size=3, cursor=first.next_cursor)
    assert [row.execution_id for row in second.items] == ["execution-3", "execution-4", "execution-5"]


def test_a_row_is_found_once_when_it_has_ended_and_was_revived(backend: Backend) -> None:
    store = projected(backend, summary(commit_number=1), summary(commit_number=2, state="failed"))
    of_orders = SummaryQuery(workflow_id="orders")

    assert ids(store, of_orders) == ["execution-1"]
    assert store.project(summary(commit_number=3, state="running"))
    assert ids(store, of_orders) == ["execution-1"]
    assert ids(store, SummaryQuery(workflow_id="orders", states=("failed",))) == []


CURSORS_OF_OTHERS = [
    SummaryQuery(workflow_id="orders"),
    SummaryQuery(states=("running",)),
    SummaryQuery(created_from=AT - timedelta(days=9)),
    SummaryQuery(tags={"a": "b"}),
]


@pytest.mark.parametrize("other", CURSORS_OF_OTHERS)
def test_a_cursor_is_refused_when_it_belongs_to_another_query(backend: Backend, other: SummaryQuery) -> None:
    store = projected(backend, summary("execution-1"), summary("execution-2"))
    cursor = store.search(EVERYTHING, page_size=1).next_cursor
    assert cursor is not None

    with pytest.raises(InvalidCursor):
        store.search(other, page_size=1, cursor=cursor)


@pytest.mark.parametrize("damage", ["", "x", "!!!", "ä", "AAAA", "cut", "changed", "Zm9v" * 200])
def test_a_cursor_is_refused_when_it_is_damaged(backend: Backend, damage: str) -> None:
    store = projected(backend, summary("execution-1"), summary("execution-2"))
    cursor = store.search(EVERYTHING, page_size=1).next_cursor or ""
    damaged = {"cut": cursor[:-3], "changed": cursor[:-4] + "AAAA"}.get(damage, damage)

    with pytest.raises(InvalidCursor):
        store.search(EVERYTHING, page_size=1, cursor=damaged)


def test_a_cursor_goes_on_when_the_page_size_changes(backend: Backend) -> None:
    store = projected(backend, *(summary(f"execution-{n}") for n in range(5)))
    cursor = store.search(EVERYTHING, page_size=2).next_cursor

    rest = store.search(EVERYTHING, page_size=100, cursor=cursor)

    assert [row.execution_id for row in rest.items] == ["execution-2", "execution-1", "execution-0"]


@pytest.mark.parametrize("page_size", [0, -1, 10**9])
def test_a_page_is_safe_when_its_size_is_absurd(backend: Backend, page_size: int) -> None:
    store = projected(backend, summary("execution-1"), summary("execution-2"))

    assert len(store.search(EVERYTHING, page_size=page_size).items) in {1, 2}


def at_midnight(month: int) -> datetime:
    return AT.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)


def test_both_months_are_read_when_a_range_ends_where_a_month_does(backend: Backend) -> None:
    store = projected(
        backend,
        summary("last-of-january", created_at=at_midnight(2) - timedelta(microseconds=1)),
        summary("first-of-february", created_at=at_midnight(2)),
        summary("first-of-march", created_at=at_midnight(3)),
    )

    assert ids(store, SummaryQuery(created_to=at_midnight(2))) == ["last-of-january"]
    assert ids(store, SummaryQuery(created_from=at_midnight(2), created_to=at_midnight(3))) == ["first-of-february"]
    assert ids(store, SummaryQuery(created_from=at_midnight(3))) == ["first-of-march"]


def test_a_workflow_has_something_open_when_one_execution_has_not_ended(backend: Backend) -> None:
    # given
    store = projected(backend, summary("a", state="completed"), summary("b", state="canceled"))
    assert not store.any_open("orders")
    assert not store.any_open("unknown")

    # when, then
    for state in EXECUTION_STATES:
        if state not in TERMINAL_STATES:
            store.project(summary(f"in-{state}", state=state))
            assert store.any_open("orders")
            assert not store.any_open("order")
            store.project(summary(f"in-{state}", state="failed", commit_number=2))
            assert not store.any_open("orders")
