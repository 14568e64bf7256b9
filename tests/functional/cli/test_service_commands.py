"""Commands that talk to a service: what they ask, what they print where, and their exit codes. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft
from weftctl.commands import execute, queries

pytestmark = pytest.mark.functional

EXECUTION = "/workflows/executions/e1"


def step(step_id: str, state: str, **fields: Any) -> dict[str, Any]:
    return {"step_id": step_id, "run": 1, "state": state, "attempts": 1, "error": None, **fields}


def status(state: str, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "execution_id": "e1",
        "workflow_id": "hello",
        "workflow_version": "1.0.0",
        "state": state,
        "output": {"message": "Hi [bold]there[/bold]"},
        "error": None,
        "steps": list(steps),
        **fields,
    }


def event(sequence: int, event_type: str, **fields: Any) -> dict[str, Any]:
    timestamp = f"2026-01-01T00:00:0{sequence}.000Z"
    return {"sequence": sequence, "timestamp": timestamp, "event_type": event_type, "details": {}, **fields}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(queries, "FOLLOW_PAUSE_SECONDS", 0.001)


# --- definitions ----------------------------------------------------------------------------------------------------


def test_register_sends_the_document_when_it_is_yaml(weft_at: Weft, service: FakeService, tmp_path: Path) -> None:
    answer = {"workflow_id": "hello", "version": "1.0.0", "message": "Registered hello 1.0.0."}
    service.on("POST", "/workflows", answer, status=201)
    file = tmp_path / "hello.yaml"
    file.write_text("id: hello\nsteps: []\n")
    called = weft_at("register", str(file))
    assert called.exit_code == 0
    assert json.loads(called.out) == answer
    assert service.asked[0].body == {"id": "hello", "steps": []}
    assert service.asked[0].headers["idempotency-key"]


def test_register_tells_the_warnings_of_the_service(weft_at: Weft, service: FakeService, tmp_path: Path) -> None:
    finding = {"code": "UnknownActivity", "pointer": "/steps/1", "message": "not registered here"}
    service.on("POST", "/workflows", {"workflow_id": "hello", "warnings": [finding]}, status=201)
    (tmp_path / "hello.json").write_text("{}")
    called = weft_at("register", str(tmp_path / "hello.json"))
    assert called.exit_code == 0
    assert called.err == "Warning: /steps/1: not registered here [UnknownActivity]\n"


def test_register_exits_2_with_the_findings_when_the_definition_is_invalid(
    weft_at: Weft, service: FakeService, tmp_path: Path
) -> None:
    finding = {"code": "NoEnd", "pointer": "/steps", "message": "There is no end step"}
    problem = {"code": "InvalidDefinition", "detail": "The definition is not valid", "errors": [finding]}
    service.on("POST", "/workflows", problem, status=400)
    file = tmp_path / "hello.json"
    file.write_text("{}")
    called = weft_at("register", str(file))
    assert (called.exit_code, called.out) == (2, "")
    assert "The definition is not valid [InvalidDefinition]" in called.err
    assert "/steps: There is no end step [NoEnd]" in called.err


def test_workflows_are_listed_over_all_pages(weft_at: Weft, service: FakeService) -> None:
    rows = [{"workflow_id": name, "name": name, "version": "1.0.0"} for name in "abc"]
    service.on("GET", "/workflows", {"workflows": rows[:2], "next_cursor": "c"}, {"workflows": rows[2:]})
    called = weft_at("workflows")
    assert json.loads(called.out) == {"workflows": rows}
    assert service.asked[1].query["cursor"] == "c"


@pytest.mark.parametrize(
    ("options", "path"),
    [([], "/workflows/hello"), (["--version", "1.2.0"], "/workflows/hello/versions/1.2.0")],
)
def test_a_workflow_is_shown(weft_at: Weft, service: FakeService, options: list[str], path: str) -> None:
    document = {
        "id": "hello",
        "version": "1.2.0",
        "steps": [{"id": "start", "name": None, "step_type": {"type": "start"}}],
    }
    service.on("GET", path, document)
    assert json.loads(weft_at("workflow", "hello", *options).out) == document
    shown = weft_at("workflow", "hello", "--format", "table", *options).out
    assert "1.2.0" in shown
    assert "start" in shown


def test_the_versions_of_a_workflow_are_listed(weft_at: Weft, service: FakeService) -> None:
    service.on("GET", "/workflows/hello/versions", {"versions": [{"version": "2.0.0"}, {"version": "1.0.0"}]})
    called = weft_at("--format", "table", "workflow", "hello", "--versions")
    assert called.out.index("2.0.0") < called.out.index("1.0.0")


@pytest.mark.parametrize(("options", "query"), [([], {}), (["--force"], {"force": "true"})])
def test_a_workflow_is_deleted(weft_at: Weft, service: FakeService, options: list[str], query: dict[str, str]) -> None:
    service.on("DELETE", "/workflows/hello", {"workflow_id": "hello", "message": "Deleted hello."})
    called = weft_at("delete", "hello", *options)
    assert called.exit_code == 0
    assert json.loads(called.out)["message"] == "Deleted hello."
    assert service.asked[0].query == query


# --- executions -----------------------------------------------------------------------------------------------------


def test_execute_answers_at_once_when_it_does_not_wait(weft_at: Weft, service: FakeService) -> None:
    started = {"execution_id": "e1", "workflow_id": "hello", "message": "Started e1."}
    service.on("POST", "/workflows/hello/execute", started, status=201)
    options = ("--execution-id", "e1", "--priority", "high", "--version", "1.0.0")
    called = weft_at("execute", "hello", "--input", '{"name": "X"}', *options)
    assert (called.exit_code, json.loads(called.out)) == (0, started)
    (asked,) = service.asked
    assert asked.body == {"input": {"name": "X"}, "execution_id": "e1", "priority": "high", "version": "1.0.0"}
    assert asked.query == {"body": "envelope"}


def test_execute_shows_progress_on_stderr_when_it_waits(weft_at: Weft, service: FakeService) -> None:
    service.on("POST", "/workflows/hello/execute", {"execution_id": "e1"}, status=201)
    failure = {"code": "Declined", "message": "no funds"}
    service.on(
        "GET",
        EXECUTION,
        status("running", step("prepare", "scheduled")),
        status("running", step("prepare", "running", attempts=2)),
        status("running", step("prepare", "running", attempts=2)),
        status("completed", step("prepare", "completed"), step("pay", "failed", run=2, error=failure)),
    )
    called = weft_at("execute", "hello", "--wait")
    assert called.exit_code == 0
    assert json.loads(called.out)["output"] == {"message": "Hi [bold]there[/bold]"}
    assert called.err.splitlines() == [
        "Started e1",
        "  prepare scheduled",
        "e1 running",
        "  prepare running, attempt 2",
        "  prepare completed",
        "  pay (run 2) failed: Declined: no funds",
        "e1 completed",
    ]


@pytest.mark.parametrize("state", ["failed", "partially_failed", "canceled", "timed_out"])
def test_execute_exits_1_when_the_workflow_does_not_complete(weft_at: Weft, service: FakeService, state: str) -> None:
    service.on("POST", "/workflows/hello/execute", {"execution_id": "e1"}, status=201)
    service.on("GET", EXECUTION, status(state, error={"code": "Boom", "message": "it broke"}))
    called = weft_at("execute", "hello", "--wait")
    assert called.exit_code == 1
    assert json.loads(called.out)["state"] == state
    assert f"e1 {state}: Boom: it broke" in called.err


def test_execute_stops_watching_when_the_time_is_up(weft_at: Weft, service: FakeService) -> None:
    service.on("POST", "/workflows/hello/execute", {"execution_id": "e1"}, status=201)
    service.on("GET", EXECUTION, status("running"))
    called = weft_at("execute", "hello", "--wait", "--timeout", "0.02")
    assert called.exit_code == 1
    assert "e1 is still running after 0.02 s; it goes on. Look again with: weft status e1" in called.err
    assert json.loads(called.out)["state"] == "running"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--timeout", "5"], "--timeout only limits --wait"),
        (["--priority", "urgent"], "--priority: 'urgent' is none"),
        (["--input", "{"], "--input: '{' is neither JSON"),
        (["--timeout", "soon"], "--timeout"),
        (["--tiemout", "5"], "No such option"),
    ],
)
def test_execute_exits_2_when_it_is_used_wrongly(
    weft_at: Weft, service: FakeService, options: list[str], message: str
) -> None:
    called = weft_at("execute", "hello", *options)
    assert (called.exit_code, called.out, service.asked) == (2, "", [])
    assert message in called.err


@pytest.mark.parametrize("given", [["status", ".."], ["history", "."], ["workflow", ""]])
def test_nothing_is_asked_when_an_id_would_name_another_place(
    weft_at: Weft, service: FakeService, given: list[str]
) -> None:
    called = weft_at(*given)
    assert (called.exit_code, called.out, service.asked) == (2, "", [])
    assert f"{given[1]!r} is no id." in called.err


def test_a_status_is_shown_in_every_format(weft_at: Weft, service: FakeService) -> None:
    shown = status("failed", step("pay", "failed"), error={"code": "Boom", "message": "it [red]broke"}, deadline=None)
    service.on("GET", EXECUTION, shown)
    assert json.loads(weft_at("status", "e1").out) == shown
    assert yaml.safe_load(weft_at("status", "e1", "--format", "yaml").out) == shown
    table = weft_at("status", "e1", "--format", "table").out
    assert "Boom: it [red]broke" in table
    assert "[bold]there[/bold]" in table
    assert "pay" in table


def test_a_history_is_filtered_by_the_service(weft_at: Weft, service: FakeService) -> None:
    events = [event(1, "WorkflowCreated"), event(2, "StepStarted", step_id="pay")]
    service.on("GET", EXECUTION + "/history", {"events": events})
    options = ("--type", "WorkflowCreated", "--type", "StepStarted", "--step", "pay")
    times = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T02:00:00+02:00")
    called = weft_at("history", "e1", *options, *times)
    assert json.loads(called.out) == {"execution_id": "e1", "events": events}
    assert service.asked[0].query == {
        "event_types": "WorkflowCreated,StepStarted",
        "step_id": "pay",
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-01-02T00:00:00Z",
        "page_size": "100",
    }
    assert "StepStarted" in weft_at("history", "e1", "--format", "table").out


def test_a_history_is_followed_to_the_end_each_event_once(weft_at: Weft, service: FakeService) -> None:
    first, second, third = event(1, "WorkflowCreated"), event(2, "StepStarted", step_id="pay"), event(3, "TimerFired")
    pages = ([first], [first, second], [second, third])
    service.on("GET", EXECUTION + "/history", *({"events": page} for page in pages))
    service.on("GET", EXECUTION, status("running"), status("running"), status("completed"))
    called = weft_at("history", "e1", "--follow")
    assert [json.loads(line) for line in called.out.splitlines()] == [first, second, third]


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ("table", '2  2026-01-01T00:00:02.000Z  StepStarted  pay  {"attempt":1}\n'),
        ("yaml", "---\nsequence: 2\n"),
    ],
)
def test_a_followed_history_comes_line_by_line(weft_at: Weft, service: FakeService, format: str, line: str) -> None:
    found = event(2, "StepStarted", step_id="pay", details={"attempt": 1})
    service.on("GET", EXECUTION + "/history", {"events": [found]})
    service.on("GET", EXECUTION, status("completed"))
    assert weft_at("history", "e1", "--follow", "--format", format).out.startswith(line)


def test_executions_are_listed_with_every_filter(weft_at: Weft, service: FakeService) -> None:
    rows = [{"execution_id": "e1", "workflow_id": "hello", "state": "failed"}]
    service.on("GET", "/workflows/executions", {"executions": rows})
    called = weft_at(
        *("list", "--workflow", "hello", "--state", "failed", "--state", "canceled", "--limit", "5"),
        *("--created-from", "2026-01-01T00:00:00Z", "--created-to", "2026-01-02T00:00:00Z"),
        *("--completed-from", "2026-01-03T00:00:00Z", "--completed-to", "2026-01-04T00:00:00Z"),
        *("--min-duration", "1.5", "--max-duration", "60", "--tag", "team=a", "--tag", "tier=b"),
    )
    assert json.loads(called.out) == {"executions": rows}
    assert service.asked[0].query == {
        "workflow_id": "hello",
        "states": "failed,canceled",
        "created_from": "2026-01-01T00:00:00Z",
        "created_to": "2026-01-02T00:00:00Z",
        "completed_from": "2026-01-03T00:00:00Z",
        "completed_to": "2026-01-04T00:00:00Z",
        "min_duration_ms": "1500",
        "max_duration_ms": "60000",
        "tags": "team=a,tier=b",
        "page_size": "5",
    }
    assert "e1" in weft_at("list", "--format", "table").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--state", "faild"], "--state: 'faild' is unknown.\nDid you mean failed?"),
        (["list", "--state", "?"], "Known: pending, scheduled"),
        (["list", "--tag", "team"], "--tag: 'team' is not KEY=VALUE"),
        (["list", "--created-from", "monday"], "--created-from: 'monday' is no time"),
        (["list", "--limit", "0"], "--limit"),
        (["list", "--min-duration", "inf"], "--min-duration"),
        (["history", "e1", "--type", "StepStart"], "Did you mean StepStarted?"),
        (["history", "e1", "--follow", "--limit", "3"], "exclude each other"),
        (["status"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["status", "e1", "--format", "xml"], "xml"),
    ],
)
def test_a_command_exits_2_when_it_is_used_wrongly(
    weft_at: Weft, service: FakeService, arguments: list[str], message: str
) -> None:
    called = weft_at(*arguments)
    assert (called.exit_code, called.out, service.asked) == (2, "", [])
    assert message in called.err


# --- the options that all share -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "env", "identity"),
    [
        ([], {"WEFT_TOKEN": "dev:ann:leads"}, ("Bearer dev:ann:leads", None)),
        ([], {"WEFT_API_KEY": "k1"}, (None, "k1")),
        (["--token", "t2"], {"WEFT_TOKEN": "t1"}, ("Bearer t2", None)),
        (["--api-key", "k2"], {"WEFT_API_KEY": "k1"}, (None, "k2")),
    ],
)
def test_identity_comes_from_options_or_the_environment(
    weft_at: Weft,
    service: FakeService,
    arguments: list[str],
    env: dict[str, str],
    identity: tuple[str | None, str | None],
) -> None:
    service.on("GET", EXECUTION, status("completed"))
    for placed in ([*arguments, "status", "e1"], ["status", "e1", *arguments]):
        assert weft_at(*placed, env=env).exit_code == 0
        headers = service.asked[-1].headers
        assert (headers.get("authorization"), headers.get("x-api-key")) == identity


def test_the_endpoint_typed_wins_when_the_environment_names_another(weft: Weft, service: FakeService) -> None:
    service.on("GET", EXECUTION, status("completed"))
    env = {"WEFT_ENDPOINT": "http://127.0.0.1:9"}
    assert weft("--endpoint", service.url, "status", "e1", env=env).exit_code == 0
    assert weft("status", "e1", "--endpoint", service.url, env=env).exit_code == 0


def test_a_command_exits_3_when_the_service_refuses(weft_at: Weft) -> None:
    called = weft_at("status", "gone")
    assert (called.exit_code, called.out) == (3, "")
    assert called.err == "Error: no /api/v1/workflows/executions/gone here [NotFound]\n"


def test_a_command_exits_3_when_nobody_answers(weft: Weft) -> None:
    called = weft("status", "e1", "--endpoint", "http://127.0.0.1:9")
    assert (called.exit_code, called.out) == (3, "")
    assert "Error: No service answers at http://127.0.0.1:9" in called.err
    assert "weft dev" in called.err


def test_a_command_exits_2_when_the_endpoint_is_no_address(weft: Weft) -> None:
    called = weft("status", "e1", "--endpoint", "localhost")
    assert (called.exit_code, called.out) == (2, "")
    assert "'localhost' is no http or https address" in called.err


def test_the_version_is_printed(weft: Weft) -> None:
    called = weft("--version")
    assert called.exit_code == 0
    assert called.out.startswith("weft 0.")
