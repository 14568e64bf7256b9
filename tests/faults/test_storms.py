"""Many at once: a storm of retries that all fall due together. Layer: tests."""

from __future__ import annotations

from collections import Counter

from tests.faults.world import Effects, World
from tests.unit.execution.play import activity, workflow

ITEMS = 200


def test_every_item_succeeds_once_when_all_of_them_fail_twice_and_retry_together() -> None:
    # given
    inner = activity(
        "one",
        of={"activity_type": "flaky", "input_mapping": {"n": "$.item"}},
        retry_policy={"max_attempts": 3, "initial_interval": 1, "backoff_coefficient": 2},
    )
    of = {"type": "map", "items": "$.input.items", "entry_step_id": "one", "exit_step_id": "one"}
    storm = workflow(
        {"id": "all", "step_type": of}, inner, transitions=[("start", "all"), ("all", "end")], id="storm", name="Storm"
    )
    effects = Effects()
    world = World(effects.registry)
    world.engine.definitions.register(storm)

    # when
    world.start("storm", {"items": list(range(ITEMS))})
    world.run()

    # then
    world.check()
    events = [event for commit in world.commits() for event in commit.events]
    assert world.status()["state"] == "completed"
    assert set(effects.done.values()) == {1}
    assert len(effects.done) == effects.calls == ITEMS
    kinds = Counter((event.type, event.step_id) for event in events)
    assert kinds["StepRetried", "one"] == 2 * ITEMS
    assert kinds["StepCompleted", "one"] == ITEMS
    assert (world.commits()[-1].time - world.commits()[0].time).total_seconds() == 3, (
        "each wave waited for its own second"
    )
