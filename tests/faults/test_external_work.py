"""Killing the process around offer, lease, heartbeat and outcome: no task is lost, and none counts twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.evolve import fold
from chalicelib.domain.execution.progress import Progress
from chalicelib.engine.external_work import ExternalWork, LeasedTask, Poll, TaskRefused
from tests.faults.world import Effects, Fuse, World
from tests.unit.execution.play import activity, chain

POLICY = {"max_retries": 5, "retry_intervals": [1]}
FLAKY = ErrorInfo(code="Flaky", message="not yet")


def outside(step_id: str, **fields: Any) -> dict[str, Any]:
    of = {"task_list": "gpu", "output_mapping": {"n": f"$.context.{step_id}"}, **fields}
    return activity(step_id, of=of, retry_policy=POLICY)


DOCUMENTS = {
    "plain": chain(outside("a"), outside("b"), id="plain"),
    "watched": chain(outside("a", heartbeat_timeout=10), outside("b", heartbeat_timeout=10), id="watched"),
}


class Worker:
    """A worker outside that never dies, and counts what it does by idempotency key; the service dies under it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.done: dict[str, int] = {}
        self.failed: set[str] = set()

    def work(self) -> bool:
        """Poll once and work on what comes; False if there was nothing."""
        leased = self.world.guarded(
            lambda: self.world.engine.external_work.poll(Poll(task_list="gpu", worker_id="w", max_tasks=10))
        )
        for task in leased or ():
            self._perform(task)
        return bool(leased)

    @property
    def _service(self) -> ExternalWork:
        """As it is now: another process may be there every time."""
        return self.world.engine.external_work

    def _perform(self, task: LeasedTask) -> None:
        token, said = task.task_token, Progress(sub_state="at work")
        self.world.guarded(lambda: self._unless_refused(lambda: self._service.heartbeat(token, said)))
        if task.idempotency_key not in self.failed:
            self.failed.add(task.idempotency_key)
            self._tell(lambda: self._service.fail(token, FLAKY))
            return
        self.done[task.idempotency_key] = self.done.get(task.idempotency_key, 0) + 1
        self._tell(lambda: self._service.complete(token, {"n": 1}))

    def _tell(self, call: Any) -> None:
        """Again and again, until there is an answer."""
        while self.world.guarded(lambda: self._unless_refused(call)) is None:
            pass

    def _unless_refused(self, call: Any) -> Any:
        try:
            return call()
        except TaskRefused as refusal:
            return refusal


def play(workflow_id: str, fuse: Fuse) -> tuple[World, Worker]:
    world = World(Effects().registry, fuse)
    while world.guarded(lambda: world.engine.definitions.register(DOCUMENTS[workflow_id])) is None:
        pass
    world.start(workflow_id, {})
    worker = Worker(world)
    for _ in range(60):
        world.settle()
        if worker.work():
            continue
        state = fold(world.commits())
        if state is not None and state.is_terminal:
            break
        world.clock.advance_to(world.clock.now() + timedelta(seconds=5))
    world.run()
    return world, worker


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("workflow_id", sorted(DOCUMENTS))
def test_tasks_are_done_when_any_call_of_a_port_is_the_last_of_its_process(workflow_id: str, after: bool) -> None:
    smooth, _ = play(workflow_id, Fuse())
    calls = list(smooth.fuse.calls)
    smooth.check()
    assert any(name.startswith("entries.") for name in calls)

    found = []
    for at in range(1, len(calls) + 1):
        world, worker = play(workflow_id, Fuse(at, after=after))
        try:
            assert world.fuse.blown
            world.check()
            assert world.status()["variables"] == {"a": 1, "b": 1}
            assert worker.done.keys() == {"x:a#1", "x:b#1"}
            listed = [entry for shard in range(4) for entry in world.real.entries.read(f"tasks#gpu#{shard}")]
            assert all(entry.body["execution_id"] == "x" for entry in listed)
            assert not worker.work(), "nothing is left to be taken"
        except AssertionError as error:
            found.append(f"{'after' if after else 'before'} call {at}, {calls[at - 1]}: {error}")
    assert found == []
