"""The command line against the real application, in memory behind a socket on this machine. Layer: tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.functional.api.service import Service
from tests.functional.cli.runs import Called, Weft
from tests.functional.cli.test_process import WEFT
from tests.unit.execution.play import activity, chain
from weftctl.commands import execute

pytestmark = pytest.mark.functional

HELLO = """\
id: hello
name: Hello
version: 1.0.0
input_type: {fields: [{name: name, field_type: {type: string}, required: true}]}
steps:
  - {id: start, step_type: {type: start}}
  - id: greet
    step_type:
      type: activity
      activity_type: example.PrepareGreeting
      input_mapping: {name: $.input.name}
      output_mapping: {greeting: $.output.greeting}
  - {id: end, step_type: {type: end}}
transitions:
  - {from_step_id: start, to_step_id: greet}
  - {from_step_id: greet, to_step_id: end}
"""


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Where the application answers. Its queues are worked off after each request."""
    application = Service()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept = {"accept", "content-type", "idempotency-key", "authorization", "x-api-key"}
            headers = {name: value for name, value in self.headers.items() if name.lower() in kept}
            reply = application.call(self.command, self.path, body=body, headers=headers)
            application.work()
            payload = reply.body if isinstance(reply.body, bytes) else reply.text.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.headers.get("content-type", "application/json"))
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - the names that the server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def weft_there(weft: Weft, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weft:
    """Calls the command line with the application as its endpoint, and `hello` registered."""
    monkeypatch.setattr(execute, "FIRST_PAUSE_SECONDS", 0.001)
    file = tmp_path / "hello.yaml"
    file.write_text(HELLO)

    def call(*arguments: str, **options: Any) -> Called:
        return weft(*arguments, "--endpoint", endpoint, **options)

    registered = call("register", str(file))
    assert registered.exit_code == 0, registered.err
    assert json.loads(registered.out)["version"] == "1.0.0"
    return call


def value_of(called: Called) -> Any:
    assert called.exit_code == 0, called.err
    return json.loads(called.out)


def test_a_definition_is_listed_shown_and_deleted(weft_there: Weft) -> None:
    (row,) = value_of(weft_there("workflows"))["workflows"]
    assert (row["workflow_id"], row["version"]) == ("hello", "1.0.0")
    assert value_of(weft_there("workflow", "hello"))["id"] == "hello"
    assert value_of(weft_there("workflow", "hello", "--version", "1.0.0"))["name"] == "Hello"
    assert [row["version"] for row in value_of(weft_there("workflow", "hello", "--versions"))["versions"]] == ["1.0.0"]
    assert value_of(weft_there("delete", "hello", "--force"))["workflow_id"] == "hello"
    assert value_of(weft_there("workflows"))["workflows"] == []
    assert weft_there("workflow", "hello").exit_code == 3


def test_pictures_are_drawn_by_the_service_when_an_id_is_given(weft_there: Weft, tmp_path: Path) -> None:
    assert weft_there("execute", "hello", "--input", '{"name": "Ann"}', "--execution-id", "e1", "--wait").exit_code == 0

    drawn = weft_there("visualize", "e1", "--format", "mermaid", "--no-show-elapsed-time")
    data = value_of(weft_there("visualize", "e1", "--format", "json", "--show-input-output"))
    of_workflow = weft_there("visualize", "--workflow", "hello", "--version", "1.0.0", "--format", "dot")
    png = weft_there("visualize", "e1", "-o", str(tmp_path / "e1.png"), "--theme", "dark")
    unknown = weft_there("visualize", "e2")

    assert "completed" in drawn.out
    assert data["graph"]["nodes"][1]["output"] == {"greeting": "Hello, Ann!"}
    assert of_workflow.out.startswith('digraph "hello"')
    assert png.exit_code == 0, png.err
    assert (tmp_path / "e1.png").read_bytes().startswith(b"\x89PNG")
    assert (unknown.exit_code, "ExecutionNotFound" in unknown.err) == (3, True)


def test_an_execution_is_watched_looked_at_and_found(weft_there: Weft) -> None:
    options = ("--execution-id", "e1", "--priority", "high", "--version", "1.0.0")
    called = weft_there("execute", "hello", "--input", '{"name": "Ann"}', "--wait", *options)
    assert value_of(called)["output"] == {"greeting": "Hello, Ann!"}
    assert called.err.splitlines()[-1] == "e1 completed"
    assert value_of(weft_there("status", "e1"))["state"] == "completed"
    events = value_of(weft_there("history", "e1"))["events"]
    assert events[0]["event_type"] == "WorkflowCreated"
    followed = weft_there("history", "e1", "--follow", "--type", "StepStarted", "--step", "greet")
    assert [json.loads(line)["step_id"] for line in followed.out.splitlines()] == ["greet"]
    filters = (
        "--workflow",
        "hello",
        "--state",
        "completed",
        "--min-duration",
        "0",
        "--created-to",
        "2099-01-01T00:00:00Z",
    )
    assert [row["execution_id"] for row in value_of(weft_there("list", *filters))["executions"]] == ["e1"]
    assert value_of(weft_there("list", "--tag", "team=nobody"))["executions"] == []


@pytest.mark.parametrize("command", ["workflows", "list", "workflow hello", "workflow hello --versions"])
def test_a_table_is_printed_when_it_is_asked_for(weft_there: Weft, command: str) -> None:
    value_of(weft_there("execute", "hello", "--input", '{"name": "Ann"}'))
    called = weft_there(*command.split(), "--format", "table")
    assert called.exit_code == 0
    assert "1.0.0" in called.out


def test_the_same_id_starts_nothing_new_and_conflicts_with_another_input(weft_there: Weft) -> None:
    first = weft_there("execute", "hello", "--input", '{"name": "Ann"}', "--execution-id", "e1")
    again = weft_there("execute", "hello", "--input", '{"name": "Ann"}', "--execution-id", "e1")
    other = weft_there("execute", "hello", "--input", '{"name": "Bob"}', "--execution-id", "e1")
    assert value_of(first)["started_at"] == value_of(again)["started_at"]
    assert (other.exit_code, other.out) == (3, "")
    assert "[ExecutionExists]" in other.err


def test_the_service_names_the_place_when_the_input_does_not_fit(weft_there: Weft) -> None:
    called = weft_there("execute", "hello", "--input", '{"name": 5}')
    assert (called.exit_code, called.out) == (3, "")
    assert "$.input.name" in called.err


def test_register_exits_2_with_the_findings_when_the_definition_is_invalid(weft_there: Weft, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(HELLO.replace("to_step_id: end", "to_step_id: nowhere"))
    called = weft_there("register", str(file))
    assert (called.exit_code, called.out) == (2, "")
    assert "[UnknownStep]" in called.err


def test_register_exits_3_when_the_version_has_other_content(weft_there: Weft, tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text(HELLO.replace("name: Hello", "name: Other"))
    called = weft_there("register", str(file))
    assert (called.exit_code, called.out) == (3, "")
    assert "[VersionExists]" in called.err


# --- control: the queues are worked off after an answer, so nobody waits for the decision -----------------------------

HOLD = """\
id: hold
name: Hold
version: 1.0.0
steps:
  - {id: start, step_type: {type: start}}
  - {id: go, skippable: true, step_type: {type: wait, event_name: go, output_mapping: {n: $.output.n}}}
  - id: greet
    requires_confirmation: true
    step_type: {type: activity, activity_type: example.PrepareGreeting, input_mapping: {name: $.context.name}}
  - {id: end, step_type: {type: end}}
transitions:
  - {from_step_id: start, to_step_id: go}
  - {from_step_id: go, to_step_id: greet}
  - {from_step_id: greet, to_step_id: end}
"""


@pytest.fixture
def held(weft_there: Weft, tmp_path: Path) -> Weft:
    """The same, with an execution ``e1`` that waits for the signal ``go``."""
    (tmp_path / "hold.yaml").write_text(HOLD)
    value_of(weft_there("register", str(tmp_path / "hold.yaml")))
    value_of(weft_there("execute", "hold", "--execution-id", "e1"))
    assert state_of(weft_there) == "waiting_for_event"
    return weft_there


def state_of(weft: Weft) -> str:
    return str(value_of(weft("status", "e1"))["state"])


def asked(weft: Weft, *arguments: str) -> None:
    """Ask without waiting: accepted, and then decided."""
    called = weft(*arguments, "--wait", "0")
    assert value_of(called)["execution_id"] == "e1"
    assert "Look again with: weft status e1" in called.err


def test_an_execution_is_taken_through_all_its_requests(held: Weft) -> None:
    asked(held, "pause", "e1", "--reason", "lunch")
    assert state_of(held) == "paused"
    assert "Go on with: weft resume e1" in held("status", "e1", "--format", "table").out
    asked(held, "resume", "e1")
    asked(held, "set", "e1", "name=Ann", "limit=5")
    asked(held, "signal", "e1", "--name", "go", "--data", '{"n": 1}')
    status = value_of(held("status", "e1"))
    assert status["variables"] == {"name": "Ann", "limit": 5}
    assert [row["state"] for row in status["active_steps"]] == ["waiting_for_confirmation"]
    asked(held, "confirm", "e1", "greet")
    assert state_of(held) == "completed"
    asked(held, "rerun", "e1", "go", "--reason", "once more")
    asked(held, "skip", "e1", "go#2")
    asked(held, "cancel", "e1")
    assert state_of(held) == "canceled"
    paused = value_of(held("history", "e1", "--type", "WorkflowPaused"))["events"]
    assert [event["details"]["reason"] for event in paused] == ["lunch"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["resume", "e1"], "InvalidState"),
        (["retry", "e1", "go"], "InvalidState"),
        (["confirm", "e1", "go"], "InvalidState"),
        (["skip", "e1", "nowhere"], "UnknownStep"),
        (["pause", "e2"], "ExecutionNotFound"),
    ],
)
def test_a_command_exits_3_when_the_state_forbids_it(held: Weft, arguments: list[str], code: str) -> None:
    called = held(*arguments)
    assert (called.exit_code, called.out) == (3, "")
    assert f"[{code}]" in called.err


def test_a_status_says_which_event_is_waited_for(held: Weft) -> None:
    assert "for go" in held("status", "e1", "--format", "table").out


OUTSIDE = """\
from chalicelib.activities import ActivityError, activity

@activity("outside.Double")
def double(input, context):
    context.heartbeat({"progress_percentage": 50})
    if input["n"] > 100:
        raise ActivityError("TooLarge", "that is too much", retryable=False)
    return {"n": input["n"] * 2}
"""


def test_a_worker_outside_does_what_is_asked_and_stops_when_told(
    weft_there: Weft, endpoint: str, tmp_path: Path
) -> None:
    (tmp_path / "outside_activities.py").write_text(OUTSIDE)
    file = tmp_path / "doubling.json"
    of = {"activity_type": "outside.Double", "task_list": "desk", "output_mapping": {"n": "$.output.n"}}
    file.write_text(json.dumps(chain(activity("a", of=of), id="doubling")))
    assert weft_there("register", str(file)).exit_code == 0
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "WEFT_ENDPOINT": endpoint}
    command = [*WEFT, "worker", "--task-list", "desk", "--activities", "outside_activities", "--worker-id", "desk-1"]
    worker = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        watched = ("--wait", "--timeout", "60")
        done = weft_there("execute", "doubling", "--input", '{"n": 4}', "--execution-id", "d1", *watched)
        failed = weft_there("execute", "doubling", "--input", '{"n": 400}', "--execution-id", "d2", *watched)
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=60)
    finally:
        worker.kill()
        worker.wait()

    assert value_of(done)["output"] == {"n": 8}
    assert value_of(weft_there("status", "d1"))["steps"][1]["node"] == "desk-1"
    assert (failed.exit_code, json.loads(failed.out)["error"]["code"]) == (1, "TooLarge")
    assert worker.returncode == 0, said
    assert "desk-1 has stopped." in said


def test_a_worker_says_why_when_it_may_not_take_tasks(weft: Weft, endpoint: str) -> None:
    called = weft("worker", "--task-list", "desk", "--endpoint", endpoint, "--token", "dev:ann:weft-viewers")
    assert called.exit_code == 3
    assert "'worker'" in called.err


def test_a_worker_needs_a_name_of_a_usable_length(weft: Weft) -> None:
    assert weft("worker", "--task-list", "desk", "--worker-id", "x" * 200).exit_code == 2
