"""Events between executions while processes die: none is lost, none is taken or starts anything twice. Layer: tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chalicelib.domain.execution.state import State
from tests.faults.world import Effects, Fuse, World
from tests.unit.execution.play import chain

SELLER = chain(
    {
        "id": "tell",
        "step_type": {
            "type": "event",
            "event_type": "sold",
            "correlation": "$.input.order",
            "payload": {"of": "$.input.order"},
        },
    },
    id="seller",
)
BUYER = chain(
    {
        "id": "wait",
        "step_type": {
            "type": "wait",
            "event_name": "sold",
            "correlation": "$.input.order",
            "output_mapping": {"$": "$.output.sale"},
        },
    },
    id="buyer",
)
AUDIT = chain(id="audit", subscriptions=[{"type": "event", "event_name": "sold"}])
AFTER = chain(
    id="after",
    subscriptions=[{"type": "workflow", "workflow_id": "buyer", "input_mapping": {"of": "$.event.output.sale.of"}}],
)


def play(fuse: Fuse) -> World:
    """Two buyers wait for one sale, and one for another; a sale is told, and everything that follows from it."""
    world = World(Effects().registry, fuse)
    for document in (SELLER, BUYER, AUDIT, AFTER):
        world.register(document)
    for execution_id, order in (("buyer-1", "a"), ("other", "b")):
        world.start("buyer", {"order": order}, execution_id)
    world.settle()
    world.start("seller", {"order": "a"}, "seller")
    world.start("buyer", {"order": "a"}, "buyer-2")
    world.run()
    return world


def outcome(world: World) -> dict[str, Any]:
    """Everything there is in the end, but for times."""
    store: Any = world.real.store
    found: dict[str, Any] = {}
    for execution_id in list(store._commits):
        status = world.status(execution_id)
        kinds = Counter(event.type for commit in world.commits(execution_id) for event in commit.events)
        taken = sum("taken_by" in event.details for commit in world.commits(execution_id) for event in commit.events)
        found[execution_id] = (
            *(status["workflow_id"], status["state"], repr(status["input"]), repr(status["output"])),
            *(taken, kinds["StepCompleted"], kinds["WorkflowCompleted"]),
        )
    return found


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_events_do_what_they_should_once_when_any_call_of_a_port_is_the_last_of_its_process(after: bool) -> None:
    smooth = play(Fuse())
    calls = list(smooth.fuse.calls)
    expected = outcome(smooth)
    # given that, when nobody dies, both buyers of the order are told, the other one is not until it is too old
    assert {name: (row[1], row[4]) for name, row in expected.items() if name in {"buyer-1", "buyer-2", "other"}} == {
        "buyer-1": ("completed", 1),
        "buyer-2": ("completed", 1),
        "other": ("timed_out", 0),
    }
    assert Counter(row[0] for row in expected.values()) == {"buyer": 3, "seller": 1, "audit": 1, "after": 2}

    found = []
    for at in range(1, len(calls) + 1):
        world = play(Fuse(at, after=after))
        assert world.fuse.blown
        if outcome(world) != expected:
            found.append(f"{'after' if after else 'before'} call {at}, {calls[at - 1]}")
    assert found == []


def test_an_event_reaches_each_of_a_thousand_waiting_executions_once() -> None:
    # given
    world = World(Effects().registry)
    world.register(BUYER)
    names = [f"x{n:04}" for n in range(1_000)]
    for name in names:
        world.start("buyer", {"order": "a"}, name)
    world.settle()

    # when a process dies in the middle of telling, after the first few hundred
    world.fuse.at, world.fuse.after = len(world.fuse.calls) + 400, True
    while world.guarded(lambda: world.engine.publish_event("sold", {"of": "a"}, event_id="s", correlation="a")) is None:
        pass
    world.run()

    # then
    assert world.fuse.blown
    assert world.errors == []
    for name in names:
        events = [event for commit in world.commits(name) for event in commit.events]
        assert sum(event.type == "WorkflowCompleted" for event in events) == 1
        assert sum("taken_by" in event.details for event in events) == 1
    state = world.engine.control._loader.load(names[0])
    assert isinstance(state, State)
    assert state.output == {"sale": {"of": "a"}}
    assert list(world.real.entries.read("waiter#sold#a")) == []
