"""Branches and items on the deployed application. Layer: tests."""

from __future__ import annotations

from typing import Any

from tests.e2e.stack import Stack

LINES = 25


def greet(step_id: str, activity_type: str, **mapping: str) -> dict[str, Any]:
    return {
        "id": step_id,
        "name": step_id,
        "step_type": {"type": "activity", "activity_type": activity_type, "input_mapping": mapping},
    }


DEFINITION = {
    "id": "regions",
    "name": "Branches and items",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "name": "Start", "step_type": {"type": "start"}},
        {
            "id": "both",
            "name": "Side by side",
            "step_type": {
                "type": "parallel",
                "branches": [
                    {"name": "one", "entry_step_id": "one", "exit_step_id": "one"},
                    {"name": "many", "entry_step_id": "nap", "exit_step_id": "each"},
                ],
            },
        },
        greet("one", "example.PrepareGreeting", name="$.input.names[0]"),
        {"id": "nap", "name": "Nap", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 1}}},
        {
            "id": "each",
            "name": "Each",
            "step_type": {
                "type": "map",
                "items": "$.input.names",
                "entry_step_id": "item",
                "exit_step_id": "item",
                "max_concurrency": 10,
            },
        },
        greet("item", "example.PrepareGreeting", name="$.item"),
        {"id": "end", "name": "End", "step_type": {"type": "end", "output_mapping": {"both": "$.steps.both.output"}}},
    ],
    "transitions": [
        {"from_step_id": "start", "to_step_id": "both"},
        {"from_step_id": "nap", "to_step_id": "each"},
        {"from_step_id": "both", "to_step_id": "end"},
    ],
}


def test_branches_are_joined_and_items_listed_in_order_when_they_run_on_lambda(stack: Stack) -> None:
    stack.register(DEFINITION)
    names = [f"n{number}" for number in range(LINES)]

    status = stack.ended(stack.execute("regions", {"names": names}))

    assert status["state"] == "completed"
    both = status["output"]["both"]
    assert both["one"]["greeting"] == "Hello, n0!"
    assert [item["greeting"] for item in both["many"]] == [f"Hello, {name}!" for name in names]
    rows = [row for row in status["steps"] if row["step_id"] == "item"]
    assert sorted(row["index"] for row in rows) == list(range(LINES))
