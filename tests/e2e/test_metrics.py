"""Figures of the deployed system: what the API's function may count, and counts. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.stack import Stack, eventually

EXAMPLE = json.loads((Path(__file__).parents[2] / "examples" / "hello-world.json").read_text())


def test_the_system_is_told_when_an_execution_has_ended(stack: Stack) -> None:
    stack.register(EXAMPLE)
    stack.ended(stack.execute(EXAMPLE["id"], {"name": "World"}))

    def counted() -> bool:
        return bool(stack.ask("GET", "/metrics")["executions"]["recent"]["completed"])

    eventually(counted, what="the completed execution in the figures")

    seen = stack.ask("GET", "/metrics")
    assert [queue["kind"] for queue in seen["queues"]] == ["commands", *["tasks"] * 5, "wakeups", *["dead_letters"] * 2]
    assert seen["queues"][0]["name"] == "weft-local-commands.fifo"
    assert seen["timers"]["overdue"] == 0


def test_prometheus_is_answered_when_it_asks_by_way_of_the_gateway(stack: Stack) -> None:
    stack.register(EXAMPLE)
    execution_id = stack.execute(EXAMPLE["id"], {"name": "World"})
    stack.ended(execution_id)

    answer = stack.api.get("/metrics", params={"type": "execution", "id": execution_id, "format": "prometheus"})

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"weft_execution_seconds", "weft_step_seconds", "weft_step_waiting_seconds"} <= names
