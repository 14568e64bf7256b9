"""Loading states: from the cache, from a snapshot, from all commits; and when a snapshot is written."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.adapters.memory import MemoryExecutionStore
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import EVOLVE_VERSION, fold
from chalicelib.engine.loading import StateLoader
from chalicelib.settings import Settings
from tests.unit.execution.play import Play, activity, chain

SETTINGS = Settings(snapshot_min_bytes=500, snapshot_tail_ratio=4)


class CountingStore(MemoryExecutionStore):
    """Remembers from where it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[int] = []

    def read(self, execution_id: str, *, after: int = 0) -> Any:
        self.reads.append(after)
        return super().read(execution_id, after=after)


@pytest.fixture
def played() -> Play:
    play = Play(chain(*(activity(f"a{number}") for number in range(30))), {"text": "x" * 100})
    for number in range(29):
        play.complete(f"a{number}", {"n": 12345678901234567890123})
    return play


def append_all(store: MemoryExecutionStore, loader: StateLoader, commits: list[Commit]) -> None:
    for number, commit in enumerate(commits, start=1):
        size = store.append(commit)
        state = fold(commits[:number])
        assert state is not None
        loader.appended(state, size)


def test_unknown_execution_has_no_state() -> None:
    assert StateLoader(MemoryExecutionStore(), SETTINGS).load("none") is None


def test_only_the_tail_is_read_when_the_state_was_seen_before(played: Play) -> None:
    store = CountingStore()
    loader = StateLoader(store, SETTINGS)
    for commit in played.commits[:-1]:
        store.append(commit)
    loader.load("x")

    store.append(played.commits[-1])

    assert loader.load("x") == played.state
    assert store.reads == [0, len(played.commits) - 1]


def test_snapshot_saves_reading_the_commits_before_it(played: Play) -> None:
    store = CountingStore()
    append_all(store, StateLoader(store, SETTINGS), played.commits)

    state = StateLoader(store, SETTINGS).load("x")

    assert state == played.state
    assert store.reads[-1] >= 10


def test_snapshots_grow_rarer_than_commits(played: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryExecutionStore()
    saved: list[int] = []
    save = store.save_snapshot

    def noted(snapshot: Any, **kwargs: Any) -> None:
        saved.append(snapshot.commit_number)
        save(snapshot, **kwargs)

    monkeypatch.setattr(store, "save_snapshot", noted)

    append_all(store, StateLoader(store, SETTINGS), played.commits)

    assert 1 <= len(saved) <= 4
    assert len(played.commits) > 25


def test_snapshot_of_another_version_is_folded_anew(played: Play) -> None:
    store = CountingStore()
    append_all(store, StateLoader(store, SETTINGS), played.commits)
    snapshot = store.load_snapshot("x")
    assert snapshot is not None
    damaged = msgspec.structs.replace(
        snapshot, evolve_version=EVOLVE_VERSION + 1, state=b"{}", commit_number=snapshot.commit_number + 1
    )
    store.save_snapshot(damaged)

    assert StateLoader(store, SETTINGS).load("x") == played.state
    assert store.reads[-1] == 0


def test_everything_is_read_anew_when_the_state_was_forgotten(played: Play) -> None:
    store = CountingStore()
    loader = StateLoader(store, Settings())
    for commit in played.commits:
        store.append(commit)
    loader.load("x")

    loader.forget("x")
    loader.load("x")

    assert store.reads == [0, 0]


def test_oldest_states_are_forgotten_when_there_are_many() -> None:
    store = CountingStore()
    loader = StateLoader(store, Settings())
    first = Play(chain(activity("a"))).commits[0]
    for number in range(300):
        store.append(msgspec.structs.replace(first, execution_id=f"x{number}"))
        loader.load(f"x{number}")
    store.reads.clear()

    loader.load("x299")
    loader.load("x0")

    assert store.reads == [1, 0]


def test_ended_execution_is_not_kept(played: Play) -> None:
    store = CountingStore()
    loader = StateLoader(store, SETTINGS)
    append_all(store, loader, played.commits)
    played.complete("a29")
    append = store.append(played.commits[-1])

    loader.appended(played.state, append)
    loader.load("x")

    assert played.state.is_terminal
    assert store.reads[-1] < len(played.commits)
