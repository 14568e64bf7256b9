"""What every ``ExecutionStore`` promises. Layer: tests."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import VersionConflict
from chalicelib.domain.execution.events import EVENT_TYPES, EXECUTION_STATES, STEP_STATES, Commit, Event
from chalicelib.domain.jsonvalue import JsonError
from chalicelib.ports.executions import Snapshot
from tests.contract.backends import Backend
from tests.contract.samples import AT, ODD_VALUES, commit, incompressible, shape

pytestmark = pytest.mark.contract


def with_details(**details: Any) -> Commit:
    return commit(events=(Event("StepCompleted", "charge#1", details),))


def test_commits_come_back_in_order_when_they_were_appended(backend: Backend) -> None:
    # given
    store = backend.executions()
    commits = [commit(number) for number in range(1, 13)]  # beyond 9, where order by text would differ

    # when
    for each in commits:
        store.append(each)

    # then
    assert list(backend.executions().read("execution-1")) == commits


def test_only_the_tail_is_read_when_a_number_is_given(backend: Backend) -> None:
    store = backend.executions()
    for number in range(1, 6):
        store.append(commit(number))

    assert [each.number for each in store.read("execution-1", after=3)] == [4, 5]
    assert list(store.read("execution-1", after=5)) == []


def test_nothing_is_read_when_the_execution_is_unknown(backend: Backend) -> None:
    backend.executions().append(commit())

    assert list(backend.executions().read("execution-2")) == []


def test_nothing_is_changed_when_a_number_is_appended_twice(backend: Backend) -> None:
    # given
    store = backend.executions()
    first, second = commit(command_ids=("a",)), commit(command_ids=("b",))
    store.append(first)

    # when
    with pytest.raises(VersionConflict):
        store.append(second)

    # then
    assert list(store.read("execution-1")) == [first]


def test_the_command_ids_tell_our_own_write_when_its_answer_was_lost(backend: Backend) -> None:
    # given a write that reached the store, whose answer did not come back, so it is repeated
    ours = commit(command_ids=("task:charge#1:1", "wake:2026-03-30T12:00:00+00:00"))
    backend.executions().append(ours)

    # when
    with pytest.raises(VersionConflict):
        backend.executions().append(ours)

    # then
    (found,) = backend.executions().read("execution-1")
    assert found.command_ids == ours.command_ids


def test_executions_do_not_touch_each_other_when_numbers_are_equal(backend: Backend) -> None:
    store = backend.executions()
    one, other = commit(execution_id="a"), commit(execution_id="b", command_ids=())
    store.append(one)
    store.append(other)

    assert (list(store.read("a")), list(store.read("b"))) == ([one], [other])


def test_a_gap_is_kept_when_a_number_is_left_out(backend: Backend) -> None:
    # A store does not watch over numbers, so it must not mend them either.
    store = backend.executions()
    store.append(commit(3))
    store.append(commit(1))

    assert [each.number for each in store.read("execution-1")] == [1, 3]


def test_events_of_every_type_and_state_are_unchanged_when_they_are_read(backend: Backend) -> None:
    # given
    bare = [Event(event_type) for event_type in EVENT_TYPES]
    of_steps = [Event(event_type, "charge#1", {"state": state}) for event_type in EVENT_TYPES for state in STEP_STATES]
    of_executions = [Event("WorkflowPaused", None, {"state": state}) for state in EXECUTION_STATES]
    original = commit(events=(*bare, *of_steps, *of_executions))

    # when
    backend.executions().append(original)

    # then
    (found,) = backend.executions().read("execution-1")
    assert shape(found) == shape(original)


def test_values_are_unchanged_when_they_are_unusual(backend: Backend) -> None:
    original = with_details(**ODD_VALUES, nested={"deeper": [ODD_VALUES, list(ODD_VALUES.values())]})

    backend.executions().append(original)

    (found,) = backend.executions().read("execution-1")
    assert shape(found) == shape(original)


def test_a_commit_is_unchanged_when_its_parts_are_unusual(backend: Backend) -> None:
    original = commit(
        2**40,
        execution_id="A" * 120 + "._:-0",
        time=AT.replace(microsecond=123_457),
        first_sequence=2**40,
        command_ids=("", "żółć/🚀", "same", "same", "x" * 500),
        events=(),
    )

    backend.executions().append(original)

    assert list(backend.executions().read(original.execution_id)) == [original]


def test_details_are_as_they_were_appended_when_the_caller_changes_them_later(backend: Backend) -> None:
    details = {"output": {"total": 1}}
    backend.executions().append(with_details(**details))

    details["output"]["total"] = 2

    (found,) = backend.executions().read("execution-1")
    assert found.events[0].details == {"output": {"total": 1}}


@pytest.mark.parametrize("value", ["\ud800", object(), math.inf], ids=["surrogate", "object", "infinity"])
def test_nothing_is_written_when_a_detail_is_no_json_value(backend: Backend, value: object) -> None:
    store = backend.executions()

    with pytest.raises(JsonError):
        store.append(with_details(output=value))

    assert list(store.read("execution-1")) == []


@pytest.mark.parametrize("megabytes", [1, 5])
def test_a_commit_is_unchanged_when_it_is_larger_than_an_item(backend: Backend, megabytes: int) -> None:
    # given
    original = with_details(output=incompressible(megabytes * 1_000_000))

    # when
    size = backend.executions().append(original)

    # then
    (found,) = backend.executions().read("execution-1")
    assert found == original
    assert size >= megabytes * 1_000_000


def test_a_commit_is_unchanged_when_it_compresses_well(backend: Backend) -> None:
    original = with_details(output=["the same again"] * 100_000)

    size = backend.executions().append(original)

    assert next(backend.executions().read("execution-1")) == original
    assert size > 1_700_000  # the size counts what is to be folded, however it is kept


def test_all_commits_are_read_when_they_take_more_than_one_page(backend: Backend) -> None:
    # A page of DynamoDB ends at 1 MB.
    store = backend.executions()
    text = incompressible(190_000)
    for number in range(1, 9):
        store.append(commit(number, events=(Event("VariableSet", None, {"value": text}),)))

    assert [each.number for each in store.read("execution-1")] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_commit_is_kept_when_it_is_to_expire_later(backend: Backend) -> None:
    store = backend.executions()

    store.append(commit(), expires_at=backend.now() + timedelta(days=400))

    assert list(store.read("execution-1")) == [commit()]


def snapshot(commit_number: int, state: bytes = b'{"state": "running"}', **changes: Any) -> Snapshot:
    return Snapshot(
        execution_id=changes.get("execution_id", "execution-1"),
        commit_number=commit_number,
        evolve_version=changes.get("evolve_version", 1),
        state=state,
    )


def test_no_snapshot_is_loaded_when_none_was_saved(backend: Backend) -> None:
    backend.executions().save_snapshot(snapshot(1, execution_id="execution-2"))

    assert backend.executions().load_snapshot("execution-1") is None


@pytest.mark.parametrize("state", [b"", b"\x00\xff" * 10, b"x" * 50_000], ids=["empty", "binary", "compressible"])
def test_a_snapshot_is_unchanged_when_it_is_loaded(backend: Backend, state: bytes) -> None:
    original = snapshot(7, state, evolve_version=3)

    backend.executions().save_snapshot(original, expires_at=backend.now() + timedelta(days=400))

    assert backend.executions().load_snapshot("execution-1") == original


def test_a_snapshot_is_unchanged_when_it_is_larger_than_an_item(backend: Backend) -> None:
    original = snapshot(7, incompressible(1_000_000).encode())

    backend.executions().save_snapshot(original)

    assert backend.executions().load_snapshot("execution-1") == original


@pytest.mark.parametrize(("saved", "kept"), [([3, 5], 5), ([5, 3], 5), ([5, 5], 5)])
def test_the_newest_snapshot_is_kept_when_several_are_saved(backend: Backend, saved: list[int], kept: int) -> None:
    store = backend.executions()

    for number in saved:
        store.save_snapshot(snapshot(number))

    found = store.load_snapshot("execution-1")
    assert found is not None
    assert found.commit_number == kept


def test_a_snapshot_is_replaced_when_another_evolve_folds_the_same_commits(backend: Backend) -> None:
    store = backend.executions()
    store.save_snapshot(snapshot(5, b"old", evolve_version=1))

    store.save_snapshot(snapshot(5, b"new", evolve_version=2))

    assert store.load_snapshot("execution-1") == snapshot(5, b"new", evolve_version=2)
