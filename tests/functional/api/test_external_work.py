"""External workers over HTTP: two for one task, a lost lease, a cancellation, and what is refused. Layer: tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.functional.api.service import Reply, Service
from tests.unit.execution.play import activity, chain

TASKS = "/api/v1/tasks"


@pytest.fixture
def offering(service: Service) -> Service:
    """With an execution ``e-1`` whose step ``a`` waits for a worker of ``gpu``."""
    of = {"task_list": "gpu", "activity_type": "paint", "output_mapping": {"n": "$.output.n"}}
    return service.begin(chain(activity("a", of=of)), input={"n": 1})


def poll(service: Service, worker_id: str = "w-1", **fields: Any) -> list[dict[str, Any]]:
    body = {"task_list": "gpu", "worker_id": worker_id, "wait_seconds": 0, **fields}
    reply = service.call("POST", f"{TASKS}/poll", body)
    assert reply.status == 200, reply.body
    service.work()
    tasks: list[dict[str, Any]] = reply.body["tasks"]
    return tasks


def tell(service: Service, task: dict[str, Any], what: str, json: Any = ...) -> Reply:
    reply = service.call("POST", f"{TASKS}/{task['task_token']}/{what}", json)
    service.work()
    return reply


def pass_time(service: Service, seconds: float) -> None:
    service.clock.advance_to(service.clock.now() + timedelta(seconds=seconds))
    service.work()


def state(service: Service) -> dict[str, Any]:
    body: dict[str, Any] = service.get("/executions/e-1").body
    return body


def test_one_of_two_workers_gets_the_task_and_completes_the_execution(offering: Service) -> None:
    first, second = poll(offering, "w-1"), poll(offering, "w-2")

    assert (len(first), len(second)) == (1, 0)
    assert (first[0]["input"], first[0]["activity_type"], first[0]["attempt"]) == ({"n": 1}, "paint", 1)
    reply = tell(offering, first[0], "complete", {"output": {"n": 2}})
    assert (reply.status, reply.body["execution_id"], reply.body["step_id"]) == (200, "e-1", "a")
    assert (state(offering)["state"], state(offering)["output"]) == ("completed", {"n": 2})
    assert state(offering)["steps"][1]["node"] == "w-1"


def test_lost_lease_goes_to_the_other_worker(offering: Service) -> None:
    (lost,) = poll(offering, "w-1")
    pass_time(offering, 61)
    (taken,) = poll(offering, "w-2")

    for what, body in (
        ("heartbeat", {}),
        ("complete", {"output": 1}),
        ("fail", {"error": {"code": "X", "message": "x"}}),
    ):
        reply = tell(offering, lost, what, body)
        assert (reply.status, reply.body["code"]) == (409, "LeaseLost")
    assert tell(offering, taken, "complete", {"output": {"n": 3}}).status == 200
    assert state(offering)["output"] == {"n": 3}


def test_progress_is_shown_and_the_lease_goes_on_when_the_worker_is_heard_of(offering: Service) -> None:
    (task,) = poll(offering)
    pass_time(offering, 40)

    said = {"progress_percentage": 12.5, "details": {"frame": 3}, "sub_state": "painting"}
    heard = tell(offering, task, "heartbeat", said).body

    assert heard == {"cancel_requested": False, "lease_expires_at": "2026-01-31T09:01:40.000Z"}
    info = state(offering)["steps"][1]["status_info"]
    assert {name: info[name] for name in said} == said
    assert tell(offering, task, "heartbeat").status == 200


def test_cancellation_is_told_at_the_heartbeat(offering: Service) -> None:
    (task,) = poll(offering)
    assert offering.control("e-1", "cancel", {}).status == 200

    assert tell(offering, task, "heartbeat").body == {"cancel_requested": True, "lease_expires_at": None}
    reply = tell(offering, task, "complete", {"output": {"n": 2}})
    assert (reply.status, reply.body["code"]) == (409, "TaskCanceled")
    assert poll(offering) == []


def test_outcome_given_again_is_refused_once_the_step_has_ended(offering: Service) -> None:
    (task,) = poll(offering)
    assert tell(offering, task, "complete", {"output": None}).status == 200

    reply = tell(offering, task, "complete", {"output": None})

    assert (reply.status, reply.body["code"]) == (409, "TaskEnded")


def test_failure_becomes_that_of_the_step(offering: Service) -> None:
    (task,) = poll(offering)

    error = {"code": "NoPaint", "message": "there is no paint", "details": {"colour": "red"}, "retryable": False}
    assert tell(offering, task, "fail", {"error": error}).status == 200

    assert state(offering)["error"] == {name: error[name] for name in ("code", "message", "details")}


def test_task_given_back_is_open_again(offering: Service) -> None:
    (task,) = poll(offering, "w-1")

    assert tell(offering, task, "fail", {"give_back": True}).status == 200

    assert [each["attempt"] for each in poll(offering, "w-2")] == [2]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"task_list": "gpu"},
        {"task_list": "gpu", "worker_id": ""},
        {"task_list": "gpu", "worker_id": "w", "max_tasks": 0},
        {"task_list": "gpu", "worker_id": "w", "max_tasks": 1.5},
        {"task_list": "gpu", "worker_id": "w", "wait_seconds": 30},
        {"task_list": "gpu", "worker_id": "w", "wait_seconds": True},
        {"task_list": "gpu", "worker_id": "w", "capabilities": "paint"},
        {"task_list": "gpu", "worker_id": "w", "capabilities": [1]},
        {"task_list": "gpu", "worker_id": "w", "capability": []},
    ],
)
def test_poll_is_refused_when_it_is_malformed(offering: Service, body: Any) -> None:
    assert offering.call("POST", f"{TASKS}/poll", body).status == 400


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("heartbeat", {"progress_percentage": 101}),
        ("heartbeat", {"details": "x" * 5_000}),
        ("heartbeat", {"sub_state": 1}),
        ("complete", {"result": 1}),
        ("fail", {}),
        ("fail", {"error": {"code": "X"}}),
        ("fail", {"error": "X"}),
        ("fail", {"give_back": "yes"}),
    ],
)
def test_word_of_a_worker_is_refused_when_it_is_malformed(offering: Service, what: str, body: Any) -> None:
    (task,) = poll(offering)

    assert tell(offering, task, what, body).status == 400
    assert state(offering)["state"] == "running"


def test_token_is_unknown_when_nobody_gave_it(offering: Service) -> None:
    reply = tell(offering, {"task_token": "AAAA"}, "complete", {"output": 1})

    assert (reply.status, reply.body["code"]) == (404, "UnknownTask")


def test_poll_answers_early_when_a_task_comes_while_it_waits(service: Service) -> None:
    definition = chain(activity("a", of={"task_list": "gpu", "activity_type": "paint"}))
    assert service.post("", definition).status == 201

    def start() -> None:
        service.clock.advance_to(service.clock.now() + timedelta(seconds=1))
        service.post("/w/execute", {"input": {}, "execution_id": "e-1"})
        service.work()

    service.meanwhile = start

    reply = service.call("POST", f"{TASKS}/poll", {"task_list": "gpu", "worker_id": "w-1", "wait_seconds": 29})

    assert len(reply.body["tasks"]) == 1
