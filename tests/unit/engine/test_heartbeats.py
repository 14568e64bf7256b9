"""Heartbeats of activities that run here: kept beside the execution, and looked at when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.activities.registry import ActivityRegistry
from tests.faults.world import World
from tests.unit.execution.play import activity, chain


def world_of(function: Callable[[Any, Any, World], Any], **of: Any) -> World:
    """An execution ``x`` whose only step runs ``function(input, context, world)``."""
    registry = ActivityRegistry()
    worlds: list[World] = []

    @registry.activity("t")
    def run(input: Any, context: Any) -> Any:
        return function(input, context, worlds[0])

    worlds.append(World(registry))
    worlds[0].engine.definitions.register(chain(activity("a", of={"heartbeat_timeout": 10, **of})))
    worlds[0].start("w", {})
    return worlds[0]


def later(world: World, seconds: float) -> None:
    """Time goes on, and what is due is decided, while the activity is still at work."""
    world.clock.advance_to(world.clock.now() + timedelta(seconds=seconds))
    decide(world)


def decide(world: World) -> None:
    while world._consume(world.real.near_wakeups, world._wake) | world._consume(
        world.real.commands, world.engine.advance.handle
    ):
        pass


def run(world: World) -> None:
    """Do everything that is due now; the clock is moved by the activity alone."""
    decide(world)
    while world._consume(world.real.tasks, world.engine.work.handle, limit=1):
        decide(world)


def test_attempt_lives_as_long_as_its_activity_beats_and_costs_a_commit_a_timeout() -> None:
    def function(input: Any, context: Any, world: World) -> Any:
        for number in range(40):
            context.heartbeat({"progress_percentage": number})
            later(world, 1)
        return "done"

    world = world_of(function)

    run(world)

    assert world.status()["state"] == "completed"
    fired = [event for commit in world.commits() for event in commit.events if event.type == "TimerFired"]
    assert 3 <= len(fired) <= 6


def test_attempt_fails_when_its_activity_is_silent_for_too_long() -> None:
    wanted: list[bool] = []

    def function(input: Any, context: Any, world: World) -> Any:
        context.heartbeat()
        later(world, 9)
        wanted.append(not context.is_canceled())
        later(world, 3)
        wanted.append(not context.is_canceled())
        return "too late"

    world = world_of(function)

    run(world)

    assert (world.status()["state"], world.status()["error"]["code"]) == ("failed", "HeartbeatTimeout")
    assert wanted == [True, False]


def test_progress_is_shown_while_the_activity_runs() -> None:
    shown: list[Any] = []

    def function(input: Any, context: Any, world: World) -> Any:
        context.heartbeat({"progress_percentage": 40, "sub_state": "fetching"})
        info = world.status()["steps"][1]["status_info"]
        shown.append((info["progress_percentage"], info["sub_state"]))
        return "done"

    world = world_of(function, heartbeat_timeout=None)

    run(world)

    assert shown == [(40, "fetching")]
    assert world.status()["steps"][1]["status_info"]["progress_percentage"] is None


def test_beginning_costs_no_commit_when_there_is_no_heartbeat_timeout() -> None:
    world = world_of(lambda *_: "done", heartbeat_timeout=None)

    run(world)

    assert [len(commit.events) for commit in world.commits()] == [1, 4, 5]
