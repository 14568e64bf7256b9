"""What rows cost to write and to search. Layer: tests."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.adapters import listing
from chalicelib.adapters.memory import MemorySummaryStore
from chalicelib.ports.executions import SummaryQuery
from tests.contract.backends import AwsBackend
from tests.contract.samples import AT, summary
from tests.unit.adapters.faults import counting

ONE_WORKFLOW = SummaryQuery(workflow_id="orders")
SHARDS = 4


def test_a_projection_is_one_write_when_the_month_is_known(moto: AwsBackend) -> None:
    store = moto.summaries()
    with counting(moto.aws, "dynamodb") as first:
        store.project(summary())
    with counting(moto.aws, "dynamodb") as later:
        store.project(summary(commit_number=2))
        store.project(summary("execution-2"))
        store.project(summary("execution-3", workflow_id="refunds"))

    assert Counter(first) == {"UpdateItem": 2, "PutItem": 1}  # the month of the workflow, and that of all
    assert Counter(later) == {"PutItem": 3, "UpdateItem": 1}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ONE_WORKFLOW, {"GetItem": 1, "Query": 2 * SHARDS}),  # those open, and one month
        (SummaryQuery(workflow_id="orders", states=("running", "paused")), {"Query": SHARDS}),
        (SummaryQuery(workflow_id="orders", states=("failed",)), {"GetItem": 1, "Query": SHARDS}),
        (SummaryQuery(), {"GetItem": 1, "Query": SHARDS, "BatchGetItem": 1}),
        (SummaryQuery(created_to=AT - timedelta(days=400)), {"GetItem": 1}),
        (SummaryQuery(workflow_id="unknown", states=("failed",)), {"GetItem": 1}),
        (SummaryQuery(workflow_id="orders", created_from=AT, created_to=AT - timedelta(1)), {"GetItem": 1}),
    ],
)
def test_a_search_asks_only_where_rows_may_be(moto: AwsBackend, query: SummaryQuery, expected: dict[str, int]) -> None:
    # given twelve workflows, of which one is asked for, or all
    store = moto.summaries()
    for n in range(12):
        store.project(summary(f"execution-{n}", workflow_id=f"workflow-{n}" if n else "orders"))

    with counting(moto.aws, "dynamodb") as calls:
        store.search(query, page_size=20)

    assert Counter(calls) == expected


def test_older_months_are_left_alone_when_the_newest_fills_the_page(moto: AwsBackend) -> None:
    store = moto.summaries()
    for n in range(24):
        month = AT - timedelta(days=31 * (n // 8))
        store.project(summary(f"execution-{n}", created_at=month, state="completed"))

    with counting(moto.aws, "dynamodb") as calls:
        page = store.search(SummaryQuery(workflow_id="orders", states=("completed",)), page_size=7)

    assert len(page.items) == 7
    assert Counter(calls) == {"GetItem": 1, "Query": SHARDS}


def test_asking_for_what_is_open_costs_the_same_when_much_has_ended(moto: AwsBackend) -> None:
    store = moto.summaries()
    for n in range(40):
        store.project(summary(f"execution-{n}", state="completed"))

    with counting(moto.aws, "dynamodb") as calls:
        assert not store.any_open("orders")

    assert Counter(calls) == {"Query": SHARDS}


def test_an_index_entry_is_passed_over_when_its_row_is_gone(moto: AwsBackend) -> None:
    # Rows expire, and an index lags.
    store = moto.summaries()
    for n in range(3):
        store.project(summary(f"execution-{n}"))
    client = moto.aws.client("dynamodb")

    class Gone:
        def __call__(self, parsed: dict[str, dict[str, list[object]]], **_: object) -> None:
            parsed["Responses"]["summaries-unit"].pop()

    client.meta.events.register("after-call.dynamodb.BatchGetItem", gone := Gone())
    found = store.search(SummaryQuery(), page_size=10).items
    client.meta.events.unregister("after-call.dynamodb.BatchGetItem", gone)

    assert len(found) == 2


def test_a_row_is_shown_once_when_the_index_shows_it_in_two_places(moto: AwsBackend) -> None:
    # given an index that still has the open entry of what has ended meanwhile
    store = moto.summaries()
    store.project(summary("execution-1", state="running"))
    store.project(summary("execution-2", state="completed"))
    client = moto.aws.client("dynamodb")
    (item,) = [
        each for each in client.scan(TableName="summaries-unit")["Items"] if each.get("n") and "open" in str(each)
    ]

    def show_twice(parsed: dict[str, list[object]], **_: object) -> None:
        if parsed["Items"] == []:
            parsed["Items"].append(item)

    client.meta.events.register("after-call.dynamodb.Query", show_twice)
    found = [row.execution_id for row in store.search(ONE_WORKFLOW, page_size=10).items]
    client.meta.events.unregister("after-call.dynamodb.Query", show_twice)

    assert found == ["execution-2", "execution-1"]


def test_a_page_ends_early_when_a_filter_lets_nothing_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_ROWS_A_PAGE", 3)
    store = MemorySummaryStore()
    for n in range(7):
        store.project(summary(f"execution-{n}", state="failed" if n == 0 else "running"))
    query = SummaryQuery(states=("failed",))

    pages, cursor = [], None
    while True:
        page = store.search(query, page_size=5, cursor=cursor)
        pages.append([row.execution_id for row in page.items])
        cursor = page.next_cursor
        if cursor is None:
            break

    assert pages == [[], [], ["execution-0"]]
