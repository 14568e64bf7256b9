"""Looking at executions over HTTP: status, history, lists. Layer: tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.engine.queries import PAGE_BYTES
from tests.functional.api.definitions import echo, hello
from tests.functional.api.service import BASE, START, Service, pages, segment

LAMBDA_BYTES = 6 * 1024 * 1024


@pytest.fixture
def service(service: Service) -> Service:
    """With two workflows registered, of which nothing runs."""
    service.post("", hello())
    service.post("", echo())
    return service


@pytest.fixture
def finished(service: Service) -> Service:
    """With one execution that has ended."""
    service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})
    service.work()
    return service


# --- status ---------------------------------------------------------------------------------------------------------


def test_a_status_shows_every_step_when_the_execution_has_ended(finished: Service) -> None:
    body = finished.get("/executions/e-1").body

    assert (body["workflow_name"], body["workflow_version"], body["input"]) == ("Hello", "1.0.0", {"name": "World"})
    start, greet, _ = body["steps"]
    assert (greet["name"], greet["step_type"], greet["state"]) == ("Greet", "data_mapping", "completed")
    assert (start["next_step_ids"], body["active_steps"]) == (["greet"], [])


def test_a_status_is_shown_at_once_when_nothing_was_decided_yet(service: Service) -> None:
    service.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-1"})

    body = service.get("/executions/e-1").body

    assert (body["state"], body["steps"], body["started_at"]) == ("pending", [], None)


@pytest.mark.parametrize(
    "path", ["/executions/nobody", "/executions/nobody/history", "/executions/nobody/history?page=1"]
)
def test_an_execution_is_not_found_when_it_never_started(service: Service, path: str) -> None:
    reply = service.get(path)

    assert (reply.status, reply.body["code"]) == (404, "ExecutionNotFound")


# --- history --------------------------------------------------------------------------------------------------------


def test_a_history_tells_everything_in_order_when_nothing_is_filtered(finished: Service) -> None:
    body = finished.get("/executions/e-1/history").body

    types = [event["event_type"] for event in body["events"]]
    assert [event["sequence"] for event in body["events"]] == list(range(1, len(types) + 1))
    assert (types[0], types[-1]) == ("WorkflowCreated", "WorkflowCompleted")
    assert {event["workflow_id"] for event in body["events"]} == {"hello"}
    assert (body["execution_id"], body["page_size"]) == ("e-1", 100)
    assert body.keys() & {"next_cursor", "page", "total"} == set()


def test_every_event_is_told_once_when_paging_by_cursor(finished: Service) -> None:
    whole = finished.get("/executions/e-1/history").body["events"]

    found = list(pages(finished, "/executions/e-1/history?page_size=2", "events"))

    assert [event for page in found for event in page] == whole
    assert {len(page) for page in found[:-1]} == {2}


def test_a_page_tells_the_total_when_it_is_asked_for_by_number(finished: Service) -> None:
    whole = finished.get("/executions/e-1/history").body["events"]

    second = finished.get("/executions/e-1/history?page_size=2&page=2").body
    beyond = finished.get("/executions/e-1/history?page_size=2&page=50").body

    assert second["events"] == whole[2:4]
    assert (second["page"], second["total"]) == (2, len(whole))
    assert (beyond["events"], beyond["total"]) == ([], len(whole))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("event_types=WorkflowCreated", ["WorkflowCreated"]),
        ("event_types=WorkflowCompleted,WorkflowCreated", ["WorkflowCreated", "WorkflowCompleted"]),
        ("event_types=WorkflowCompleted&event_types=WorkflowCreated", ["WorkflowCreated", "WorkflowCompleted"]),
        ("event_types=WorkflowFailed", []),
        ("step_id=greet&event_types=StepCompleted", ["StepCompleted"]),
        ("step_id=nobody", []),
        ("end_time=2026-01-31T09:00:00Z", []),
        ("end_time=2026-01-31T09:00:01Z&event_types=WorkflowCreated", ["WorkflowCreated"]),
        ("start_time=2026-01-31T10:00:00.001%2B01:00", []),
        ("start_time=2026-01-31T10:00:00+01:00&event_types=WorkflowCreated", ["WorkflowCreated"]),
    ],
)
def test_a_history_tells_what_passes_when_filters_are_given(
    finished: Service, filters: str, expected: list[str]
) -> None:
    events = finished.get(f"/executions/e-1/history?{filters}").body["events"]

    assert [event["event_type"] for event in events] == expected


def test_the_events_of_one_step_are_told_when_it_is_named(finished: Service) -> None:
    events = finished.get("/executions/e-1/history?step_id=greet").body["events"]

    assert {(event["step_id"], event["task_id"]) for event in events} == {("greet", "greet#1")}


def test_a_cursor_is_refused_when_it_is_of_another_query(finished: Service) -> None:
    finished.post("/hello/execute", {"input": {"name": "World"}, "execution_id": "e-2"})
    cursor = finished.get("/executions/e-1/history?page_size=1").body["next_cursor"]

    others = [
        f"/executions/e-2/history?cursor={cursor}",
        f"/executions/e-1/history?step_id=greet&cursor={cursor}",
        "/executions/e-1/history?cursor=rubbish",
        f"/executions/e-1/history?cursor={cursor[:-4]}",
        "/executions/e-1/history?cursor=%F0%9F%98%80",
    ]

    assert [(finished.get(path).status, finished.get(path).body["code"]) for path in others] == [
        (400, "InvalidCursor")
    ] * len(others)
    assert finished.get(f"/executions/e-1/history?page_size=3&cursor={cursor}").status == 200


# --- lists ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(service: Service) -> Service:
    """With executions of two workflows, an hour apart: e-0 to e-3 have ended, e-4 not."""
    for number in range(5):
        service.clock.advance_to(START + timedelta(hours=number))
        workflow = "hello" if number % 2 == 0 else "echo"
        tags = {"team": "billing" if number < 2 else "shop", "n": str(number)}
        service.post(f"/{workflow}/execute", {"input": {"name": "x"}, "execution_id": f"e-{number}", "tags": tags})
        if number < 4:
            service.work()
    service._publish()
    return service


def ids(service: Service, filters: str) -> list[str]:
    reply = service.get(f"/executions?{filters}")
    assert reply.status == 200, reply.body
    return [row["execution_id"] for row in reply.body["executions"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", ["e-4", "e-3", "e-2", "e-1", "e-0"]),
        ("workflow_id=echo", ["e-3", "e-1"]),
        ("states=pending", ["e-4"]),
        ("states=pending,completed&workflow_id=hello", ["e-4", "e-2", "e-0"]),
        ("states=failed", []),
        ("created_from=2026-01-31T11:00:00Z", ["e-4", "e-3", "e-2"]),
        ("created_to=2026-01-31T11:00:00Z", ["e-1", "e-0"]),
        ("completed_from=2026-01-31T10:00:00Z&completed_to=2026-01-31T12:00:00Z", ["e-2", "e-1"]),
        ("min_duration_ms=0", ["e-3", "e-2", "e-1", "e-0"]),
        ("min_duration_ms=1", []),
        ("max_duration_ms=0", ["e-3", "e-2", "e-1", "e-0"]),
        ("tags=team=billing", ["e-1", "e-0"]),
        ("tags=team=shop,n=3", ["e-3"]),
        ("tags=team=shop&tags=n=3", ["e-3"]),
        ("tags=n=3&tags=n=3", ["e-3"]),
    ],
)
def test_executions_are_listed_newest_first_when_they_pass_the_filters(
    several: Service, filters: str, expected: list[str]
) -> None:
    assert ids(several, filters) == expected


def test_a_row_shows_what_a_list_needs_when_an_execution_has_ended(several: Service) -> None:
    (row,) = several.get("/executions?tags=n=3").body["executions"]

    assert row == {
        "execution_id": "e-3",
        "workflow_id": "echo",
        "workflow_name": "Hello",
        "workflow_version": "1.0.0",
        "state": "completed",
        "priority": "medium",
        "created_at": "2026-01-31T12:00:00.000Z",
        "started_at": "2026-01-31T12:00:00.000Z",
        "completed_at": "2026-01-31T12:00:00.000Z",
        "duration_ms": 0,
        "error": None,
        "tags": {"team": "shop", "n": "3"},
        "version": 2,
    }


def test_every_execution_is_listed_once_when_paging(several: Service) -> None:
    found = list(pages(several, "/executions?page_size=2", "executions"))

    assert [[row["execution_id"] for row in page] for page in found] == [["e-4", "e-3"], ["e-2", "e-1"], ["e-0"]]
    assert ids(several, "page_size=2&page=2") == ["e-2", "e-1"]


def test_a_list_refuses_a_cursor_when_it_is_of_another_query(several: Service) -> None:
    cursor = several.get("/executions?page_size=2").body["next_cursor"]

    for path in (f"/executions?states=pending&cursor={cursor}", "/executions?cursor=x", f"?cursor={cursor}"):
        reply = several.get(path)
        assert (reply.status, reply.body["code"]) == (400, "InvalidCursor")


def test_a_tag_is_refused_when_it_has_two_values(several: Service) -> None:
    reply = several.get("/executions?tags=n=1,n=2")

    assert reply.status == 400
    assert "'n'" in reply.body["detail"]


def test_a_failure_is_listed_when_an_execution_has_failed(service: Service) -> None:
    definition = hello("failing")
    definition["steps"][2]["step_type"]["result"] = "failed"
    service.post("", definition)
    service.post("/failing/execute", {"input": {"name": "x"}, "execution_id": "e-9"})
    service.work()

    (row,) = service.get("/executions?states=failed").body["executions"]
    status = service.get("/executions/e-9").body

    assert row["error"] == status["error"]
    assert row["error"]["code"]


# --- what must stay small enough --------------------------------------------------------------------------------------


def leaves(text: str) -> bool:
    """Whether Lambda lets an answer with this body out."""
    return len(jsonvalue.dumps({"body": text})) < LAMBDA_BYTES


def stored(service: Service, *batches: list[Event]) -> None:
    """An execution `big` with a commit a batch, as if it had been decided."""
    created = Event("WorkflowCreated", None, {"workflow_id": "echo", "workflow_version": "1.0.0", "input": None})
    sequence = 1
    for number, events in enumerate(([created], *batches), start=1):
        service.store.append(
            Commit(
                execution_id="big",
                number=number,
                time=START,
                first_sequence=sequence,
                command_ids=(f"c:{number}",),
                events=tuple(events),
            )
        )
        sequence += len(events)


def step(number: int, output: Any) -> list[Event]:
    run_id = f"step-{number}#1"
    return [Event("StepStarted", run_id, {"step_type": "script"}), Event("StepCompleted", run_id, {"output": output})]


@pytest.mark.parametrize("character", ["x", '"', "猫"])
def test_a_status_leaves_when_its_values_are_too_large_together(service: Service, character: str) -> None:
    stored(service, *(step(number, character * 500_000) for number in range(20)), step(99, "small"))

    reply = service.get("/executions/big")

    assert leaves(reply.text)
    outputs = [row["output"] for row in reply.body["steps"]]
    left_out = {entry["pointer"]: entry for entry in reply.body["truncated"]}
    assert outputs[-1] == "small"
    assert [f"/steps/{at}/output" in left_out for at in range(20)] == [output is None for output in outputs[:20]]
    first = min(left_out)
    assert left_out[first]["bytes"] > 500_000
    assert left_out[first]["link"].startswith("/api/v1/workflows/executions/big/history?step_id=step-")


def test_a_status_leaves_when_it_has_very_many_steps(service: Service) -> None:
    many = [event for number in range(14_000) for event in step(number, number)]
    stored(service, many, [Event("StepStarted", "last#1", {})])

    reply = service.call("GET", f"{BASE}/executions/big", checked=False)

    assert leaves(reply.text)
    (entry,) = reply.body["truncated"]
    assert entry["pointer"] == "/steps"
    assert entry["rows"] + len(reply.body["steps"]) == 14_001
    assert reply.body["steps"][-1]["step_id"] == "last"
    assert [row["step_id"] for row in reply.body["active_steps"]] == ["last"]


@pytest.mark.parametrize("character", ["x", '"', "猫"])
def test_a_page_ends_early_when_its_events_are_large(service: Service, character: str) -> None:
    stored(service, *(step(number, character * 300_000) for number in range(20)))

    found = list(pages(service, "/executions/big/history", "events"))

    assert len(found) > 1
    assert [event["sequence"] for page in found for event in page] == list(range(1, 42))
    assert all(len(jsonvalue.dumps(page)) <= PAGE_BYTES for page in found)
    first = service.get("/executions/big/history?page=1").body
    assert (first["total"], first["events"], "next_cursor" in first) == (41, found[0], True)


def test_an_event_leaves_without_its_details_when_they_alone_are_too_large(service: Service) -> None:
    stored(service, step(1, "猫" * 1_500_000))

    reply = service.get("/executions/big/history?event_types=StepCompleted")

    assert leaves(reply.text)
    assert reply.body["events"][0]["details"] is None
    assert reply.body["truncated"][0]["pointer"] == "/events/0/details"


def test_a_cursor_leads_past_a_page_when_the_page_ended_early(service: Service) -> None:
    stored(service, *(step(number, "x" * 3_000_000) for number in range(3)))
    first = service.get("/executions/big/history?event_types=StepCompleted").body

    second = service.get(f"/executions/big/history?event_types=StepCompleted&cursor={segment(first['next_cursor'])}")

    assert [event["step_id"] for event in (*first["events"], *second.body["events"])] == ["step-0", "step-1"]
