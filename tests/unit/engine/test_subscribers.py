"""Starting workflows by events. Layer: tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.unit.engine.events_world import NAME, Setting


@pytest.fixture
def world() -> Setting:
    return Setting()


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "event", "event_name": name, **more}


def test_each_subscription_starts_once_when_an_event_is_published_again_and_again(world: Setting) -> None:
    world.register("a", event(NAME), event(NAME, input_mapping={"m": "$.event.n"}))
    world.register("b", event("*"))
    world.register("c", event("other"))

    for _ in range(3):
        world.publish()

    assert Counter(repr(each) for each in world.started()) == Counter(
        map(repr, [("a", {"n": 1}), ("a", {"m": 1}), ("b", {"n": 1})])
    )


def test_the_default_version_counts_when_a_newer_one_subscribes_otherwise(world: Setting) -> None:
    world.register("w", event(NAME), version="1.0.0")
    world.register("w", event("other"), version="2.0.0")
    world.register("w", event(NAME), version="1.5.0")

    world.publish("p-1")
    assert world.started() == []
    world.publish("p-2", name="other")
    assert world.started() == [("w", {"n": 1})]


def test_nothing_starts_when_the_workflow_was_deleted_until_it_is_registered_again(world: Setting) -> None:
    world.register("w", event(NAME))
    world.engine.definitions.delete("w", force=True)
    world.publish("p-1")
    assert world.started() == []

    world.register("w", event(NAME))
    world.publish("p-2")
    assert world.started() == [("w", {"n": 1})]


@pytest.mark.parametrize(
    ("condition", "starts"),
    [("$.event.n = 1", True), ("$.event.n", False), ("$.event.m > 1", False), ("$.event.n > 'a'", False)],
)
def test_a_workflow_starts_when_the_condition_is_true_alone(world: Setting, condition: str, starts: bool) -> None:
    world.register("w", event(NAME, condition=condition))

    world.publish()

    assert bool(world.started()) is starts


def test_what_cannot_start_is_reported_and_holds_up_no_other(world: Setting) -> None:
    typed = {"fields": [{"name": "must", "field_type": {"type": "string"}, "required": True}]}
    world.register("a", event(NAME), input_type=typed)
    world.register("b", event(NAME))

    world.publish()

    assert world.started() == [("b", {"n": 1})]
    ((_, error),) = world.errors
    assert "input type" in str(error)


def test_hundreds_of_subscriptions_each_start_once_when_they_are_told_in_steps(world: Setting) -> None:
    for n in range(130):
        world.register(f"w{n:03}", event(NAME))

    world.publish()
    world.drain(crash_first=True)

    assert sorted(workflow_id for workflow_id, _ in world.started()) == [f"w{n:03}" for n in range(130)]
