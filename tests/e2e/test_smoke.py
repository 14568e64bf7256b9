"""The shortest way through everything: API Gateway, Lambda, SQS, DynamoDB and its stream. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.e2e.stack import Stack, eventually

EXAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "examples" / "hello-world.json").read_text())


@pytest.fixture(scope="module")
def hello_world(stack: Stack) -> str:
    """The example, registered."""
    stack.register(EXAMPLE)
    return str(EXAMPLE["id"])


def test_the_api_is_healthy_when_the_stack_is_deployed(stack: Stack) -> None:
    assert httpx.get(f"{stack.url}/health").status_code == 200


def test_the_greeting_is_the_output_when_the_example_runs(stack: Stack, hello_world: str) -> None:
    execution_id = stack.execute(hello_world, {"name": "World", "count": 3})

    status = stack.ended(execution_id)

    assert status["state"] == "completed"
    assert status["output"] == {"message": "Hello, World! Hello, World! Hello, World!", "count": 3}


def test_the_history_is_gapless_when_the_example_ended(stack: Stack, hello_world: str) -> None:
    execution_id = stack.execute(hello_world, {"name": "World"})
    stack.ended(execution_id)

    history = stack.history(execution_id)

    assert [event["sequence"] for event in history] == list(range(1, len(history) + 1))
    assert [history[0]["event_type"], history[-1]["event_type"]] == ["WorkflowCreated", "WorkflowCompleted"]


def test_the_list_shows_the_end_when_the_stream_was_published(stack: Stack, hello_world: str) -> None:
    execution_id = stack.execute(hello_world, {"name": "World"})
    stack.ended(execution_id)

    def listed() -> bool:
        found = stack.ask("GET", "/workflows/executions", params={"workflow_id": hello_world, "page_size": 100})
        states = {entry["execution_id"]: entry["state"] for entry in found["executions"]}
        return states.get(execution_id) == "completed"

    eventually(listed, what="the execution's end in the list")


@pytest.mark.parametrize("priority", ["highest", "high", "medium", "low", "lowest"])
def test_the_execution_completes_when_it_has_any_priority(stack: Stack, hello_world: str, priority: str) -> None:
    execution_id = stack.execute(hello_world, {"name": "World"}, priority=priority)

    assert stack.ended(execution_id)["state"] == "completed"


def test_a_segment_stays_one_when_it_holds_an_escaped_slash(stack: Stack) -> None:
    answer = stack.api.get("/workflows/a%2Fb")

    assert answer.headers["content-type"].startswith("application/problem+json"), "no route was found"
    assert answer.status_code in {400, 404}


def test_the_body_is_refused_when_it_is_larger_than_the_gateway_takes(stack: Stack) -> None:
    answer = stack.api.post("/workflows", content=b" " * (10 * 1024 * 1024 + 1))

    assert answer.status_code == 413


def test_a_viewer_is_answered_when_it_sends_something_over_the_websocket(stack: Stack) -> None:
    with connect(f"{stack.url.replace('http', 'ws', 1)}/ws", proxy=None) as viewer:
        viewer.send(json.dumps({"request_type": "get_current_state", "execution_id": "nothing"}))

        assert json.loads(viewer.recv(timeout=30))
