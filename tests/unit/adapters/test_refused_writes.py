"""The stores when DynamoDB says that a condition fails, although it holds. Layer: tests."""

from __future__ import annotations

import msgspec
import pytest

from chalicelib.domain.errors import Unavailable
from tests.contract.backends import AwsBackend
from tests.contract.samples import summary
from tests.unit.adapters.faults import refusing


def test_an_entry_is_written_when_its_condition_failed_although_it_holds(moto: AwsBackend) -> None:
    store = moto.entries()

    with refusing(moto.aws, "PutItem", 2):
        assert store.add("p", "k", {"n": 1})
    (entry,) = store.read("p")
    with refusing(moto.aws, "PutItem", 2):
        assert store.replace(entry, {"n": 2})

    assert [each.body for each in store.read("p")] == [{"n": 2}]


def test_an_entry_is_removed_when_its_condition_failed_although_it_holds(moto: AwsBackend) -> None:
    store = moto.entries()
    store.put("p", "k", {})
    (entry,) = store.read("p")

    with refusing(moto.aws, "DeleteItem", 2):
        assert store.remove(entry)

    assert list(store.read("p")) == []


def test_an_entry_is_left_alone_when_its_condition_does_not_hold(moto: AwsBackend) -> None:
    store = moto.entries()
    store.put("p", "k", {"n": 1})
    (entry,) = store.read("p")
    store.put("p", "k", {"n": 2})

    assert not store.add("p", "k", {"n": 3})
    assert not store.replace(entry, {"n": 3})
    assert not store.remove(entry)

    assert [each.body for each in store.read("p")] == [{"n": 2}]


def test_the_store_is_unavailable_when_an_entry_is_refused_again_and_again(moto: AwsBackend) -> None:
    store = moto.entries()
    with refusing(moto.aws, "PutItem", 4), pytest.raises(Unavailable, match="again and again"):
        store.add("p", "k", {})
    store.put("p", "k", {})
    (entry,) = store.read("p")

    with refusing(moto.aws, "DeleteItem", 4), pytest.raises(Unavailable, match="again and again"):
        store.remove(entry)

    assert list(store.read("p")) == [entry]


@pytest.mark.parametrize("there_before", [True, False])
def test_a_row_is_unavailable_and_not_passed_over_when_it_is_refused_though_it_is_older(
    moto: AwsBackend, there_before: bool
) -> None:
    store = moto.summaries()
    newer = msgspec.structs.replace(summary(), commit_number=summary().commit_number + 1)
    if there_before:
        store.project(summary())

    with refusing(moto.aws, "PutItem", 1), pytest.raises(Unavailable, match="refused"):
        store.project(newer)

    assert store.project(newer)
    assert not store.project(summary())
