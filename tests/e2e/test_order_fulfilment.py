"""``order-fulfilment`` on the deployed application, approved and shipped over HTTP, beside the same order in memory.

Layer: tests. Steps that run side by side end in whatever order their workers finish; everything else has the same
events in the same order, and each run of those has the same events in the same order too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from chalicelib.domain.execution.views import history_events
from tests.e2e.stack import Stack, eventually
from weftctl.testing import WorkflowTestEnvironment

EXAMPLES = Path(__file__).parents[2] / "examples"
DEFINITION = EXAMPLES / "order-fulfilment.yaml"
ORDER = json.loads((EXAMPLES / "order-fulfilment" / "large.json").read_text())
SIDE_BY_SIDE = ("charge", "reserve_line")
"""Steps whose runs end in any order."""
Kind = tuple[str, str | None]


def test_an_order_goes_on_the_stack_as_it_goes_in_memory(stack: Stack) -> None:
    # given
    stack.register(yaml.safe_load(DEFINITION.read_text()))
    execution_id = stack.execute("order-fulfilment", ORDER)
    eventually(lambda: _state(stack, execution_id, "approve") == "waiting_for_human_intervention", what="the approval")
    assert stack.status(execution_id)["state"] == "waiting_for_human_intervention"

    # when
    answer = stack.api.post(
        f"/workflows/executions/{execution_id}/human-task/approve?wait=25",
        json={"action_type": "approve", "comments": "a good customer"},
        headers={"Authorization": "Bearer dev:lea:sales-leads,weft-approvers"},
    )
    assert answer.status_code == 200, answer.text
    eventually(lambda: _state(stack, execution_id, "shipped") == "waiting_for_event", what="the wait for the carrier")
    event = {
        "event_type": "parcel.shipped",
        "event_data": {"tracking": "T-200"},
        "correlation": ORDER["order_id"],
    }
    stack.ask("POST", "/events", event)
    status = stack.ended(execution_id)

    # then
    assert (status["state"], status["output"]) == ("completed", {"tracking": "T-200"})
    assert paths(stack.history(execution_id)) == paths(in_memory())


def in_memory() -> list[dict[str, Any]]:
    """The history of the same order under a virtual clock."""
    environment = WorkflowTestEnvironment(DEFINITION)
    run = environment.start(
        ORDER,
        signals=[
            {
                "at": "PT1H",
                "human": {"step_id": "approve", "action": "approve", "user": "lea", "groups": ["sales-leads"]},
            },
            {
                "at": "PT2H",
                "event": {"type": "parcel.shipped", "correlation": ORDER["order_id"], "data": {"tracking": "T-200"}},
            },
        ],
    )
    environment.advance("PT3H")
    assert run.state == "completed"
    commits = run._follower.commits()
    return [event for commit in commits for event in history_events(commit, "order-fulfilment")]


def paths(history: Iterable[Mapping[str, Any]]) -> tuple[list[Kind], Counter[tuple[str, ...]]]:
    """What is on the one path, in order; and of each run beside it, its step and its events, in order."""
    main: list[Kind] = []
    beside: dict[str, list[str]] = {}
    for event in history:
        kind, step_id = str(event["event_type"]), event.get("step_id")
        if step_id in SIDE_BY_SIDE:
            beside.setdefault(str(event["task_id"]), [str(step_id)]).append(kind)
        else:
            main.append((kind, step_id))
    return main, Counter(tuple(kinds) for kinds in beside.values())


def _state(stack: Stack, execution_id: str, step_id: str) -> str | None:
    rows = stack.status(execution_id)["steps"]
    return next((row["state"] for row in rows if row["step_id"] == step_id), None)


def test_an_event_is_not_lost_when_it_comes_before_anybody_waits(stack: Stack) -> None:
    stack.register(yaml.safe_load(DEFINITION.read_text()))
    order = {**ORDER, "order_id": "o-early"}
    execution_id = stack.execute("order-fulfilment", order)
    eventually(lambda: _state(stack, execution_id, "approve") == "waiting_for_human_intervention", what="the approval")
    event = {"event_type": "parcel.shipped", "event_data": {"tracking": "T-300"}, "correlation": order["order_id"]}
    stack.ask("POST", "/events", event)

    answer = stack.api.post(
        f"/workflows/executions/{execution_id}/human-task/approve?wait=25",
        json={"action_type": "approve"},
        headers={"Authorization": "Bearer dev:lea:sales-leads,weft-approvers"},
    )
    assert answer.status_code == 200, answer.text

    status = stack.ended(execution_id)
    assert (status["state"], status["output"]) == ("completed", {"tracking": "T-300"})
