"""Sub-workflows and schedules on the deployed application. Layer: tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from tests.e2e.stack import Stack, eventually

CHILDREN = 12


def chain(workflow_id: str, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    every = [{"id": "start", "step_type": {"type": "start"}}, *steps, {"id": "end", "step_type": {"type": "end"}}]
    ids = [step["id"] for step in every]
    ways = [{"from_step_id": a, "to_step_id": b} for a, b in pairwise(ids)]
    return {"id": workflow_id, "name": workflow_id, "version": "1.0.0", "steps": every, "transitions": ways, **fields}


def sub(step_id: str, workflow_id: str, **of: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": "sub_workflow", "workflow_id": workflow_id, **of}}


def nap(seconds: float) -> dict[str, Any]:
    return {"id": "nap", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": seconds}}}


GREET = {
    "id": "greet",
    "step_type": {
        "type": "activity",
        "activity_type": "example.PrepareGreeting",
        "input_mapping": {"name": "$.input.name"},
        "output_mapping": {"greeting": "$.output.greeting"},
    },
}


def test_children_are_joined_when_a_map_begins_them_on_lambda(stack: Stack) -> None:
    stack.register(chain("greeted", GREET))
    parent = chain(
        "greeting-all",
        {
            "id": "each",
            "step_type": {"type": "map", "items": "$.input.names", "entry_step_id": "one", "exit_step_id": "one"},
        },
    )
    parent["steps"].append(sub("one", "greeted", input_mapping={"name": "$.item"}))
    parent["steps"][2]["step_type"]["output_mapping"] = {"all": "$.steps.each.output"}
    stack.register(parent)
    names = [f"n{number}" for number in range(CHILDREN)]

    status = stack.ended(stack.execute("greeting-all", {"names": names}))

    assert status["state"] == "completed"
    assert [item["greeting"] for item in status["output"]["all"]] == [f"Hello, {name}!" for name in names]
    begun = [row["child_execution_id"] for row in status["steps"] if row["step_id"] == "one"]
    child = stack.status(begun[0])
    assert child["parent"]["execution_id"] == status["execution_id"]


def test_children_follow_when_their_parent_is_taken_in_hand_on_lambda(stack: Stack) -> None:
    stack.register(chain("napping", nap(600)))
    stack.register(chain("waiting-for-nap", sub("inner", "napping")))
    parent = stack.execute("waiting-for-nap", {})
    child = f"{parent}:inner:1:1"

    def becomes(state: str) -> None:
        def look() -> bool:
            found = stack.api.get(f"/workflows/executions/{child}")
            return found.is_success and found.json()["state"] == state

        eventually(look, what=f"{child} being {state}")

    becomes("running")
    stack.ask("POST", f"/workflows/executions/{parent}/pause")
    becomes("paused")
    stack.ask("POST", f"/workflows/executions/{parent}/resume")
    becomes("running")
    stack.ask("POST", f"/workflows/executions/{child}/cancel", {"reason": "enough"})

    status = stack.ended(parent)
    assert status["error"]["code"] == "SubWorkflowFailed"
    assert status["error"]["details"]["state"] == "canceled"


def test_missed_instants_are_started_when_the_sweeper_comes_after_an_outage(stack: Stack) -> None:
    """The entry says that nobody has looked for a quarter of an hour; the next sweep makes up for what was due."""
    stack.register(chain("scheduled", schedule={"cron": "*/5 * * * *"}))
    entries = stack.client("dynamodb")
    key = {"partition": {"S": "schedules"}, "entry": {"S": "scheduled"}}
    entry = entries.get_item(TableName="weft-local-entries", Key=key, ConsistentRead=True)["Item"]
    now = datetime.now(UTC)
    entry["b"]["B"] = _looked_at(entry["b"]["B"], now - timedelta(minutes=15))
    entries.put_item(TableName="weft-local-entries", Item=entry)
    latest = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)

    for instant in (latest - timedelta(minutes=5 * n) for n in (2, 1, 0)):
        name = f"scheduled:{instant:%Y%m%dT%H%M%SZ}"
        status = eventually(partial(_found, stack, name), seconds=150, what=f"the start of {name}")
        assert status["input"] == {"scheduled_at": f"{instant:%Y-%m-%dT%H:%M:%S.000Z}"}
    stack.ask("DELETE", "/workflows/scheduled", params={"force": "true"})
    assert "Item" not in entries.get_item(TableName="weft-local-entries", Key=key, ConsistentRead=True)


def _looked_at(body: bytes, instant: datetime) -> bytes:
    """The body of a schedule's entry, as of ``instant``. Before the JSON stands a byte that says how it is kept."""
    known = json.loads(body[1:])
    return body[:1] + json.dumps({**known, "after": instant.isoformat()}).encode()


def _found(stack: Stack, execution_id: str) -> dict[str, Any] | None:
    answer = stack.api.get(f"/workflows/executions/{execution_id}")
    found: dict[str, Any] | None = answer.json() if answer.is_success else None
    return found
