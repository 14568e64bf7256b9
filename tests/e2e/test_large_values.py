"""What is too large for an item or a message goes through S3, with the rights of the functions. Layer: tests."""

from __future__ import annotations

import random
import string
from typing import Any

from tests.e2e.stack import Stack

DEFINITION_LENGTH = 600_000  # no item of DynamoDB has more than 400 KB, and compression leaves three quarters
INPUT_LENGTH = 450_000


def incompressible(length: int, seed: int) -> str:
    """A text, the same at every run, that no compression makes smaller than three quarters."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


def definition() -> dict[str, Any]:
    """Passes its input through an activity of a worker and an expression of the decider."""
    greet = {
        "type": "activity",
        "activity_type": "example.SingleGreeting",
        "input_mapping": {"greeting": "$.input.text"},
        "output_mapping": {"message": "$.context.message"},
    }
    fill = {"type": "data_mapping", "mapping": {"$.context.filling": incompressible(DEFINITION_LENGTH, seed=1)}}
    copy = {"type": "script", "expression": "$.context.message", "output_mapping": {"$": "$.output.message"}}
    return {
        "id": "large-values",
        "name": "Large values",
        "version": "1.0.0",
        "steps": [
            {"id": "start", "name": "Start", "step_type": {"type": "start"}},
            {"id": "fill", "name": "Fill", "step_type": fill},
            {"id": "greet", "name": "Greet", "step_type": greet},
            {"id": "copy", "name": "Copy", "step_type": copy},
            {"id": "end", "name": "End", "step_type": {"type": "end"}},
        ],
        "transitions": [
            {"from_step_id": "start", "to_step_id": "fill"},
            {"from_step_id": "fill", "to_step_id": "greet"},
            {"from_step_id": "greet", "to_step_id": "copy"},
            {"from_step_id": "copy", "to_step_id": "end"},
        ],
    }


def test_everything_arrives_when_definition_input_and_results_are_large(stack: Stack) -> None:
    large = definition()
    stack.register(large)
    text = incompressible(INPUT_LENGTH, seed=2)

    execution_id = stack.execute(large["id"], {"text": text})

    status = stack.ended(execution_id)
    assert status["state"] == "completed", str(status)[:2000]
    assert text in status["output"]["message"]
    history = stack.history(execution_id)
    assert [event["sequence"] for event in history] == list(range(1, len(history) + 1))
    assert history[-1]["event_type"] == "WorkflowCompleted"
    assert text in str(history)
    assert stack.ask("GET", f"/workflows/{large['id']}")["steps"][1]["step_type"] == large["steps"][1]["step_type"]
