"""What every ``DefinitionStore`` promises. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict, InvalidCursor
from chalicelib.ports.definitions import DefinitionStore, StoredDefinition, WorkflowEntry
from tests.contract.backends import Backend
from tests.contract.samples import AT, ODD_VALUES, definition, incompressible, shape

pytestmark = pytest.mark.contract

LATER = AT + timedelta(hours=1)


def registered(backend: Backend, *definitions: StoredDefinition) -> DefinitionStore:
    store = backend.definitions()
    for each in definitions:
        assert store.add(each)
    return store


def versions(store: DefinitionStore, workflow_id: str = "orders") -> list[str]:
    return [each.version for each in store.versions(workflow_id)]


def ids(store: DefinitionStore, *, page_size: int = 100) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = store.entries(page_size=page_size, cursor=cursor)
        found += [entry.workflow_id for entry in page.items]
        assert len(found) < 1_000, "the cursor does not move on"
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_definition_is_unchanged_when_it_is_registered(backend: Backend) -> None:
    original = definition(document=ODD_VALUES, name="Ünï 🚀", description="")

    store = registered(backend, original)

    assert shape(store.get("orders")) == shape(original)
    assert shape(store.get("orders", "1.0.0")) == shape(original)


@pytest.mark.parametrize("text", ["x" * 2_000_000, incompressible(1_000_000)], ids=["compressible", "large"])
def test_a_definition_is_unchanged_when_it_is_larger_than_an_item(backend: Backend, text: str) -> None:
    original = definition(document={"description": text})

    store = registered(backend, original)

    assert store.get("orders") == original


def test_a_document_is_as_registered_when_the_caller_changes_it_later(backend: Backend) -> None:
    original = definition(document={"steps": [1]})
    store = registered(backend, original)

    original.document["steps"].append(2)

    found = store.get("orders")
    assert found is not None
    assert found.document == {"steps": [1]}


def test_nothing_is_found_when_the_workflow_is_unknown(backend: Backend) -> None:
    store = registered(backend, definition("refunds"))

    assert store.get("orders") is None
    assert store.get("orders", "1.0.0") is None
    assert store.get("orders", "1.0.0", deleted=True) is None
    assert store.get("orders", deleted=True) is None
    assert store.entry("orders") is None
    assert store.versions("orders") == []
    assert not store.delete("orders", at=LATER)


@pytest.mark.parametrize("version", ["2.0.0", "#"])
def test_nothing_is_found_when_the_version_is_unknown(backend: Backend, version: str) -> None:
    store = registered(backend, definition())

    assert store.get("orders", version) is None
    assert store.get("orders", version, deleted=True) is None


def test_nothing_is_new_when_the_same_content_is_registered_again(backend: Backend) -> None:
    store = registered(backend, definition())

    assert not store.add(definition(created_at=LATER))

    entry = store.entry("orders")
    assert entry is not None
    assert entry.updated_at == AT


def test_a_version_is_refused_when_it_has_other_content(backend: Backend) -> None:
    # given
    store = registered(backend, definition())

    # when
    with pytest.raises(Conflict) as caught:
        store.add(definition(digest="other", document={"other": True}))

    # then
    assert caught.value.code == "VersionExists"
    assert store.get("orders") == definition()


BY_PRECEDENCE = ["2.0.0-rc.1", "1.10.0+build.2", "1.10.0+build.1", "1.9.0", "1.2.0", "1.2.0-alpha.10", "1.2.0-alpha.9"]


def test_versions_are_listed_from_the_highest_when_registered_in_any_order(backend: Backend) -> None:
    shuffled = [BY_PRECEDENCE[n] for n in (3, 0, 5, 2, 6, 1, 4)]
    store = registered(backend, *(definition(version=version) for version in shuffled))

    assert versions(store) == BY_PRECEDENCE
    assert {len(each.document) for each in store.versions("orders")} == {0}


@pytest.mark.parametrize(
    ("order", "default"),
    [
        (["1.0.0", "1.1.0"], "1.1.0"),
        (["1.10.0", "1.9.0"], "1.10.0"),
        (["1.0.0", "2.0.0-rc.1"], "1.0.0"),
        (["2.0.0-rc.1", "1.0.0"], "1.0.0"),
        (["2.0.0-rc.1", "2.0.0-rc.2"], "2.0.0-rc.2"),
        (["1.0.0-rc.1", "1.0.0"], "1.0.0"),
    ],
)
def test_the_highest_release_is_the_default_when_there_are_several(
    backend: Backend, order: list[str], default: str
) -> None:
    store = registered(backend, *(definition(version=version, name=f"Named in {version}") for version in order))

    found, entry = store.get("orders"), store.entry("orders")

    assert found is not None
    assert entry is not None
    assert (found.version, entry.version, entry.name) == (default, default, f"Named in {default}")


def test_the_row_shows_the_default_and_both_dates_when_versions_are_added(backend: Backend) -> None:
    store = registered(
        backend,
        definition(version="1.0.0", name="First", description="one"),
        definition(version="1.1.0", name="Second", description="two", created_at=LATER),
        definition(version="1.0.1", name="Patch", created_at=AT + timedelta(minutes=1)),
    )

    assert store.entry("orders") == WorkflowEntry(
        workflow_id="orders", name="Second", version="1.1.0", created_at=AT, updated_at=LATER, description="two"
    )


@pytest.mark.parametrize("page_size", [1, 2, 5, 100])
def test_workflows_are_listed_by_id_when_pages_are_of_any_size(backend: Backend, page_size: int) -> None:
    store = registered(backend, *(definition(name) for name in ("c", "a", "e", "b", "d")))
    store.add(definition("c", "1.0.1"))

    assert ids(store, page_size=page_size) == ["a", "b", "c", "d", "e"]
    assert store.entries(page_size=100).items[2] == store.entry("c")


@pytest.mark.parametrize("page_size", [0, -1, 10**9])
def test_a_page_is_safe_when_its_size_is_absurd(backend: Backend, page_size: int) -> None:
    store = registered(backend, definition("a"), definition("b"))

    assert len(store.entries(page_size=page_size).items) in {1, 2}


@pytest.mark.parametrize("cursor", ["", "x", "b3JkZXJz", "ä"])
def test_a_cursor_is_refused_when_it_is_none_of_ours(backend: Backend, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        registered(backend, definition()).entries(page_size=1, cursor=cursor)


def test_a_workflow_is_hidden_when_it_is_deleted(backend: Backend) -> None:
    # given
    store = registered(backend, definition(), definition(version="1.1.0"), definition("refunds"))

    # when
    assert store.delete("orders", at=LATER)

    # then
    assert store.get("orders") is None
    assert store.get("orders", "1.0.0") is None
    assert store.entry("orders") is None
    assert store.versions("orders") == []
    assert ids(store) == ["refunds"]
    assert not store.delete("orders", at=LATER)


def test_every_version_is_still_there_for_what_runs_when_its_workflow_is_deleted(backend: Backend) -> None:
    store = registered(backend, definition(), definition(version="1.1.0"))
    store.delete("orders", at=LATER)

    assert store.get("orders", "1.0.0", deleted=True) == definition()
    assert store.get("orders", deleted=True) == definition(version="1.1.0")


def test_only_what_is_new_counts_when_a_deleted_workflow_is_registered_again(backend: Backend) -> None:
    # given
    store = registered(backend, definition(version="2.0.0"))
    store.delete("orders", at=LATER)

    # when
    assert store.add(definition(version="1.0.0", created_at=LATER))

    # then
    entry = store.entry("orders")
    assert entry is not None
    assert (entry.version, entry.created_at, entry.updated_at) == ("1.0.0", AT, LATER)
    assert versions(store) == ["1.0.0"]
    assert store.get("orders", "2.0.0") is None
    assert store.get("orders", "2.0.0", deleted=True) == definition(version="2.0.0")
    assert ids(store) == ["orders"]


def test_a_deleted_version_is_new_when_the_same_content_is_registered_again(backend: Backend) -> None:
    store = registered(backend, definition(), definition(version="1.1.0"))
    store.delete("orders", at=LATER)

    assert store.add(definition(created_at=LATER + timedelta(hours=1)))

    assert versions(store) == ["1.0.0"]
    assert store.get("orders") == definition()


def test_a_deleted_version_stays_as_it_was_when_other_content_is_registered(backend: Backend) -> None:
    # What still runs was started with the old content.
    store = registered(backend, definition())
    store.delete("orders", at=LATER)

    with pytest.raises(Conflict) as caught:
        store.add(definition(digest="other", document={"other": True}))

    assert caught.value.code == "VersionExists"
    assert store.entry("orders") is None
    assert store.get("orders", "1.0.0", deleted=True) == definition()
