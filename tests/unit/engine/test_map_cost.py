"""What an item of a map costs does not grow with the number of items: counted in calls and bytes."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.activities.registry import ActivityRegistry
from chalicelib.domain import jsonvalue
from tests.faults.world import Fuse, World
from tests.unit.execution.play import activity, workflow

DOCUMENT = workflow(
    {"id": "m", "step_type": {"type": "map", "items": "$.input.items", "entry_step_id": "i", "exit_step_id": "i"}},
    activity("i", of={"activity_type": "work", "input_mapping": {"v": "$.item"}}),
    transitions=[("start", "m"), ("m", "end")],
    id="map",
)


def played(items: int) -> tuple[World, float, float, int]:
    """A map of so many items, with its calls an item, its stored bytes an item, and its largest commit in bytes."""
    registry = ActivityRegistry()
    registry.activity("work")(_work)
    world = World(registry, Fuse())
    world.engine.definitions.register(DOCUMENT)
    world.start("map", {"items": list(range(items))})
    calls = len(world.fuse.calls)
    world.run(turns=20 * items)
    world.check()
    sizes = [len(jsonvalue.dumps(commit.events)) for commit in world.commits()]
    return world, (len(world.fuse.calls) - calls) / items, sum(sizes) / items, max(sizes)


def _work(input: Any) -> Any:
    return {"done": input["v"]}


@pytest.mark.slow
def test_item_of_a_large_map_costs_what_an_item_of_a_small_one_does() -> None:
    _, small_calls, small_bytes, _ = played(100)

    world, calls, stored, largest = played(10_000)

    print(f"an item of 100: {small_calls:.2f} calls, {small_bytes:.0f} bytes; of 10,000: {calls:.2f}, {stored:.0f}")  # noqa: T201
    assert world.status()["state"] == "completed"
    assert calls <= small_calls * 1.3
    assert stored <= small_bytes * 1.3
    assert largest < 300_000
