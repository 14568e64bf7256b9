"""The engine's own activities. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.adapters.memory import MemoryEventBus
from chalicelib.domain.execution.commands import DeliverEvent, Signal
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.published import MOST_LINEAGE, LineageExceeded
from chalicelib.engine.outreach import Outreach, UnknownTarget
from chalicelib.engine.start import StartRequest
from tests.unit.engine.events_world import NAME, Setting


@pytest.fixture
def world() -> Setting:
    return Setting()


def task(activity_type: str, given: Any) -> Task:
    return Task(
        execution_id="x",
        workflow_id="w",
        run_id="e#1",
        attempt=1,
        activity_type=activity_type,
        input=given,
        cause=1,
    )


@pytest.fixture
def outreach(world: Setting) -> Outreach:
    adapters = world.adapters
    return Outreach(world.engine.publish_event, world.engine.start, adapters.store, adapters.commands, adapters.bus)


def test_an_event_of_an_execution_goes_to_who_waits_and_to_the_bus(world: Setting, outreach: Outreach) -> None:
    world.listen("y")
    given = {"event_id": "x:e#1", "event_type": NAME, "payload": {"n": 2}, "lineage": 3}

    output = outreach.activities["weft.publish"](task("weft.publish", given))

    (message,) = world.sent()
    assert isinstance(message.command, DeliverEvent)
    assert (message.command.data, message.command.lineage, message.command.source) == ({"n": 2}, 3, "execution:x")
    assert output["event_id"] == "x:e#1"
    bus = world.adapters.bus
    assert isinstance(bus, MemoryEventBus)
    assert [(each.type, each.detail["data"], each.detail["step_id"]) for each in bus.sent] == [(NAME, {"n": 2}, "e")]


def test_another_execution_is_signalled_once_when_the_event_has_a_target(world: Setting, outreach: Outreach) -> None:
    world.register("w")
    world.engine.start(StartRequest(workflow_id="w", input={}, execution_id="y"))
    world.sent()
    given = {"event_id": "x:e#1", "event_type": NAME, "payload": 5, "target": "y", "lineage": 1}

    for _ in range(2):
        outreach.activities["weft.publish"](task("weft.publish", given))
    outreach.activities["weft.signal"](
        task("weft.signal", {"target": "y", "signal_name": "go", "payload": 6, "id": "h:1"})
    )

    signals = [each.command for each in world.sent()]
    assert all(isinstance(each, Signal) for each in signals)
    assert [(each.name, each.payload, each.by) for each in signals if isinstance(each, Signal)] == [
        (NAME, 5, "execution:x"),
        ("go", 6, "execution:x"),
    ]


@pytest.mark.parametrize("target", ["nobody", 5, None])
def test_a_signal_fails_when_its_target_is_no_execution(outreach: Outreach, target: Any) -> None:
    with pytest.raises(UnknownTarget, match="no execution"):
        outreach.signal(task("weft.signal", {"target": target, "signal_name": "go", "id": "1"}))


def test_a_workflow_is_started_once_with_the_lineage_of_its_event(world: Setting, outreach: Outreach) -> None:
    world.register("w")
    given = {"workflow_id": "w", "input": {"a": 1}, "execution_id": "z", "lineage": 4}

    outputs = [outreach.start(task("weft.start", given)) for _ in range(2)]

    assert outputs == [{"execution_id": "z", "workflow_id": "w"}] * 2
    assert world.started() == [("w", {"a": 1})]
    assert world.adapters.store.at("z", 1).events[0].details["lineage"] == 4
    with pytest.raises(LineageExceeded):
        outreach.start(task("weft.start", {**given, "lineage": MOST_LINEAGE + 1}))
