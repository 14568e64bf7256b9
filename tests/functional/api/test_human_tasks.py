"""Human tasks over HTTP: listed, looked at and answered by those whom they are for. Layer: tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.execution.human_tasks import task_id
from tests.functional.api.asking import (
    ADMIN,
    ANN,
    APPROVER,
    BOB,
    EVE,
    NOBODY,
    OPERATOR,
    TASKS,
    asking,
    listed,
    submit,
    the_task,
)
from tests.functional.api.service import BASE, Service, segment
from tests.unit.execution.asking import deadline

ESCALATING = deadline({"type": "escalate", "user_groups": ["directors"]})


@pytest.fixture
def asked(service: Service) -> Service:
    """With an execution ``e-1`` that asks the group ``sales``."""
    return service.begin(asking(), input={"order": 7})


def state_of(service: Service, execution_id: str = "e-1") -> str:
    return str(service.get(f"/executions/{execution_id}").body["state"])


# --- lists ------------------------------------------------------------------------------------------------------------


def test_a_task_is_listed_for_members_and_for_nobody_else(asked: Service) -> None:
    (row,) = listed(asked, ANN)

    assert (row["name"], row["step_id"], row["execution_id"], row["user_groups"]) == (
        "Large order",
        "ask",
        "e-1",
        ["sales"],
    )
    assert row["actions"] == ["approve", "reject", "modify_data", "ask-legal"]
    assert row["task_id"] == task_id("e-1", "ask#1")
    assert len(listed(asked, BOB)) == 1
    assert listed(asked, EVE) == listed(asked, NOBODY) == listed(asked, APPROVER) == []


def test_others_are_asked_for_by_operators_alone(asked: Service) -> None:
    for query in ("?group=sales", "?all=true"):
        assert len(listed(asked, OPERATOR, query)) == len(listed(asked, ADMIN, query)) == 1
        assert asked.call("GET", TASKS + query, headers=EVE).status == 403
    assert listed(asked, OPERATOR) == listed(asked, ADMIN) == listed(asked, OPERATOR, "?group=other") == []
    assert len(listed(asked, ANN, "?group=sales")) == len(listed(asked, {})) == 1
    assert listed(asked, {}, "?all=false") == []
    assert asked.call("GET", TASKS + "?all=true&group=sales", headers=OPERATOR).status == 400


def test_a_task_for_anyone_is_listed_for_everyone(service: Service) -> None:
    service.begin(asking(groups=()))

    assert len(listed(service, EVE)) == len(listed(service, NOBODY)) == len(listed(service, OPERATOR, "?all=true")) == 1
    assert listed(service, ANN, "?group=sales") == []


def test_the_most_urgent_comes_first_when_several_wait(service: Service) -> None:
    due = {"deadline_type": {"type": "absolute", "datetime": "2026-02-01T09:00:00Z"}}
    auto = {"timeout_strategy": {"type": "auto_approve"}}
    definitions: dict[str, dict[str, Any]] = {
        "late": {"priority": "high", "deadline": {"deadline_type": {"type": "relative", "hours": 90}, **auto}},
        "soon": {"priority": "high", "deadline": {**due, **auto}},
        "open": {"priority": "high"},
        "low": {"priority": "low", "deadline": {**due, **auto}},
        "top": {"priority": "highest", "groups": ("sales", "directors")},
    }
    for name, fields in definitions.items():
        service.begin(asking(name, **fields), f"e-{name}")

    def names(headers: dict[str, str], query: str = "") -> list[str]:
        return [row["workflow_id"] for row in listed(service, headers, query)]

    assert names(ANN) == names(BOB) == names(OPERATOR, "?all=true") == ["top", "soon", "late", "open", "low"]
    assert names(ANN, "?priority=low,highest") == ["top", "low"]
    assert names(ANN, "?due_before=2026-02-02T00:00:00Z") == ["soon", "low"]
    assert names(BOB, "?group=directors") == ["top"]

    first = service.call("GET", TASKS + "?page_size=2", headers=BOB).body
    rest = service.call("GET", f"{TASKS}?page_size=3&cursor={first['next_cursor']}", headers=BOB).body
    assert [row["workflow_id"] for row in first["tasks"] + rest["tasks"]] == ["top", "soon", "late", "open", "low"]
    assert "next_cursor" not in rest
    assert service.call("GET", f"{TASKS}?cursor={first['next_cursor']}", headers=ANN).body["code"] == "InvalidCursor"
    assert [row["workflow_id"] for row in listed(service, ANN, "?page=2&page_size=2")] == ["late", "open"]


@pytest.mark.parametrize("end", ["answer", "skip", "cancel", "time out"])
def test_a_task_is_listed_no_more_when_it_has_ended(service: Service, end: str) -> None:
    document = asking(**deadline({"type": "auto_approve"}))
    document["steps"][1]["skippable"] = True
    service.begin(document)
    named = the_task(service)

    if end == "answer":
        submit(service, named, ANN)
    elif end == "time out":
        service.clock.advance_to(service.clock.now() + timedelta(hours=3))
    else:
        service.control("e-1", "skip/ask" if end == "skip" else "cancel")
    service.work()

    assert listed(service, ANN) == listed(service, OPERATOR, "?all=true") == []
    seen = service.call("GET", f"{TASKS}/{named}", headers=ANN).body
    outcome = {"answer": "answered", "skip": "skipped", "cancel": "canceled", "time out": "timed_out"}[end]
    assert (seen["state"], seen["ended"]["outcome"]) == ("ended", outcome)


def test_a_task_moves_on_when_it_is_escalated(service: Service) -> None:
    service.begin(asking(**ESCALATING))
    named = the_task(service)

    service.clock.advance_to(service.clock.now() + timedelta(hours=3))
    service.work()

    assert listed(service, ANN) == []
    (row,) = listed(service, BOB)
    assert (row["task_id"], row["user_groups"], row["escalated"], row["deadline"]) == (named, ["directors"], True, None)
    assert submit(service, named, ANN).status == 403
    assert submit(service, named, BOB).status == 200
    assert listed(service, OPERATOR, "?all=true") == []


# --- one task ---------------------------------------------------------------------------------------------------------


def test_the_form_and_what_to_decide_on_are_shown_when_a_task_is_looked_at(asked: Service) -> None:
    asked.control("e-1", "variables", {"limit": 100})
    asked.work()

    reply = asked.call("GET", f"{TASKS}/{the_task(asked)}", headers=ANN)

    assert reply.status == 200
    assert reply.body["state"] == "open"
    assert reply.body["context"] == {"input": {"order": 7}, "variables": {"limit": 100}}
    assert reply.body["execution"]["state"] == "waiting_for_human_intervention"
    form = next(action for action in reply.body["allowed_actions"] if action["type"] == "modify_data")
    assert [field["name"] for field in form["field_definitions"]] == ["discount", "note", "ticket"]


def test_the_item_is_shown_when_the_task_is_inside_a_map(service: Service) -> None:
    document = asking()
    document["steps"].insert(
        1,
        {
            "id": "each",
            "step_type": {"type": "map", "items": "$.input", "entry_step_id": "ask", "exit_step_id": "ask"},
        },
    )
    document["transitions"] = [
        {"from_step_id": "start", "to_step_id": "each"},
        {"from_step_id": "each", "to_step_id": "end"},
    ]
    service.begin(document, input=["first", "second"])
    tasks = [row["task_id"] for row in listed(service, ANN)]

    views = [service.call("GET", f"{TASKS}/{each}", headers=ANN).body["context"] for each in tasks]
    ambiguous = service.control("e-1", "human-task/ask", {"action_type": "approve"})
    answered = [submit(service, each, ANN).status for each in tasks]

    assert sorted((view["index"], view["item"]) for view in views) == [(0, "first"), (1, "second")]
    assert (ambiguous.status, ambiguous.body["code"]) == (409, "Ambiguous")
    assert answered == [200, 200]
    assert state_of(service) == "completed"


def test_a_task_is_shown_to_those_whom_it_is_for(asked: Service) -> None:
    path = f"{TASKS}/{the_task(asked)}"

    shown = {name: asked.call("GET", path, headers=who).status for name, who in WHO.items()}

    assert shown == {"ann": 200, "bob": 200, "eve": 403, "olaf": 200, "ada": 200, "amy": 403, "nat": 403, "dev": 200}


def test_it_is_said_how_a_task_ended_when_it_was_answered(asked: Service) -> None:
    named = the_task(asked)
    submit(asked, named, ANN, "modify_data", data={"discount": 5}, comments="as agreed")
    asked.work()

    seen = asked.call("GET", f"{TASKS}/{named}", headers=ANN).body

    assert seen["state"] == "ended"
    assert {key: value for key, value in seen["ended"].items() if key != "ended_at"} == {
        "outcome": "answered",
        "action": "modify_data",
        "user": "ann",
        "comments": "as agreed",
        "data": {"discount": 5, "note": "none"},
    }


@pytest.mark.parametrize("named", ["nonsense", task_id("nobody", "ask#1"), task_id("e-1", "ask#2")])
def test_it_is_not_found_when_there_is_no_such_task(asked: Service, named: str) -> None:
    reply = asked.call("GET", f"{TASKS}/{named}", headers=ANN)

    assert (reply.status, reply.body["code"]) == (404, "TaskNotFound")


def test_a_task_that_has_just_ended_is_ended_when_the_inbox_lags_behind(asked: Service) -> None:
    named = the_task(asked)

    def decide_alone() -> None:
        asked._decide()

    asked.meanwhile = decide_alone
    submit(asked, named, ANN)

    seen = asked.call("GET", f"{TASKS}/{named}", headers=ANN).body

    assert (seen["state"], seen["ended"]) == ("ended", None)


def test_a_large_value_is_left_out_when_a_task_would_be_too_large(service: Service) -> None:
    service.begin(asking(), input={"text": '"' * 1_500_000})

    seen = service.call("GET", f"{TASKS}/{the_task(service)}", headers=ANN).body

    assert seen["context"]["input"] is None
    assert seen["truncated"][0]["pointer"] == "/context/input"


# --- answers ----------------------------------------------------------------------------------------------------------

WHO: dict[str, dict[str, str]] = {
    "ann": ANN,
    "bob": BOB,
    "eve": EVE,
    "olaf": OPERATOR,
    "ada": ADMIN,
    "amy": APPROVER,
    "nat": NOBODY,
    "dev": {},
}


def test_the_execution_goes_on_when_a_task_is_answered(asked: Service) -> None:
    reply = submit(asked, the_task(asked), ANN, comments="fine")

    assert (reply.status, reply.body["message"], reply.body["step_id"]) == (200, "Submitted.", "ask#1")
    status = asked.get("/executions/e-1").body
    assert status["state"] == "completed"
    answer = status["output"]["answer"]
    assert (answer["action"], answer["approved"], answer["user"], answer["comments"]) == (
        "approve",
        True,
        "ann",
        "fine",
    )


def test_a_step_is_answered_by_its_name(asked: Service) -> None:
    body = {"action_type": "reject", "reason": "too dear"}
    reply = asked.call("POST", f"{BASE}/executions/e-1/human-task/ask", body, headers=ANN)

    assert (reply.status, reply.body["state"]) == (200, "failed")
    assert asked.get("/executions/e-1").body["error"]["code"] == "Rejected"


def test_a_step_is_answered_by_its_run(asked: Service) -> None:
    path = f"{BASE}/executions/e-1/human-task/{segment('ask#1')}"

    assert asked.call("POST", path, {"action_type": "approve"}, headers=ANN).status == 200


@pytest.mark.parametrize(
    "body", [{"action_type": "custom", "custom_action_id": "ask-legal"}, {"action_type": "ask-legal"}]
)
def test_a_custom_action_is_taken_by_its_id(asked: Service, body: dict[str, Any]) -> None:
    reply = asked.call("POST", f"{TASKS}/{the_task(asked)}/submit", body, headers=ANN)

    assert reply.status == 200
    assert asked.get("/executions/e-1").body["output"]["answer"]["action"] == "ask-legal"


@pytest.mark.parametrize("groups", [("sales",), (), ("sales", "warehouse"), ("weft-approvers",)])
def test_only_a_member_may_answer(groups: tuple[str, ...]) -> None:
    allowed = {
        ("sales",): {"ann", "bob", "dev"},
        (): set(WHO),
        ("sales", "warehouse"): {"ann", "bob", "eve", "dev"},
        ("weft-approvers",): {"amy", "dev"},
    }[groups]
    for name, who in WHO.items():
        service = Service().begin(asking(groups=groups))
        reply = submit(service, task_id("e-1", "ask#1"), who)
        if name in allowed:
            assert reply.status == 200, name
        else:
            assert (reply.status, reply.body["code"]) == (403, "NotPermitted"), name
            assert state_of(service) == "waiting_for_human_intervention"


def test_a_second_answer_is_a_conflict(asked: Service) -> None:
    named = the_task(asked)
    submit(asked, named, ANN)

    second = submit(asked, named, BOB, "reject")

    assert (second.status, second.body["code"], second.body["state"]) == (409, "InvalidState", "completed")
    assert asked.get("/executions/e-1").body["output"]["answer"]["user"] == "ann"


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        ({}, [("MissingField", "")]),
        ({"action_type": 7}, [("InvalidValue", "/action_type")]),
        ({"action_type": "approve", "action": "x"}, [("UnknownField", "/action")]),
        ({"action_type": "approve", "reason": "x" * 1_001}, [("InvalidValue", "/reason")]),
        ({"action_type": "approve", "comments": "x" * 10_001}, [("InvalidValue", "/comments")]),
        ({"action_type": "aprove"}, [("InvalidAction", "/action_type")]),
        ({"action_type": "custom", "custom_action_id": "x"}, [("InvalidAction", "/custom_action_id")]),
        ({"action_type": "modify_data"}, [("MissingField", "/data/discount")]),
        ({"action_type": "modify_data", "data": 7}, [("WrongType", "/data")]),
        (
            {"action_type": "modify_data", "data": {"discount": 101, "ticket": "x", "more": 1}},
            [("UnknownField", "/data/more"), ("InvalidValue", "/data/discount"), ("WrongType", "/data/ticket")],
        ),
    ],
)
def test_every_field_is_named_when_an_answer_does_not_fit(
    asked: Service, body: dict[str, Any], findings: list[tuple[str, str]]
) -> None:
    reply = asked.call("POST", f"{TASKS}/{the_task(asked)}/submit", body, headers=ANN)

    assert reply.status == 400
    assert [pointer for _, pointer in findings] == [each["pointer"] for each in reply.body["errors"]]
    assert {code for code, _ in findings} >= {"InvalidAction"} & {each["code"] for each in reply.body["errors"]}
    assert state_of(asked) == "waiting_for_human_intervention"
    assert len(listed(asked, ANN)) == 1


def test_nothing_is_submitted_twice_when_a_key_is_repeated(asked: Service) -> None:
    named, headers = the_task(asked), {**ANN, "Idempotency-Key": "k-1"}

    first = submit(asked, named, headers, "modify_data", data={"discount": 5})
    second = submit(asked, named, headers, "modify_data", data={"discount": 5})

    assert (first.status, second.status) == (200, 200)
    assert second.body["message"] == "Submitted. That was before."
    events = asked.get("/executions/e-1/history?event_types=HumanInterventionSubmitted").body["events"]
    assert len(events) == 1


def test_it_is_accepted_when_the_decider_takes_longer(asked: Service) -> None:
    named = the_task(asked)
    asked.meanwhile = lambda: None

    reply = asked.call("POST", f"{TASKS}/{named}/submit?wait=0", {"action_type": "approve"}, headers=ANN)

    assert (reply.status, reply.headers["location"]) == (202, f"{BASE}/executions/e-1")
    asked.work()
    assert state_of(asked) == "completed"


def test_an_answer_is_not_found_when_there_is_nothing_to_answer(asked: Service) -> None:
    assert submit(asked, "nonsense", ANN).body["code"] == "TaskNotFound"
    assert submit(asked, task_id("nobody", "ask#1"), ANN).body["code"] == "ExecutionNotFound"
    assert asked.control("e-1", "human-task/nothing", {"action_type": "approve"}).body["code"] == "UnknownStep"
    assert asked.control("e-1", "human-task/start", {"action_type": "approve"}).body["code"] == "InvalidState"
