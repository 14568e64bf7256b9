"""What others hear of executions and definitions: the bus, and what starts by an end. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.adapters.aws import AwsRefused
from chalicelib.domain.errors import Unavailable, WeftError
from chalicelib.domain.published import MOST_LINEAGE
from chalicelib.engine.start import StartRequest
from tests.unit.engine.events_world import Setting
from tests.unit.execution.play import chain, workflow

BROKEN = {"id": "broken", "step_type": {"type": "activity", "activity_type": "absent"}}
DETAILED = {"observability": {"detailed_logging": True}}


@pytest.fixture
def world() -> Setting:
    return Setting()


def run(world: Setting, workflow_id: str, execution_id: str = "x", **more: Any) -> None:
    """Start one execution, and do everything there is to do."""
    world.engine.start(StartRequest(workflow_id=workflow_id, input={"a": 1}, execution_id=execution_id, **more))
    work(world)


def work(world: Setting) -> None:
    adapters, engine = world.adapters, world.engine
    while True:
        commands = adapters.commands.receive(10, now=world.clock.now())
        engine.advance.handle(commands)
        tasks = adapters.tasks.receive(10, now=world.clock.now())
        engine.work.handle(tasks)
        for delivery in commands:
            adapters.commands.acknowledge(delivery.delivery_id)
        for delivery in tasks:
            adapters.tasks.acknowledge(delivery.delivery_id)
        stream = adapters.store.stream.receive(1)
        for execution_id, number in stream:
            engine.publish.handle(execution_id, [adapters.store.at(execution_id, number)])
            adapters.store.stream.acknowledge(1)
        if not (commands or tasks or stream):
            return


def types(world: Setting) -> list[str]:
    return [each.type for each in world.adapters.bus.sent]


# --- the bus --------------------------------------------------------------------------------------------------------


def test_events_of_the_execution_alone_go_to_the_bus_when_the_definition_asks_for_no_more(world: Setting) -> None:
    world.register("w")
    run(world, "w")

    assert types(world) == ["WorkflowRegistered", "WorkflowCreated", "WorkflowStarted", "WorkflowCompleted"]
    created, started, completed = world.adapters.bus.sent[1:]
    assert {name: created.detail[name] for name in ("execution_id", "workflow_id", "workflow_version", "sequence")} == {
        "execution_id": "x",
        "workflow_id": "w",
        "workflow_version": "1.0.0",
        "sequence": 1,
    }
    assert completed.detail["state"] == "completed"
    assert completed.detail["timestamp"] == "2026-01-01T09:01:00.000Z"
    assert started.detail["sequence"] == 2
    assert "step_id" not in completed.detail


def test_events_of_steps_go_to_the_bus_too_when_the_definition_asks_for_detailed_logging(world: Setting) -> None:
    note = {"id": "note", "step_type": {"type": "script", "expression": "1"}}
    world.engine.definitions.register(chain(note, id="w", monitoring_config=DETAILED))
    run(world, "w")

    steps = [each for each in world.adapters.bus.sent if "step_id" in each.detail]
    assert ("StepCompleted", "note", "note#1") in [
        (each.type, each.detail["step_id"], each.detail["run_id"]) for each in steps
    ]
    sequences = [each.detail["sequence"] for each in world.adapters.bus.sent[1:]]
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_process_that_sees_only_later_commits_knows_the_workflow_from_its_row(world: Setting) -> None:
    hold = {"id": "hold", "requires_confirmation": True, "step_type": {"type": "script", "expression": "1"}}
    world.engine.definitions.register(chain(hold, id="w", monitoring_config=DETAILED))
    run(world, "w")
    commit = world.adapters.store.at("x", 2)
    another = Setting.over(world)
    world.adapters.bus.sent.clear()

    another.engine.publish.handle("x", [commit])

    assert {each.detail["workflow_id"] for each in world.adapters.bus.sent} == {"w"}


def test_definitions_are_announced_when_they_change(world: Setting) -> None:
    world.register("w", version="1.0.0")
    world.register("w", version="1.0.0")
    world.register("w", version="1.1.0")
    world.engine.definitions.delete("w")

    assert types(world) == ["WorkflowRegistered", "WorkflowUpdated", "WorkflowDeleted"]
    assert [each.detail["workflow_id"] for each in world.adapters.bus.sent] == ["w", "w", "w"]


@pytest.mark.parametrize(("error", "holds_up"), [(AwsRefused("no such bus"), False), (Unavailable("later"), True)])
def test_a_bus_that_refuses_holds_up_nothing_but_one_that_is_busy_does(
    world: Setting, error: WeftError, holds_up: bool
) -> None:
    world.register("w")
    world.engine.start(StartRequest(workflow_id="w", input={}, execution_id="x"))
    commit = world.adapters.store.at("x", 1)

    def fails(_: Any) -> None:
        raise error

    world.adapters.bus.send = fails
    if holds_up:
        with pytest.raises(Unavailable):
            world.engine.publish.handle("x", [commit])
    else:
        world.engine.publish.handle("x", [commit])
        assert world.errors == [("x", error)]
    assert world.adapters.summaries.get("x") is not None
    world.register("other")  # a definition is registered whatever the bus does
    assert world.errors[-1] == ("", error)


# --- what starts by an end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["workflow.completed", "WorkflowCompleted", "workflow.*"])
def test_a_workflow_starts_when_it_subscribes_to_ends_of_any(world: Setting, name: str) -> None:
    subscription = {
        "type": "event",
        "event_name": name,
        "condition": "$.event.workflow_id = 'w'",
        "input_mapping": {"state": "$.event.state", "was": "$.event.input"},
    }
    world.register("after", subscription)
    world.register("w")

    run(world, "w")

    assert [each for each in all_inputs(world) if each[0] == "after"] == [
        ("after", {"state": "completed", "was": {"a": 1}})
    ]


@pytest.mark.parametrize(
    ("name", "starts"),
    [("workflow.failed", True), ("workflow.completed", False), ("workflow.canceled", False), ("workflow.*", True)],
)
def test_a_workflow_starts_by_a_failure_when_it_asks_for_failures(world: Setting, name: str, starts: bool) -> None:
    condition = "$.event.workflow_id = 'w' and $.event.error.code = 'ActivityNotFound'"
    world.register("after", {"type": "event", "event_name": name, "condition": condition})
    world.register("by-completion", {"type": "workflow", "workflow_id": "w"})
    world.engine.definitions.register(workflow(BROKEN, transitions=[("start", "broken"), ("broken", "end")], id="w"))

    run(world, "w")

    workflows = [workflow_id for workflow_id, _ in all_inputs(world)]
    assert ("after" in workflows) is starts
    assert "by-completion" not in workflows


def test_workflows_that_start_each_other_end_when_the_chain_is_too_long(world: Setting) -> None:
    world.register("ping", {"type": "workflow", "workflow_id": "pong", "input_mapping": {}})
    world.register("pong", {"type": "workflow", "workflow_id": "ping", "input_mapping": {}})

    run(world, "ping")

    assert len(all_inputs(world)) == 1 + MOST_LINEAGE
    assert "lead to each other" in str(world.errors[-1][1])


def all_inputs(world: Setting) -> list[tuple[str, Any]]:
    """Workflow and input of every execution there is, in order of creation."""
    store = world.adapters.store
    firsts = [store.at(execution_id, 1) for execution_id in store._commits]
    return [(each.events[0].details["workflow_id"], each.events[0].details["input"]) for each in firsts]
