"""Two processes decide on one execution at once, on the same commit: one wins, the other reloads. Layer: tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import Stack, eventually

ROOT = Path(__file__).parents[2]


def call(step_id: str) -> dict[str, Any]:
    step_type = {
        "type": "activity",
        "activity_type": "http.request",
        "input_mapping": {"url": "$.input.url"},
        "output_mapping": {"who": f"$.output.{step_id}"},
    }
    return {"id": step_id, "name": step_id, "step_type": step_type}


DEFINITION = {
    "id": "two-writers",
    "name": "Two calls side by side",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "name": "Start", "step_type": {"type": "start"}},
        call("left"),
        call("right"),
        {"id": "end", "name": "End", "step_type": {"type": "end"}},
    ],
    "transitions": [
        {"from_step_id": source, "to_step_id": target}
        for source, target in (("start", "left"), ("start", "right"), ("left", "end"), ("right", "end"))
    ],
}


@pytest.fixture
def held() -> Iterator[str]:
    """The URL of a server that answers nobody until the test is over: the tasks stay with their worker."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            released.wait(60)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: the test tells what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    released.set()
    server.shutdown()
    server.server_close()


def test_one_commit_wins_and_nothing_is_lost_when_two_processes_decide_at_once(stack: Stack, held: str) -> None:
    stack.register(DEFINITION)
    execution_id = stack.execute("two-writers", {"url": held})
    eventually(lambda: len(stack.status(execution_id)["active_steps"]) == 2, what="both steps under way")
    before = stack.status(execution_id)["version"]
    writers = [_writer(stack, execution_id, side) for side in ("left", "right")]
    try:
        assert [_line(writer) for writer in writers] == [f"loaded {before}"] * 2

        for writer in writers:
            print(file=writer.stdin, flush=True)
        reports = [json.loads(_line(writer)) for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()

    assert sorted(report["decided"] for report in reports) == [1, 2]
    status = stack.ended(execution_id)
    assert (status["state"], status["output"]) == ("completed", {"left": "left", "right": "right"})
    history = stack.history(execution_id)
    assert [event["sequence"] for event in history] == list(range(1, len(history) + 1))
    completed = [event["step_id"] for event in history if event["event_type"] == "StepCompleted"]
    assert sorted(completed) == ["end", "end", "left", "right", "start"]


def _writer(stack: Stack, execution_id: str, side: str) -> subprocess.Popen[str]:
    configuration = stack.client("lambda").get_function_configuration(FunctionName="weft-local-decider")
    command = [sys.executable, "-m", "tests.e2e.writer", execution_id, f"{side}#1", json.dumps({"who": side})]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **configuration["Environment"]["Variables"], **_credentials(stack)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _credentials(stack: Stack) -> dict[str, str]:
    """Those of the stack's own clients."""
    own = stack.client("sts")._request_signer._credentials.get_frozen_credentials()
    return {"AWS_ACCESS_KEY_ID": own.access_key, "AWS_SECRET_ACCESS_KEY": own.secret_key, "AWS_SESSION_TOKEN": ""}


def _line(writer: subprocess.Popen[str]) -> str:
    assert writer.stdout is not None
    line = writer.stdout.readline().strip()
    if not line:
        raise AssertionError(writer.communicate()[1])
    return line
