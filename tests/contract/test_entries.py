"""What every ``Entries`` promises. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ports.entries import Entries
from tests.contract.backends import Backend
from tests.contract.samples import ODD_VALUES, incompressible
from tests.contract.test_races import racing

pytestmark = pytest.mark.contract

HOUR = timedelta(hours=1)
WRITERS = 4


def keys(store: Entries, partition: str = "p", **how: Any) -> list[str]:
    return [entry.key for entry in store.read(partition, **how)]


def fill(store: Entries, *names: str, partition: str = "p") -> None:
    for name in names:
        store.put(partition, name, {"name": name})


def test_nothing_is_there_when_nothing_was_written(backend: Backend) -> None:
    store = backend.entries()

    assert store.get("p", "k") is None
    assert keys(store) == []
    store.delete("p", "k")


def test_a_body_comes_back_as_it_was_when_it_holds_odd_values(backend: Backend) -> None:
    store = backend.entries()

    store.put("p", "k", ODD_VALUES)

    entry = backend.entries().get("p", "k")
    assert entry is not None
    assert repr(entry.body) == repr(ODD_VALUES)
    assert (entry.partition, entry.key, entry.expires_at) == ("p", "k", None)
    assert list(backend.entries().read("p")) == [entry]


def test_a_large_body_comes_back_when_it_is_beyond_what_an_item_holds(backend: Backend) -> None:
    store = backend.entries()
    body = {"text": incompressible(500_000)}

    store.put("p", "lasting", body)
    store.put("p", "passing", body, expires_at=backend.now() + HOUR)

    assert [entry.body for entry in store.read("p")] == [body, body]


def test_a_value_changed_later_is_not_changed_in_the_store_when_it_was_given_before(backend: Backend) -> None:
    store = backend.entries()
    body: dict[str, Any] = {"list": [1]}

    store.put("p", "k", body)
    body["list"].append(2)

    entry = store.get("p", "k")
    assert entry is not None
    assert entry.body == {"list": [1]}


def test_the_last_body_stays_when_an_entry_is_put_twice(backend: Backend) -> None:
    store = backend.entries()
    store.put("p", "k", {"n": 1}, expires_at=backend.now() + HOUR)
    first = store.get("p", "k")

    store.put("p", "k", {"n": 2})

    second = store.get("p", "k")
    assert first is not None
    assert second is not None
    assert (second.body, second.expires_at) == ({"n": 2}, None)
    assert second.version != first.version


def test_the_first_body_stays_when_an_entry_is_added_twice(backend: Backend) -> None:
    store = backend.entries()

    assert store.add("p", "k", {"n": 1})
    assert not store.add("p", "k", {"n": 2})

    assert [entry.body for entry in store.read("p")] == [{"n": 1}]


def test_an_entry_can_be_added_again_when_it_was_deleted(backend: Backend) -> None:
    store = backend.entries()
    store.add("p", "k", {"n": 1})

    store.delete("p", "k")

    assert store.get("p", "k") is None
    assert store.add("p", "k", {"n": 2})


def delete_and_add(store: Entries) -> None:
    store.delete("p", "k")
    store.add("p", "k", {"n": 1})


CHANGES: dict[str, Callable[[Entries], None]] = {
    "put": lambda store: store.put("p", "k", {"n": 1}),
    "deleted": lambda store: store.delete("p", "k"),
    "deleted and added": delete_and_add,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_neither_replacing_nor_removing_does_anything_when_the_entry_changed_since(
    backend: Backend, change: Callable[[Entries], None]
) -> None:
    # given
    store = backend.entries()
    store.put("p", "k", {"n": 1})
    seen = store.get("p", "k")
    assert seen is not None
    change(store)
    before = store.get("p", "k")

    # then
    assert not store.replace(seen, {"n": 2})
    assert not store.remove(seen)
    assert store.get("p", "k") == before


def test_an_entry_is_replaced_and_removed_when_it_is_as_it_was_read(backend: Backend) -> None:
    store = backend.entries()
    store.put("p", "k", {"n": 1})
    (seen,) = store.read("p")

    assert store.replace(seen, {"n": 2}, expires_at=backend.now() + HOUR)
    assert not store.replace(seen, {"n": 3})

    (second,) = store.read("p")
    assert second.body == {"n": 2}
    assert second.expires_at is not None
    assert store.remove(second)
    assert not store.remove(second)
    assert keys(store) == []


def test_entries_come_in_order_of_their_keys_when_they_were_written_in_another(backend: Backend) -> None:
    store = backend.entries()
    names = ["b", "a", "c", "a#2", "a#10", "é", "z", "漢", "🚀", "A"]
    fill(store, *names)
    fill(store, "other", partition="p2")

    assert keys(store) == sorted(names)
    assert keys(store, "p2") == ["other"]


def test_a_prefix_a_start_and_a_limit_narrow_what_is_read_when_they_are_given(backend: Backend) -> None:
    store = backend.entries()
    fill(store, "a", "b", "b#1", "b#2", "b#3", "b#漢", "c")

    assert keys(store, prefix="b#") == ["b#1", "b#2", "b#3", "b#漢"]
    assert keys(store, prefix="b#", after="b#1") == ["b#2", "b#3", "b#漢"]
    assert keys(store, prefix="b#", after="b#1", limit=1) == ["b#2"]
    assert keys(store, prefix="b#", after="a") == ["b#1", "b#2", "b#3", "b#漢"]
    assert keys(store, prefix="b", after="b") == ["b#1", "b#2", "b#3", "b#漢"]
    assert keys(store, prefix="b#", after="c") == []
    assert keys(store, after="b#2") == ["b#3", "b#漢", "c"]
    assert keys(store, after="b#25") == ["b#3", "b#漢", "c"]
    assert keys(store, limit=2) == ["a", "b"]
    assert keys(store, limit=0) == []
    assert keys(store, prefix="x") == []


def test_every_entry_is_read_once_when_there_are_more_than_a_page(backend: Backend) -> None:
    store = backend.entries()
    names = [f"{n:03}" for n in range(30)]
    for name in names:
        store.put("p", name, {"padding": incompressible(60_000)})

    assert keys(store) == names
    assert keys(store, limit=25) == names[:25]
    assert keys(store, after="014") == names[15:]


def test_what_was_there_all_the_time_is_read_once_when_others_write_meanwhile(backend: Backend) -> None:
    store = backend.entries()
    fill(store, "b", "d", "f")

    found = []
    for entry in store.read("p"):
        found.append(entry.key)
        store.put("p", "a", {})
        store.delete("p", entry.key)

    assert [key for key in found if key != "a"] == ["b", "d", "f"]


def test_an_entry_is_there_until_its_time_when_it_expires(backend: Backend) -> None:
    store = backend.entries()
    store.put("p", "a", {}, expires_at=backend.now() + 2 * HOUR)
    store.put("p", "k", {"n": 1}, expires_at=backend.now() + HOUR)
    backend.later(3595)
    seen = store.get("p", "k")
    assert seen is not None
    assert seen.expires_at is not None
    assert abs(seen.expires_at - backend.now()) <= timedelta(hours=1, seconds=2)

    backend.later(7)

    assert store.get("p", "k") is None
    assert keys(store) == ["a"]
    assert not store.replace(seen, {"n": 2})
    assert not store.remove(seen)
    assert store.add("p", "k", {"n": 3})
    assert keys(store) == ["a", "k"]


@pytest.mark.parametrize(("partition", "key"), [("", "k"), ("p", ""), ("p" * 2049, "k"), ("p", "é" * 513)])
def test_keys_are_refused_when_they_could_not_be_kept(backend: Backend, partition: str, key: str) -> None:
    store = backend.entries()

    with pytest.raises(ValueError, match="bytes"):
        store.put(partition, key, {})
    with pytest.raises(ValueError, match="bytes"):
        store.get(partition, key)


def test_the_longest_keys_are_kept_when_they_are_used(backend: Backend) -> None:
    store = backend.entries()

    store.put("p" * 2048, "k" * 1024, {"n": 1})

    assert keys(store, "p" * 2048) == ["k" * 1024]


# --- several at once -------------------------------------------------------------------------------------------------


def test_one_is_told_that_it_added_when_several_add_the_same(racing_backend: Backend) -> None:
    def adder(name: str) -> Callable[[], list[str]]:
        store = racing_backend.entries()
        return lambda: [key for key in map(str, range(20)) if store.add("p", key, {"by": name})]

    names = [f"writer-{n}" for n in range(WRITERS)]
    won = racing(*(adder(name) for name in names))

    winners = {key: name for name, mine in zip(names, won, strict=True) if isinstance(mine, list) for key in mine}
    assert sum(len(mine) for mine in won if isinstance(mine, list)) == 20
    assert {entry.key: entry.body["by"] for entry in racing_backend.entries().read("p")} == winners


def test_no_change_is_lost_when_several_replace_what_they_read(racing_backend: Backend) -> None:
    racing_backend.entries().put("p", "counter", {"n": 0})

    def counter() -> None:
        store = racing_backend.entries()
        for _ in range(10):
            while True:
                entry = store.get("p", "counter")
                assert entry is not None
                if store.replace(entry, {"n": entry.body["n"] + 1}):
                    break

    racing(*[counter] * WRITERS)

    entry = racing_backend.entries().get("p", "counter")
    assert entry is not None
    assert entry.body == {"n": 10 * WRITERS}


def test_one_is_told_that_it_removed_when_several_remove_the_same(racing_backend: Backend) -> None:
    store = racing_backend.entries()
    fill(store, *map(str, range(20)))
    seen = list(store.read("p"))

    def remover() -> int:
        mine = racing_backend.entries()
        return sum(mine.remove(entry) for entry in seen)

    removed = racing(*[remover] * WRITERS)

    assert sum(count for count in removed if isinstance(count, int)) == 20
    assert keys(store) == []


def test_replacing_or_removing_wins_but_not_both_when_they_race(racing_backend: Backend) -> None:
    store = racing_backend.entries()
    fill(store, *map(str, range(20)))
    seen = list(store.read("p"))

    replaced, removed = racing(
        lambda: {entry.key for entry in seen if racing_backend.entries().replace(entry, {"new": True})},
        lambda: {entry.key for entry in seen if racing_backend.entries().remove(entry)},
    )

    assert isinstance(replaced, set)
    assert isinstance(removed, set)
    assert not replaced & removed
    assert replaced | removed == {entry.key for entry in seen}
    assert set(keys(store)) == replaced
