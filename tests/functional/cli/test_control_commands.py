"""Commands that take executions in hand: what they ask of the service, what they print, exit codes. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft
from weftctl.commands import execute

pytestmark = pytest.mark.functional

EXECUTION = "/workflows/executions/e1"
ANSWER = {"execution_id": "e1", "state": "running", "message": "Done."}


@pytest.mark.parametrize(
    ("arguments", "place", "body"),
    [
        (["pause", "e1"], "/pause", {}),
        (["pause", "e1", "--reason", "lunch"], "/pause", {"reason": "lunch"}),
        (["resume", "e1"], "/resume", {}),
        (["cancel", "e1", "--reason", "enough"], "/cancel", {"reason": "enough"}),
        (["skip", "e1", "pay", "--reason", "no need"], "/skip/pay", {"reason": "no need"}),
        (["retry", "e1", "pay"], "/retry/pay", {}),
        (["rerun", "e1", "pay"], "/rerun/pay", {}),
        (
            ["rerun", "e1", "pay", "--input", '{"n": 1}', "--reason", "r"],
            "/rerun/pay",
            {"input": {"n": 1}, "reason": "r"},
        ),
        (["rerun", "e1", "pay", "--input", "null"], "/rerun/pay", {"input": None}),
        (["confirm", "e1", "pay"], "/confirm/pay", {}),
        (["signal", "e1", "--name", "go"], "/signal", {"signal_name": "go", "payload": None}),
        (["signal", "e1", "--name", "go", "--data", "[1]"], "/signal", {"signal_name": "go", "payload": [1]}),
    ],
)
def test_a_request_is_posted_to_its_route(
    weft_at: Weft, service: FakeService, arguments: list[str], place: str, body: Any
) -> None:
    service.on("POST", EXECUTION + place, ANSWER)
    called = weft_at(*arguments)
    assert (called.exit_code, called.err) == (0, "")
    assert json.loads(called.out) == ANSWER
    (asked,) = service.asked
    assert (asked.body, asked.query) == (body, {})
    assert asked.headers["idempotency-key"]


def test_variables_are_set_as_json_where_they_are_and_as_text_elsewhere(weft_at: Weft, service: FakeService) -> None:
    service.on("PUT", EXECUTION + "/variables", ANSWER)
    assignments = ["limit=5", 'text="5"', "who=Ann", "url=a=b", "empty=", "list=[1, 2]", "none=null"]
    called = weft_at("set", "e1", *assignments, "--reason", "r")
    assert called.exit_code == 0
    (asked,) = service.asked
    assert asked.method == "PUT"
    variables = {"limit": 5, "text": "5", "who": "Ann", "url": "a=b", "empty": "", "list": [1, 2], "none": None}
    assert asked.body == {"variables": variables, "reason": "r"}


def test_data_comes_from_a_file_when_one_is_named(weft_at: Weft, service: FakeService, tmp_path: Path) -> None:
    service.on("POST", EXECUTION + "/signal", ANSWER)
    (tmp_path / "data.yaml").write_text("amount: 7\n")
    assert weft_at("signal", "e1", "--name", "paid", "--data", f"@{tmp_path}/data.yaml").exit_code == 0
    assert service.asked[0].body["payload"] == {"amount": 7}


def test_ids_are_escaped_when_they_stand_in_the_path(weft_at: Weft, service: FakeService) -> None:
    service.on("POST", "/workflows/executions/a%2Fb/skip/pay%232", ANSWER)
    assert weft_at("skip", "a/b", "pay#2").exit_code == 0
    service.on("POST", "/workflows/executions/a%2Fb/skip/pay%5B0%5D%5B2%5D", ANSWER)
    assert weft_at("skip", "a/b", "pay[0][2]").exit_code == 0


def test_it_is_said_on_stderr_when_a_request_is_not_decided_yet(weft_at: Weft, service: FakeService) -> None:
    service.on("POST", EXECUTION + "/pause", ANSWER, status=202)
    called = weft_at("pause", "e1", "--wait", "0")
    assert (called.exit_code, json.loads(called.out)) == (0, ANSWER)
    assert called.err == "Accepted, and not decided yet. Look again with: weft status e1\n"
    assert service.asked[0].query == {"wait": "0"}


@pytest.mark.parametrize(("status", "code"), [(409, "InvalidState"), (404, "NotFound")])
def test_a_command_exits_3_with_the_reason_when_the_service_refuses(
    weft_at: Weft, service: FakeService, status: int, code: str
) -> None:
    problem = {"code": code, "detail": "the execution is paused already"}
    service.on("POST", EXECUTION + "/pause", problem, status=status)
    called = weft_at("pause", "e1")
    assert (called.exit_code, called.out) == (3, "")
    assert f"the execution is paused already [{code}]" in called.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["set", "e1"], "Missing argument"),
        (["set", "e1", "limit"], "'limit' is not NAME=VALUE"),
        (["set", "e1", "=5"], "'=5' is not NAME=VALUE"),
        (["signal", "e1"], "Missing option"),
        (["signal", "e1", "--name", "go", "--data", "{"], "--data: '{' is neither JSON"),
        (["rerun", "e1", "pay", "--input", "{"], "--input: '{' is neither JSON"),
        (["pause", "e1", "--wait", "26"], "--wait"),
        (["retry", "e1"], "Missing argument"),
    ],
)
def test_a_command_exits_2_when_it_is_used_wrongly(
    weft_at: Weft, service: FakeService, arguments: list[str], message: str
) -> None:
    called = weft_at(*arguments)
    assert (called.exit_code, called.out, service.asked) == (2, "", [])
    assert message in called.err


# --- what is shown of an execution that waits -------------------------------------------------------------------------


def status(state: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"execution_id": "e1", "workflow_id": "flow", "state": state, "error": None, "steps": list(steps)}


def step(step_id: str, state: str, details: str | None = None, **fields: Any) -> dict[str, Any]:
    base = {"step_id": step_id, "run": 1, "state": state, "attempts": 1, "error": None}
    return {**base, "status_info": {"details": details}, **fields}


def test_a_status_says_what_is_waited_for_and_how_to_go_on(weft_at: Weft, service: FakeService) -> None:
    shown = status(
        "paused",
        step("nap", "waiting_for_timer", "until noon"),
        step("pay", "waiting_for_confirmation"),
        step("ship", "scheduled", retry_info={"next_retry_at": "one o'clock"}),
        step("line", "waiting_for_confirmation", run_id="line#3", index=2),
    )
    service.on("GET", EXECUTION, shown)
    table = weft_at("status", "e1", "--format", "table").out
    assert "DETAIL" in table
    assert "until noon" in table
    assert "retry at one o'clock" in table
    hints = ["weft resume e1", "weft confirm e1 pay", "weft confirm e1 'line#3'"]
    assert table.splitlines()[-3:] == [f"Go on with: {hint}" for hint in hints]


def test_the_progress_says_what_is_waited_for_once(
    weft_at: Weft, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "FIRST_PAUSE_SECONDS", 0.001)
    service.on("POST", "/workflows/flow/execute", {"execution_id": "e1"}, status=201)
    napping, paid = step("nap", "waiting_for_timer", "until noon"), step("pay", "waiting_for_event", "for payment")
    service.on(
        "GET",
        EXECUTION,
        status("running", napping),
        status("paused", napping),
        status("paused", napping),
        status("running", napping),
        status("paused", napping),
        status("waiting_for_event", step("nap", "completed", "until noon"), paid),
        status("completed", step("nap", "completed", "until noon"), step("pay", "completed")),
    )
    called = weft_at("execute", "flow", "--wait")
    assert called.exit_code == 0
    assert called.err.splitlines() == [
        "Started e1",
        "  nap waiting_for_timer (until noon)",
        "e1 running",
        "e1 paused",
        "  go on with: weft resume e1",
        "e1 running",
        "e1 paused",
        "  go on with: weft resume e1",
        "  nap completed",
        "  pay waiting_for_event (for payment)",
        "e1 waiting_for_event",
        "  pay completed",
        "e1 completed",
    ]
