"""Registered definitions. Layer: tests. What callers see of them is tested over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.memory import (
    MemoryDefinitionStore,
    MemoryEntries,
    MemoryEventBus,
    MemorySummaryStore,
    VirtualClock,
)
from chalicelib.domain.errors import Conflict, InvalidDefinition, NotFound, TooLarge
from chalicelib.engine import definitions as registering
from chalicelib.engine.announcing import Announcer
from chalicelib.engine.definitions import Definitions
from chalicelib.engine.subscription_index import SubscriptionIndex
from chalicelib.engine.triggers import Triggers
from chalicelib.ports.definitions import StoredDefinition
from chalicelib.ports.executions import Summary
from chalicelib.settings import Settings

START = datetime(2026, 1, 31, 9, tzinfo=UTC)


class CountingStore(MemoryDefinitionStore):
    """Counts reads of documents."""

    reads = 0

    def get(self, workflow_id: str, version: str | None = None, *, deleted: bool = False) -> StoredDefinition | None:
        self.reads += 1
        return super().get(workflow_id, version, deleted=deleted)


class Registry:
    """`Definitions` over memory, and what stands around them."""

    def __init__(self) -> None:
        self.store = CountingStore()
        self.summaries = MemorySummaryStore()
        self.entries = MemoryEntries(VirtualClock(START))
        self.bus = MemoryEventBus()
        self.errors: list[tuple[str, Exception]] = []
        self.definitions = self.again()

    def again(self) -> Definitions:
        """Another process over the same stores."""
        clock = VirtualClock(START)
        return Definitions(
            self.store,
            self.summaries,
            clock,
            triggers=Triggers(SubscriptionIndex(self.entries)),
            announcer=Announcer(self.bus, clock, lambda *error: self.errors.append(error)),
            known_activities=["known.Activity"],
            settings=Settings(),
        )


@pytest.fixture
def registry() -> Registry:
    return Registry()


def document(version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    return {
        "id": "w",
        "name": "W",
        "version": version,
        "steps": [{"id": "start", "step_type": {"type": "start"}}, {"id": "end", "step_type": {"type": "end"}}],
        "transitions": [{"from_step_id": "start", "to_step_id": "end"}],
        **more,
    }


def activity(name: str) -> dict[str, Any]:
    changed = document()
    changed["steps"].insert(1, {"id": "a", "step_type": {"type": "activity", "activity_type": name}})
    changed["transitions"] = [
        {"from_step_id": "start", "to_step_id": "a"},
        {"from_step_id": "a", "to_step_id": "end"},
    ]
    return changed


def test_the_same_content_is_the_same_when_it_is_written_differently(registry: Registry) -> None:
    first = registry.definitions.register(document(timeout=90))

    second = registry.definitions.register(document(timeout="PT1M30S", created_at="2020-01-01T00:00:00Z"))

    assert (first.created, second.created) == (True, False)


def test_a_text_is_registered_when_it_is_yaml(registry: Registry) -> None:
    text = """
    {id: w, name: W, version: 1.0.0, transitions: [{from: start, to: end}],
     steps: [{id: start, step_type: {type: start}}, {id: end, step_type: {type: end}}]}
    """

    assert registry.definitions.register(text, "application/yaml").workflow_id == "w"


@pytest.mark.parametrize(("name", "codes"), [("known.Activity", []), ("unknown.Activity", ["UnknownActivity"])])
def test_an_activity_is_doubtful_when_it_is_not_registered_here(
    registry: Registry, name: str, codes: list[str]
) -> None:
    registered = registry.definitions.register(activity(name))
    report = registry.definitions.validate(activity(name))

    assert [finding.code for finding in registered.warnings] == codes
    assert [finding.code for finding in report.findings] == codes


def test_a_step_type_is_refused_when_it_does_not_run_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registering, "RUNNABLE_STEP_TYPES", frozenset({"start", "end"}))
    registry = Registry()
    changed = document()
    changed["steps"].insert(1, {"id": "t", "step_type": {"type": "sub_workflow", "workflow_id": "other"}})
    changed["transitions"] = [
        {"from_step_id": "start", "to_step_id": "t"},
        {"from_step_id": "t", "to_step_id": "end"},
    ]

    with pytest.raises(InvalidDefinition) as caught:
        registry.definitions.register(changed)

    assert [finding.code for finding in caught.value.findings] == ["UnsupportedStepType"]


def test_a_definition_is_refused_when_it_is_too_large(registry: Registry) -> None:
    with pytest.raises(TooLarge):
        registry.definitions.register(document(description="x" * 2_000_000))


def test_a_version_is_read_once_when_it_is_loaded_often(registry: Registry) -> None:
    registry.definitions.register(document())
    fresh = registry.again()
    registry.store.reads = 0

    loaded = [fresh.load("w", "1.0.0") for _ in range(3)] + [fresh.resolve("w"), fresh.resolve("w", "1.0.0")]

    assert registry.store.reads == 1
    assert all(each is loaded[0] for each in loaded)
    assert [step.id for step in loaded[0].definition.steps] == ["start", "end"]


def test_a_deleted_workflow_is_loaded_but_not_resolved(registry: Registry) -> None:
    registry.definitions.register(document())
    registry.definitions.delete("w")
    fresh = registry.again()

    assert fresh.load("w", "1.0.0").definition.id == "w"
    with pytest.raises(NotFound) as caught:
        fresh.resolve("w")
    assert caught.value.code == "WorkflowNotFound"


def test_a_version_from_before_the_deletion_is_hidden_when_the_workflow_is_revived(registry: Registry) -> None:
    registry.definitions.register(document("1.0.0"))
    registry.definitions.register(document("1.1.0"))
    registry.definitions.delete("w")
    registry.definitions.register(document("1.0.0"))

    assert registry.definitions.resolve("w").definition.version == "1.0.0"
    with pytest.raises(NotFound) as caught:
        registry.definitions.resolve("w", "1.1.0")
    assert caught.value.code == "VersionNotFound"
    assert registry.definitions.load("w", "1.1.0").definition.version == "1.1.0"


def test_an_older_version_is_resolved_when_it_is_asked_for(registry: Registry) -> None:
    registry.definitions.register(document("1.0.0"))
    registry.definitions.register(document("1.1.0"))

    assert registry.definitions.resolve("w", "1.0.0").definition.version == "1.0.0"


@pytest.mark.parametrize("version", ["9.9.9", "1.0.0"])
def test_nothing_is_loaded_when_it_was_never_registered(registry: Registry, version: str) -> None:
    with pytest.raises(NotFound):
        registry.definitions.load("nobody", version)


def test_the_new_default_is_resolved_at_once_when_another_process_registered_it(registry: Registry) -> None:
    registry.definitions.register(document("1.0.0"))
    other = registry.again()
    assert other.resolve("w").definition.version == "1.0.0"

    registry.definitions.register(document("1.1.0"))

    assert other.resolve("w").definition.version == "1.1.0"


def running(state: str) -> Summary:
    return Summary(
        execution_id="e", workflow_id="w", workflow_version="1.0.0", state=state, created_at=START, commit_number=1
    )


@pytest.mark.parametrize(
    ("state", "force", "refused"), [("running", False, True), ("running", True, False), ("failed", False, False)]
)
def test_a_workflow_is_kept_when_executions_run_and_nobody_forces_it(
    registry: Registry, state: str, force: bool, refused: bool
) -> None:
    registry.definitions.register(document())
    registry.summaries.project(running(state))

    if refused:
        with pytest.raises(Conflict) as caught:
            registry.definitions.delete("w", force=force)
        assert caught.value.code == "ExecutionsRunning"
    else:
        registry.definitions.delete("w", force=force)
    assert (registry.store.entry("w") is not None) is refused


def test_a_deletion_is_refused_when_somebody_was_faster(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.definitions.register(document())
    monkeypatch.setattr(registry.store, "delete", lambda workflow_id, at: False)

    with pytest.raises(NotFound):
        registry.definitions.delete("w")
