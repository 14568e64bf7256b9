"""Small definitions for the API's tests. Layer: tests."""

from __future__ import annotations

from typing import Any


def hello(workflow_id: str = "hello", version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    """Greets ``$.input.name``; ends at once."""
    return {
        "id": workflow_id,
        "name": "Hello",
        "version": version,
        "input_type": {"fields": [{"name": "name", "field_type": {"type": "string"}, "required": True}]},
        "steps": [
            {"id": "start", "step_type": {"type": "start"}},
            {
                "id": "greet",
                "name": "Greet",
                "step_type": {"type": "data_mapping", "mapping": {"$.output.message": "$.input.name"}},
            },
            {"id": "end", "step_type": {"type": "end"}},
        ],
        "transitions": [
            {"from_step_id": "start", "to_step_id": "greet"},
            {"from_step_id": "greet", "to_step_id": "end"},
        ],
        **more,
    }


def echo(workflow_id: str = "echo", version: str = "1.0.0") -> dict[str, Any]:
    """Takes any input, and gives it back."""
    definition = hello(workflow_id, version)
    del definition["input_type"]
    definition["steps"][1]["step_type"]["mapping"] = {"$.output.echo": "$.input"}
    return definition
