"""What holds when several writers are at it at once, each with an adapter of its own. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest

from chalicelib.domain.errors import Conflict, VersionConflict
from chalicelib.domain.execution.commands import Advance
from chalicelib.ports.executions import Snapshot, SummaryQuery
from chalicelib.ports.queues import CommandMessage
from tests.contract.backends import Backend
from tests.contract.samples import AT, commit, definition, summary

pytestmark = pytest.mark.contract

T = TypeVar("T")

WRITERS = 4


def racing(*writers: Callable[[], T]) -> list[T | Conflict]:
    """Run all at once; gives what each returned, or the conflict it met."""
    barrier = Barrier(len(writers))

    def run(writer: Callable[[], T]) -> T | Conflict:
        barrier.wait(timeout=30)
        try:
            return writer()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(run, writers))


def test_exactly_one_commit_wins_when_writers_race_for_every_number(racing_backend: Backend) -> None:
    # given writers that each try every number, as deciders do that all hold the same head
    def writer(name: str) -> Callable[[], list[int]]:
        store = racing_backend.executions()

        def write() -> list[int]:
            won = []
            for number in range(1, 21):
                try:
                    store.append(commit(number, command_ids=(name,)))
                except VersionConflict:
                    continue
                won.append(number)
            return won

        return write

    # when
    names = [f"writer-{n}" for n in range(WRITERS)]
    wins = racing(*(writer(name) for name in names))

    # then every number was won once, and holds what its winner wrote
    winners = [
        (number, (name,)) for name, won in zip(names, wins, strict=True) if isinstance(won, list) for number in won
    ]
    stored = list(racing_backend.executions().read("execution-1"))
    assert [(each.number, each.command_ids) for each in stored] == sorted(winners)
    assert [number for number, _ in sorted(winners)] == list(range(1, 21))


def test_no_commit_is_lost_when_losers_reload_and_try_the_next_number(racing_backend: Backend) -> None:
    # given
    def writer(name: str) -> Callable[[], None]:
        store = racing_backend.executions()

        def write() -> None:
            for n in range(5):
                while True:
                    head = max((each.number for each in store.read("execution-1")), default=0)
                    try:
                        store.append(commit(head + 1, command_ids=(f"{name}-{n}",)))
                    except VersionConflict:
                        continue
                    break

        return write

    # when
    racing(*(writer(f"writer-{n}") for n in range(WRITERS)))

    # then
    stored = list(racing_backend.executions().read("execution-1"))
    assert [each.number for each in stored] == list(range(1, 5 * WRITERS + 1))
    assert {each.command_ids[0] for each in stored} == {f"writer-{w}-{n}" for w in range(WRITERS) for n in range(5)}


def test_the_newest_snapshot_and_row_are_kept_when_they_are_written_in_any_order(racing_backend: Backend) -> None:
    def writer(first: int) -> Callable[[], None]:
        executions, summaries = racing_backend.executions(), racing_backend.summaries()

        def write() -> None:
            for number in range(first, 21, WRITERS):
                executions.save_snapshot(
                    Snapshot(execution_id="execution-1", commit_number=number, evolve_version=1, state=b"")
                )
                summaries.project(summary(commit_number=number, state="failed" if number % 2 else "running"))

        return write

    racing(*(writer(first) for first in range(1, WRITERS + 1)))

    snapshot, row = (
        racing_backend.executions().load_snapshot("execution-1"),
        racing_backend.summaries().get("execution-1"),
    )
    assert snapshot is not None
    assert row is not None
    assert (snapshot.commit_number, row.commit_number) == (20, 20)
    assert racing_backend.summaries().search(SummaryQuery(workflow_id="orders"), page_size=9).items == [row]


def test_exactly_one_content_wins_when_one_version_is_registered_with_several(racing_backend: Backend) -> None:
    contents = [definition(digest=f"digest {n}", document={"n": n}) for n in range(WRITERS)]
    stores = [racing_backend.definitions() for _ in contents]

    outcomes = racing(*(partial(store.add, content) for store, content in zip(stores, contents, strict=True)))

    winners = [content for content, outcome in zip(contents, outcomes, strict=True) if outcome is True]
    losers = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [racing_backend.definitions().get("orders")] == winners
    assert [loser.code for loser in losers] == ["VersionExists"] * (WRITERS - 1)


def test_one_registration_is_new_when_the_same_content_is_registered_by_several(racing_backend: Backend) -> None:
    stores = [racing_backend.definitions() for _ in range(WRITERS)]

    outcomes = racing(*(partial(store.add, definition()) for store in stores))

    assert sorted(str(outcome) for outcome in outcomes) == ["False"] * (WRITERS - 1) + ["True"]


def test_every_version_is_kept_when_several_are_registered_at_once(racing_backend: Backend) -> None:
    added = [definition(version=f"1.{n}.0", created_at=AT + timedelta(hours=n)) for n in range(WRITERS)]
    stores = [racing_backend.definitions() for _ in added]

    outcomes = racing(*(partial(store.add, each) for store, each in zip(stores, added, strict=True)))

    entry = racing_backend.definitions().entry("orders")
    assert outcomes == [True] * WRITERS
    assert entry is not None
    assert entry.version == f"1.{WRITERS - 1}.0"
    assert len(racing_backend.definitions().versions("orders")) == WRITERS


def test_a_version_is_there_or_not_as_a_whole_when_its_workflow_is_deleted_meanwhile(racing_backend: Backend) -> None:
    racing_backend.definitions().add(definition())
    one, other = racing_backend.definitions(), racing_backend.definitions()

    deleted, added = racing(
        partial(one.delete, "orders", at=AT + timedelta(hours=1)), partial(other.add, definition(version="1.1.0"))
    )

    store = racing_backend.definitions()
    assert (deleted, added) == (True, True)
    found = [each.version for each in store.versions("orders")]
    assert found in ([], ["1.1.0"])
    assert (store.get("orders") is None) == (store.entry("orders") is None) == (found == [])


def test_no_command_is_lost_or_doubled_when_several_send_and_receive(racing_backend: Backend) -> None:
    # given
    received: list[tuple[str, int]] = []

    def sender(execution_id: str) -> Callable[[], None]:
        queue = racing_backend.commands()

        def send() -> None:
            for cause in range(15):
                message = CommandMessage(execution_id=execution_id, command=Advance(cause=cause))
                queue.send(message, deduplication_id=str(cause))

        return send

    def receive() -> None:
        consumer = racing_backend.command_consumer()
        misses = 0
        while misses < 20:
            deliveries = consumer.receive(3)
            misses = 0 if deliveries else misses + 1
            for delivery in deliveries:
                assert isinstance(delivery.message.command, Advance)
                received.append((delivery.message.execution_id, delivery.message.command.cause))
                consumer.acknowledge(delivery)

    # when
    racing(sender("a"), sender("b"), receive, receive)
    receive()

    # then each execution's commands came once, in order
    for execution_id in ("a", "b"):
        assert [cause for name, cause in received if name == execution_id] == list(range(15))
