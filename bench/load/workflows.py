"""The workflows of a load run, as definitions. All activities are built in or among the examples."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

GROUP = "loaders"


def chain(workflow_id: str, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A workflow whose steps follow one another."""
    every = [step("start", "start"), *steps, step("end", "end")]
    ways = [{"from_step_id": a["id"], "to_step_id": b["id"]} for a, b in pairwise(every)]
    return {"id": workflow_id, "name": workflow_id, "version": "1.0.0", "steps": every, "transitions": ways, **fields}


def step(step_id: str, type_: str, **of: Any) -> dict[str, Any]:
    """One step."""
    return {"id": step_id, "step_type": {"type": type_, **of}}


def greet(step_id: str) -> dict[str, Any]:
    """An activity that computes something short."""
    return step(step_id, "activity", activity_type="example.PrepareGreeting", input_mapping={"name": "$.input.name"})


def effect(step_id: str) -> dict[str, Any]:
    """An activity with an effect outside, told by its idempotency key."""
    request = {"url": "$.input.url", "method": "POST", "json": {"step": step_id}}
    retry = {"max_attempts": 5, "initial_interval_ms": 500}
    return step(step_id, "activity", activity_type="http.request", input_mapping=request, retry_policy=retry)


def queued_chain(workflow_id: str, steps: int) -> dict[str, Any]:
    """Activities through the queues; the first and the last have an effect outside."""
    middle = [greet(f"s{n}") for n in range(2, steps)]
    return chain(workflow_id, effect("s1"), *middle, effect(f"s{steps}"))


def inline_chain() -> dict[str, Any]:
    """Activities that run inside the decider."""
    return chain("load-inline", *(greet(f"s{n}") for n in range(1, 11)), execution_mode="inline")


def fan() -> dict[str, Any]:
    """A map over activities, joined."""
    each = step("each", "map", items="$.input.names", entry_step_id="one", exit_step_id="one")
    definition = chain("load-map", each)
    definition["steps"][-1]["step_type"]["output_mapping"] = {"all": "$.steps.each.output"}
    one = step("one", "activity", activity_type="example.PrepareGreeting", input_mapping={"name": "$.item"})
    definition["steps"].append(one)
    return definition


def waiting() -> dict[str, Any]:
    """Waits for a signal or an event, and goes on with an activity."""
    wait = step("wait", "wait", event_name="load-event", correlation="$.input.key", output_mapping={"n": "$.output.n"})
    return chain("load-wait", wait, effect("after"))


def timed() -> dict[str, Any]:
    """Lets some time pass."""
    return chain("load-timer", step("nap", "timer", timer_config={"type": "delay", "seconds": "$.input.seconds"}))


def asking() -> dict[str, Any]:
    """Asks a person."""
    point = {
        "id": "point",
        "step_id": "approve",
        "name": "Approve",
        "user_groups": [GROUP],
        "allowed_actions": [{"type": "approve"}],
    }
    approve = step("approve", "human", intervention_point_id="point", output_mapping={"user": "$.output.by"})
    return chain("load-human", approve, human_intervention_points=[point])


def nested() -> list[dict[str, Any]]:
    """A parent with two children."""
    child = chain("load-child", greet("s1"), effect("s2"))
    mapping = {"name": "$.input.name", "url": "$.input.url"}
    first, second = (step(name, "sub_workflow", workflow_id="load-child", input_mapping=mapping) for name in "ab")
    return [child, chain("load-parent", first, second)]


def refusing() -> dict[str, Any]:
    """Ends as failed, because its definition says so."""
    definition = chain("load-refused", greet("s1"))
    definition["steps"][-1]["step_type"]["result"] = "failed"
    return definition
