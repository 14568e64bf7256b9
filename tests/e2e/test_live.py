"""Viewers of a deployed application: what happens reaches each of them once, in order. Layer: tests."""

from __future__ import annotations

import base64
import json
import subprocess
from contextlib import ExitStack
from typing import Any

import pytest
from websockets import Subprotocol
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.stack import Stack
from tests.functional.api.asking import asking
from tests.functional.cli.test_process import WEFT

VIEWERS = 10
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def asked(stack: Stack) -> str:
    """A workflow that asks somebody, registered."""
    stack.register(asking("watched"))
    return "watched"


def viewer(stack: Stack, token: str | None = "dev:vera:weft-viewers") -> ClientConnection:
    """Connected as a browser connects, which can set no headers."""
    offered = ["weft"]
    if token is not None:
        offered.append(f"bearer.{base64.urlsafe_b64encode(token.encode()).decode().rstrip('=')}")
    address = f"{stack.url.replace('http', 'ws', 1)}/ws"
    return connect(address, subprotocols=[Subprotocol(name) for name in offered], proxy=None)


def say(connection: ClientConnection, request_type: str, **more: Any) -> None:
    connection.send(json.dumps({"request_type": request_type, **more}))


def told(connection: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(connection.recv(timeout=PATIENCE_SECONDS))
    assert "problem" not in message, message
    return message


def told_to_the_end(connection: ClientConnection) -> list[dict[str, Any]]:
    """Every change up to the end of the execution."""
    changes: list[dict[str, Any]] = []
    while not changes or changes[-1]["event_type"] not in {"workflow.completed", "workflow.canceled"}:
        changes.append(told(connection))
    return changes


def test_each_viewer_gets_every_change_once_in_order_when_several_watch(stack: Stack, asked: str) -> None:
    execution_id = stack.execute(asked, {})
    with ExitStack() as connections:
        viewers = [connections.enter_context(viewer(stack)) for _ in range(VIEWERS)]
        views = []
        for each in viewers:
            assert each.subprotocol == "weft"
            say(each, "subscribe", execution_id=execution_id)
            views.append(told(each))
        stack.ask("POST", f"/workflows/executions/{execution_id}/pause")
        stack.ask("POST", f"/workflows/executions/{execution_id}/resume")
        stack.ask("POST", f"/workflows/executions/{execution_id}/cancel", {"reason": "enough"})
        changes = [told_to_the_end(each) for each in viewers]

    history = stack.history(execution_id)
    for view, seen in zip(views, changes, strict=True):
        assert view["status"]["execution_id"] == execution_id
        assert [change["sequence"] for change in seen] == list(range(view["sequence"] + 1, len(history) + 1))
        assert [change["timestamp"] for change in seen] == [each["timestamp"] for each in history[view["sequence"] :]]
    assert changes[0][-1]["data"]["reason"] == "enough"


def test_a_viewer_gets_what_it_missed_and_what_follows_when_it_comes_back(stack: Stack, asked: str) -> None:
    execution_id = stack.execute(asked, {})
    with viewer(stack) as first:
        say(first, "subscribe", execution_id=execution_id)
        seen = told(first)["sequence"]
    stack.ask("POST", f"/workflows/executions/{execution_id}/pause")

    with viewer(stack) as again:
        say(again, "subscribe", execution_id=execution_id, after_sequence=seen)
        begun = told(again)
        stack.ask("POST", f"/workflows/executions/{execution_id}/cancel")
        changes = told_to_the_end(again)

    assert begun == {**begun, "request_type": "subscribe", "execution_id": execution_id, "sequence": seen}
    assert [change["sequence"] for change in changes] == list(range(seen + 1, len(stack.history(execution_id)) + 1))


def test_a_viewer_of_a_workflow_is_told_of_what_starts_when_it_watches(stack: Stack, asked: str) -> None:
    with viewer(stack) as watching:
        say(watching, "subscribe", workflow_id=asked)
        say(watching, "get_current_state", workflow_id=asked)  # answered once the subscription is open
        while told(watching)["request_type"] != "get_current_state":
            pass
        execution_id = stack.execute(asked, {})
        stack.ask("POST", f"/workflows/executions/{execution_id}/cancel")

        changes = [change for change in told_to_the_end(watching) if change.get("execution_id") == execution_id]

    assert [change["sequence"] for change in changes] == list(range(1, len(changes) + 1))
    assert changes[0]["event_type"] == "workflow.created"


def test_nobody_is_let_in_when_the_role_is_lacking(stack: Stack) -> None:
    with pytest.raises(InvalidStatus):
        viewer(stack, "dev:walt:weft-workers")


def test_the_end_is_seen_when_an_execution_is_watched_from_the_command_line(stack: Stack, asked: str) -> None:
    execution_id = stack.execute(asked, {})
    command = [*WEFT, "watch", execution_id, "--endpoint", stack.url, "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr is not None
        while execution_id not in watching.stderr.readline():
            assert watching.poll() is None
        stack.ask("POST", f"/workflows/executions/{execution_id}/cancel")
        out, _ = watching.communicate(timeout=PATIENCE_SECONDS)

    seen = [json.loads(line) for line in out.splitlines()]
    assert watching.returncode == 1
    assert seen[-1]["state"] == "canceled"
    assert [each["version"] for each in seen] == sorted({each["version"] for each in seen})
