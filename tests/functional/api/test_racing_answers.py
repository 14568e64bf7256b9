"""Answers that come at the same moment: the first valid one counts, the other hears of it. Layer: tests."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.api import human_tasks, problems
from chalicelib.api.identity import Identity
from chalicelib.api.routing import Call
from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.human_tasks import task_id
from tests.functional.api.asking import asking
from tests.functional.api.service import Service

TASK = task_id("e-1", "ask#1")
SECONDS = 30.0


class Rush:
    """Lets nobody wait for the decider before ``people`` have all sent their answers."""

    def __init__(self, service: Service, people: int) -> None:
        self._service = service
        self._all_sent = threading.Barrier(people)
        self._sent = threading.local()
        self._deciding = threading.Lock()

    def __call__(self) -> None:
        if not getattr(self._sent, "yes", False):
            self._sent.yes = True
            self._all_sent.wait(SECONDS)
        with self._deciding:
            self._service.work()


def submit(service: Service, name: str, body: dict[str, Any]) -> tuple[int, str]:
    """The status and code that ``name`` is answered with, by the view itself: the framework serves one at a time."""
    call = Call(
        headers={},
        query={},
        body=jsonvalue.dumps(body),
        caller=Identity(name=name, groups=frozenset({"sales"})),
        engine=service.engine,
    )
    try:
        return human_tasks.submit_task(call, TASK).status, ""
    except WeftError as error:
        problem = problems.from_error(error)
        assert problem is not None
        return problem.status, problem.code


@pytest.mark.parametrize("round_number", range(5))
@pytest.mark.parametrize("people", [2, 5])
def test_the_first_answer_counts_when_several_come_at_once(people: int, round_number: int) -> None:
    service = Service().begin(asking())
    service.meanwhile = Rush(service, people)
    actions = ["approve", "reject", "ask-legal", "approve", "reject"]

    with ThreadPoolExecutor(people) as pool:
        replies = list(pool.map(lambda n: submit(service, f"p{n}", {"action_type": actions[n]}), range(people)))

    assert sorted(replies) == [(200, ""), *[(409, "InvalidState")] * (people - 1)]
    winner = f"p{replies.index((200, ''))}"
    events = service.get("/executions/e-1/history").body["events"]
    taken = [event["details"]["user"] for event in events if event["event_type"] == "HumanInterventionSubmitted"]
    refused = [event["details"]["by"] for event in events if event["event_type"] == "RequestRefused"]
    assert taken == [winner]
    assert sorted([*taken, *refused]) == [f"p{n}" for n in range(people)]


def test_an_answer_that_does_not_fit_does_not_stand_in_the_way_of_one_that_does() -> None:
    service = Service().begin(asking())
    bodies: list[dict[str, Any]] = [
        {"action_type": "modify_data", "data": {"discount": 500}},
        {"action_type": "modify_data", "data": {"discount": 5}},
    ]

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda n: submit(service, f"p{n}", bodies[n]), range(2)))

    assert replies == [(400, "InvalidSubmission"), (200, "")]
    assert service.get("/executions/e-1").body["output"]["answer"]["data"]["discount"] == 5
