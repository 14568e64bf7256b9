"""A world with external workers. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.engine.external_work import ExternalWork, LeasedTask, Poll, TaskRefused
from tests.faults.world import Effects, World
from tests.unit.execution.play import activity, chain, workflow

TWICE = {"max_retries": 1, "retry_intervals": [0]}
BOOM = ErrorInfo(code="Boom", message="it failed")


def of(step_id: str = "a", **fields: Any) -> dict[str, Any]:
    step = {name: fields.pop(name) for name in ("retry_policy", "skippable", "timeout") if name in fields}
    return activity(step_id, of={"task_list": "gpu", "output_mapping": {"n": "$.output.n"}, **fields}, **step)


def world_of(*steps: dict[str, Any], parallel: bool = False) -> World:
    """An execution ``x`` that has come as far as it can by itself."""
    world = World(Effects().registry)
    edges = [("start", step["id"]) for step in steps] + [(step["id"], "end") for step in steps]
    world.engine.definitions.register(workflow(*steps, transitions=edges) if parallel else chain(*steps))
    world.start("w", {"n": 1})
    world.settle()
    return world


def work(world: World) -> ExternalWork:
    return world.engine.external_work


def poll(world: World, worker_id: str = "w-1", **fields: Any) -> list[LeasedTask]:
    leased = work(world).poll(Poll(task_list="gpu", worker_id=worker_id, **fields))
    world.settle()
    return leased


def pass_time(world: World, seconds: float) -> None:
    world.clock.advance_to(world.clock.now() + timedelta(seconds=seconds))
    world.settle()


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TaskRefused) as raised:
        call()
    return raised.value.code


def row(world: World, step_id: str = "a") -> dict[str, Any]:
    rows: list[dict[str, Any]] = [each for each in world.status()["steps"] if each["step_id"] == step_id]
    return rows[-1]


def shard_of(world: World) -> str:
    found = [shard for shard in "0123" if list(world.real.entries.read(f"tasks#gpu#{shard}"))]
    assert len(found) == 1
    return found[0]


def is_listed(world: World) -> bool:
    return any(list(world.real.entries.read(f"tasks#gpu#{shard}")) for shard in range(4))
