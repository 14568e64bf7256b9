"""Commands for people: what they ask of the service, what they print, exit codes. Layer: tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.execution.human_tasks import task_id
from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft

pytestmark = pytest.mark.functional

ANSWER = {"execution_id": "e1", "step_id": "ask#1", "state": "running", "message": "Submitted."}
ROW = {
    "task_id": "dGFzaw",
    "execution_id": "e1",
    "name": "Approve a large order",
    "priority": "high",
    "deadline": "2026-02-03T09:00:00.000Z",
    "user_groups": ["sales", "directors"],
    "actions": ["approve", "reject"],
}


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ([], {"page_size": "50"}),
        (["--group", "sales"], {"page_size": "50", "group": "sales"}),
        (["--all", "--limit", "7"], {"page_size": "7", "all": "true"}),
        (["--priority", "high", "--priority", "low"], {"page_size": "50", "priority": "high,low"}),
    ],
)
def test_tasks_are_listed_as_asked(
    weft_at: Weft, service: FakeService, arguments: list[str], query: dict[str, str]
) -> None:
    service.on("GET", "/tasks/human", {"tasks": [ROW], "page_size": 50})
    called = weft_at("tasks", *arguments)
    assert (called.exit_code, called.err) == (0, "")
    assert json.loads(called.out) == {"tasks": [ROW]}
    assert service.asked[0].query == query


def test_tasks_are_shown_in_a_table(weft_at: Weft, service: FakeService) -> None:
    service.on("GET", "/tasks/human", {"tasks": [ROW], "page_size": 50})
    table = weft_at("tasks", "--format", "table").out
    for text in ("TASK", "dGFzaw", "Approve", "high", "2026-02-03T09:00:00Z", "directors", "reject", "e1"):
        assert text in table


def test_one_task_is_shown(weft_at: Weft, service: FakeService) -> None:
    service.on("GET", "/tasks/human/dGFzaw", {**ROW, "state": "open"})
    assert json.loads(weft_at("task", "dGFzaw").out)["state"] == "open"
    assert "Approve a large order" in weft_at("task", "dGFzaw", "--format", "table").out


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (["--action", "approve"], {"action_type": "approve"}),
        (["--action", "reject", "--reason", "no"], {"action_type": "reject", "reason": "no"}),
        (
            ["--action", "modify_data", "--data", '{"discount": 5}', "--comments", "c"],
            {"action_type": "modify_data", "data": {"discount": 5}, "comments": "c"},
        ),
        (["--action", "ask-legal"], {"action_type": "custom", "custom_action_id": "ask-legal"}),
    ],
)
def test_an_answer_is_posted(weft_at: Weft, service: FakeService, arguments: list[str], body: Any) -> None:
    service.on("POST", "/tasks/human/dGFzaw/submit", ANSWER)
    called = weft_at("submit", "dGFzaw", *arguments)
    assert (called.exit_code, called.err) == (0, "")
    assert json.loads(called.out) == ANSWER
    (asked,) = service.asked
    assert (asked.body, asked.query) == (body, {})
    assert asked.headers["idempotency-key"]


def test_it_is_said_on_stderr_when_an_answer_is_not_decided_yet(weft_at: Weft, service: FakeService) -> None:
    service.on("POST", "/tasks/human/dGFzaw/submit", ANSWER, status=202)
    called = weft_at("submit", "dGFzaw", "--action", "approve", "--wait", "0")
    assert (called.exit_code, service.asked[0].query) == (0, {"wait": "0"})
    assert called.err == "Accepted, and not decided yet. Look again with: weft status e1\n"


@pytest.mark.parametrize(("status", "code"), [(403, "NotPermitted"), (409, "InvalidState"), (404, "TaskNotFound")])
def test_it_exits_3_with_the_reason_when_the_service_refuses(
    weft_at: Weft, service: FakeService, status: int, code: str
) -> None:
    service.on("POST", "/tasks/human/dGFzaw/submit", {"code": code, "detail": "no"}, status=status)
    called = weft_at("submit", "dGFzaw", "--action", "approve")
    assert (called.exit_code, called.out) == (3, "")
    assert f"no [{code}]" in called.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["submit", "t"], "Missing option"),
        (["submit"], "Missing"),
        (["submit", "t", "--action", "modify_data", "--data", "{"], "--data: '{' is neither JSON"),
        (["tasks", "--group", "g", "--all"], "exclude each other"),
        (["tasks", "--priority", "urgent"], "'urgent' is unknown"),
        (["task", ".."], "is no id"),
    ],
)
def test_it_exits_2_when_it_is_used_wrongly(
    weft_at: Weft, service: FakeService, arguments: list[str], message: str
) -> None:
    called = weft_at(*arguments)
    assert (called.exit_code, called.out, service.asked) == (2, "", [])
    assert message in called.err


def test_a_status_says_which_task_is_waited_for(weft_at: Weft, service: FakeService) -> None:
    step = {"step_id": "ask", "run": 1, "run_id": "ask#1", "state": "waiting_for_human_intervention", "attempts": 1}
    status = {"execution_id": "e1", "workflow_id": "w", "state": "waiting_for_human_intervention", "steps": [step]}
    service.on("GET", "/workflows/executions/e1", status)
    table = weft_at("status", "e1", "--format", "table").out
    assert table.splitlines()[-1] == f"Go on with: weft task {task_id('e1', 'ask#1')}"
