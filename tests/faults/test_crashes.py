"""Killing the process before and after every single call of a port: nothing is lost or done twice in effect."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.engine.work import ErrandFailed
from tests.faults.world import Effects, Fuse, World
from tests.unit.execution.play import activity, chain, workflow

RETRY = {"max_attempts": 4, "initial_interval": 2, "backoff_coefficient": 3, "max_interval": 10}


def of(step_id: str, activity_type: str, to: str = "n", **fields: Any) -> dict[str, Any]:
    mapping = {"input_mapping": {"n": "$.context.n"}, "output_mapping": {"n": f"$.context.{to}"}}
    return activity(step_id, of={"activity_type": activity_type, **mapping}, **fields)


QUEUED = chain(of("a", "count"), of("b", "flaky", retry_policy=RETRY, timeout=60), of("c", "count"), id="queued")
INLINE = chain(of("a", "count.inline"), of("b", "count.inline"), of("c", "count"), of("d", "count.inline"), id="inline")
SPREAD = workflow(
    {"id": "m", "step_type": {"type": "data_mapping", "mapping": {"$.context.n": 0}}},
    of("a", "count", "a"),
    of("b", "count.inline", "b"),
    of("c", "flaky", "c", retry_policy=RETRY),
    {
        "id": "d",
        "step_type": {
            "type": "decision",
            "conditions": [{"condition": "$.context.a > 0", "transition_to": "e"}],
            "default": "end",
        },
    },
    of("e", "count", "e"),
    transitions=[
        ("start", "m"),
        ("m", "a"),
        ("m", "b"),
        ("m", "c"),
        ("a", "d"),
        ("b", "end"),
        ("c", "end"),
        ("e", "end"),
    ],
    id="spread",
    timeout=3600,
)
FAILING = chain(
    of("a", "count"), of("b", "absent", error_policy={"type": "continue_workflow"}), of("c", "flaky"), id="failing"
)
REGIONS = workflow(
    {
        "id": "p",
        "step_type": {
            "type": "parallel",
            "branches": [
                {"name": "left", "entry_step_id": "a", "exit_step_id": "a"},
                {"name": "right", "entry_step_id": "t", "exit_step_id": "m"},
            ],
        },
    },
    of("a", "flaky", "a", retry_policy=RETRY),
    {"id": "t", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 5}}},
    {
        "id": "m",
        "step_type": {
            "type": "map",
            "items": "[1,2,3]",
            "entry_step_id": "i",
            "exit_step_id": "i",
            "max_concurrency": 2,
        },
    },
    activity("i", of={"activity_type": "count.inline", "input_mapping": {"n": "$.item"}}),
    {"id": "r", "step_type": {"type": "data_mapping", "mapping": {"$.output.all": "$.steps.p.output"}}},
    transitions=[("start", "p"), ("t", "m"), ("p", "r"), ("r", "end")],
    id="regions",
)
CHILD = chain(of("c", "count"), id="child")
FAILING_CHILD = chain(of("c", "count"), of("f", "absent"), id="failing-child")
FAMILY = workflow(
    {
        "id": "p",
        "step_type": {
            "type": "parallel",
            "branches": [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("good", "bad")],
        },
    },
    {"id": "good", "step_type": {"type": "sub_workflow", "workflow_id": "child"}},
    {
        "id": "bad",
        "step_type": {"type": "sub_workflow", "workflow_id": "failing-child"},
        "retry_policy": {"max_attempts": 2, "initial_interval": 5},
        "error_policy": {"type": "continue_workflow"},
    },
    {"id": "aside", "step_type": {"type": "sub_workflow", "workflow_id": "child", "wait": False}},
    {"id": "slow", "step_type": {"type": "sub_workflow", "workflow_id": "sleeper"}, "timeout": 30},
    transitions=[("start", "p"), ("p", "aside"), ("aside", "slow"), ("slow", "end", "error:Timeout"), ("slow", "end")],
    id="family",
)
SLEEPER = chain(
    {"id": "t", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 100}}}, id="sleeper"
)
ASKING = {
    **workflow(
        {"id": "ask", "step_type": {"type": "human", "intervention_point_id": "p", "timeout": 30}},
        {"id": "again", "step_type": {"type": "human", "intervention_point_id": "q"}},
        of("a", "count"),
        transitions=[("start", "ask"), ("ask", "end"), ("ask", "again", "error:Timeout"), ("again", "a"), ("a", "end")],
        id="asking",
    ),
    "human_intervention_points": [
        {
            "id": "p",
            "step_id": "ask",
            "name": "First",
            "allowed_actions": [{"type": "approve"}],
            "notification": {
                "channels": [{"type": "in_app", "user_groups": ["leads"]}],
                "reminder_interval": 0.01,
                "max_reminders": 2,
            },
            "deadline": {
                "deadline_type": {"type": "relative", "hours": 0.02},
                "timeout_strategy": {"type": "escalate", "user_groups": ["directors"]},
            },
        },
        {
            "id": "q",
            "step_id": "again",
            "name": "Second",
            "allowed_actions": [{"type": "approve"}],
            "deadline": {
                "deadline_type": {"type": "business_days", "days": 1, "calendar_id": "CN"},
                "timeout_strategy": {"type": "auto_approve"},
            },
        },
    ],
}
SAGA = workflow(
    {"id": "m", "step_type": {"type": "map", "items": "[1,2,3]", "entry_step_id": "i", "exit_step_id": "i"}},
    activity("i", of={"activity_type": "count", "input_mapping": {"n": "$.item"}}, compensation_step_id="undo-i"),
    {
        "id": "p",
        "step_type": {
            "type": "parallel",
            "branches": [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("a", "b")],
        },
    },
    of("a", "count", "a", compensation_step_id="undo-a"),
    of("b", "absent"),
    activity("undo-i", of={"activity_type": "flaky", "input_mapping": {"n": "$.item"}}, retry_policy=RETRY),
    activity("undo-a", of={"activity_type": "count.inline", "input_mapping": {"n": "$.compensated.output.n"}}),
    transitions=[("start", "m"), ("m", "p"), ("p", "end")],
    id="saga",
)
DOCUMENTS = {document["id"]: document for document in (QUEUED, INLINE, SPREAD, FAILING, REGIONS, FAMILY, ASKING, SAGA)}
OTHERS = (CHILD, FAILING_CHILD, SLEEPER)
CHILDREN = {"family": ["good:1:1", "bad:1:1", "bad:1:2", "aside:1:1", "slow:1:1"]}
"""The executions that one of a document begins, without the own id."""


def play(workflow_id: str, fuse: Fuse) -> tuple[World, Effects]:
    effects = Effects()
    world = World(effects.registry, fuse)
    world.register(DOCUMENTS[workflow_id])
    for document in OTHERS if workflow_id in CHILDREN else ():
        world.register(document)
    world.start(workflow_id, {"n": 0})
    world.run()
    return world, effects


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("workflow_id", sorted(DOCUMENTS))
def test_execution_ends_alike_when_any_call_of_a_port_is_the_last_of_its_process(workflow_id: str, after: bool) -> None:
    assert violations(workflow_id, after=after) == []


def violations(workflow_id: str, *, after: bool) -> list[str]:
    """The crash points after which the execution ends otherwise than when nothing happens to it."""
    smooth, effects = play(workflow_id, Fuse())
    calls = list(smooth.fuse.calls)
    expected = _ending(smooth, workflow_id)
    assert len(calls) >= 15
    found = []
    for at in range(1, len(calls) + 1):
        try:
            world, crashed = play(workflow_id, Fuse(at, after=after))
            assert world.fuse.blown
            assert _ending(world, workflow_id) == expected
            assert set(crashed.done) == set(effects.done)
            assert _errands(world) == _errands(smooth)
        except AssertionError as error:
            found.append(f"{'after' if after else 'before'} call {at}, {calls[at - 1]}: {error}")
    return found


def _errands(world: World) -> set[str]:
    """The notifications that were tried: none can be sent here, and giving one up is reported."""
    return {str(error) for _, error in world.errors if isinstance(error, ErrandFailed)}


def _ending(world: World, workflow_id: str) -> list[dict[str, Any]]:
    """How the execution ended, and those that it began."""
    return [_ending_of(world, each) for each in ("x", *(f"x:{name}" for name in CHILDREN.get(workflow_id, ())))]


def _ending_of(world: World, execution_id: str) -> dict[str, Any]:
    world.check(execution_id)
    status = world.status(execution_id)
    rows = sorted((row["step_id"], row["run"], row["state"]) for row in status["steps"])
    return {"rows": rows, **{name: status[name] for name in ("state", "output", "variables", "error")}}
