"""Looking at executions. Layer: tests. Shapes and filters are tested over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.memory import MemoryEntries, MemoryExecutionStore, MemorySummaryStore
from chalicelib.adapters.system import SystemClock
from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.errors import InvalidCursor, NotFound
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.engine.heartbeats import Heartbeats
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.queries import HistoryQuery, Queries
from chalicelib.engine.task_lists import TaskLists
from chalicelib.settings import Settings

START = datetime(2026, 1, 31, 9, tzinfo=UTC)
ALL = HistoryQuery(execution_id="e")


class NoDefinitions:
    """Where every definition is gone."""

    def load(self, workflow_id: str, version: str, /) -> LoadedDefinition:
        raise NotFound(workflow_id)


class CountingStore(MemoryExecutionStore):
    """Notes from which commit on it is read, and how many commits were."""

    def __init__(self) -> None:
        super().__init__()
        self.read_after: list[int] = []
        self.commits_read = 0

    def read(self, execution_id: str, *, after: int = 0) -> Iterator[Commit]:
        self.read_after.append(after)
        for commit in super().read(execution_id, after=after):
            self.commits_read += 1
            yield commit


@pytest.fixture
def store() -> CountingStore:
    """Commits 1 to 10 of ``e``: the creation, then two events each, a minute apart."""
    store = CountingStore()
    for number in range(1, 11):
        created = Event("WorkflowCreated", None, {"workflow_id": "w", "workflow_version": "1.0.0", "input": None})
        later = (Event("StepStarted", f"s{number}#1", {}), Event("StepCompleted", f"s{number}#1", {"output": number}))
        store.append(
            Commit(
                execution_id="e",
                number=number,
                time=START + timedelta(minutes=number),
                first_sequence=1 if number == 1 else 2 * number - 2,
                command_ids=(f"c:{number}",),
                events=(created,) if number == 1 else later,
            )
        )
    return store


@pytest.fixture
def queries(store: CountingStore) -> Queries:
    clock = SystemClock()
    entries = MemoryEntries(clock)
    heartbeats = Heartbeats(entries, TaskLists(entries, StateLoader(store, Settings())), clock)
    return Queries(store, MemorySummaryStore(), NoDefinitions(), heartbeats)


def sequences(queries: Queries, query: HistoryQuery, page_size: int) -> list[list[int]]:
    """The sequence numbers of every page."""
    found, cursor = [], None
    while True:
        page = queries.history(query, page_size=page_size, cursor=cursor)
        found.append([event["sequence"] for event in page.events])
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 7, 18, 19, 100])
def test_every_event_is_told_once_whatever_the_size_of_a_page(queries: Queries, page_size: int) -> None:
    pages = sequences(queries, ALL, page_size)

    assert [number for page in pages for number in page] == list(range(1, 20))
    assert [len(page) for page in pages[:-1]] == [page_size] * (len(pages) - 1)
    assert pages[-1]


def test_a_page_reads_on_from_its_cursor_and_not_from_the_start(queries: Queries, store: CountingStore) -> None:
    cursor = queries.history(ALL, page_size=11).next_cursor
    store.read_after.clear()
    store.commits_read = 0

    page = queries.history(ALL, page_size=2, cursor=cursor)

    assert store.read_after == [5]
    assert store.commits_read == 3
    assert [event["workflow_id"] for event in page.events] == ["w", "w"]


def test_filters_hold_together_when_several_are_given(queries: Queries) -> None:
    query = HistoryQuery(
        execution_id="e",
        event_types=("StepCompleted",),
        start_time=START + timedelta(minutes=3),
        end_time=START + timedelta(minutes=6),
    )

    assert sequences(queries, query, 2) == [[5, 7], [9]]


def test_the_last_page_has_no_cursor_when_the_rest_passes_no_filter(queries: Queries) -> None:
    page = queries.history(HistoryQuery(execution_id="e", step_id="s2"), page_size=2)

    assert ([event["sequence"] for event in page.events], page.next_cursor) == ([2, 3], None)


@pytest.mark.parametrize(
    "other",
    [
        HistoryQuery(execution_id="f"),
        HistoryQuery(execution_id="e", step_id="s1"),
        HistoryQuery(execution_id="e", event_types=("StepStarted",)),
        HistoryQuery(execution_id="e", start_time=START),
        HistoryQuery(execution_id="e", end_time=START),
    ],
)
def test_a_cursor_is_refused_when_the_query_is_another(queries: Queries, other: HistoryQuery) -> None:
    cursor = queries.history(ALL, page_size=1).next_cursor

    with pytest.raises(InvalidCursor, match="another query"):
        queries.history(other, page_size=1, cursor=cursor)


@pytest.mark.parametrize("cursor", ["", "x", "e30", "W10", "WzEsMl0", "é", "a" * 5_000, "bnVsbA"])
def test_a_cursor_is_refused_when_it_is_damaged(queries: Queries, cursor: str) -> None:
    with pytest.raises(InvalidCursor, match="damaged"):
        queries.history(ALL, page_size=1, cursor=cursor)


def test_a_page_number_gives_the_total_when_it_is_past_the_end(queries: Queries) -> None:
    page = queries.history_page(ALL, page_size=10, page=3)

    assert (page.events, page.total, page.next_cursor) == ([], 19, None)


def test_a_page_number_leads_on_by_cursor_when_there_is_more(queries: Queries) -> None:
    page = queries.history_page(ALL, page_size=5, page=2)
    after = queries.history(ALL, page_size=5, cursor=page.next_cursor)

    assert [event["sequence"] for event in after.events] == [11, 12, 13, 14, 15]
    assert page.total == 19


def test_a_status_is_shown_when_its_definition_is_gone(queries: Queries) -> None:
    status = queries.status("e")

    assert (status["workflow_id"], len(status["steps"])) == ("w", 9)


def test_an_execution_is_not_found_when_it_has_no_commit(queries: Queries) -> None:
    with pytest.raises(NotFound, match="nobody") as caught:
        queries.status("nobody")
    assert caught.value.code == "ExecutionNotFound"
