"""The worker of the command line: what it takes, what it tells, and how it stops. Layer: tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.activities import ActivityCanceled, ActivityContext, ActivityError
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.adapters.system import SystemClock
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress
from chalicelib.domain.execution.tasks import Task
from chalicelib.settings import Settings
from weftctl.failures import ServiceFailure
from weftctl.worker import attempt as attempts
from weftctl.worker.loop import Stopping, Worker
from weftctl.worker.tasks import Leased, NotOurs

PATIENCE_SECONDS = 20.0
GONE = ServiceFailure("No service answers.", code="Unreachable")


def leased(number: int = 1, activity_type: str = "t", lease_seconds: float = 60.0) -> Leased:
    task = Task(
        execution_id=f"e-{number}",
        workflow_id="w",
        run_id="a#1",
        attempt=1,
        activity_type=activity_type,
        input={"n": number},
        cause=0,
        heartbeat_seconds=lease_seconds,
    )
    return Leased(token=f"token-{number}", lease_seconds=lease_seconds, task=task)


class Service:
    """A ``TaskService`` that answers polls from a list, then asks the worker to stop; ``told`` is what it was told."""

    def __init__(self, *polls: list[Leased] | ServiceFailure) -> None:
        self.stopping = Stopping()
        self.polls = list(polls)
        self.told: list[tuple[str, Any]] = []
        self.beats: list[Progress | None] = []
        self.wanted = True
        self.refusals: list[Exception] = []
        self.asked: list[tuple[str, int]] = []
        self._changed = threading.Condition()

    def poll(self, task_list: str, *, max_tasks: int, wait_seconds: float) -> list[Leased]:
        self.asked.append((task_list, max_tasks))
        if not self.polls:
            self.stopping.stop.set()
            return []
        answer = self.polls.pop(0)
        if isinstance(answer, ServiceFailure):
            raise answer
        return answer

    def heartbeat(self, token: str, progress: Progress | None) -> bool:
        with self._changed:
            self.beats.append(progress)
            self._changed.notify_all()
        if isinstance(self.wanted, bool):
            return self.wanted
        raise self.wanted

    def complete(self, token: str, output: Any) -> None:
        self._tell("complete", output)

    def fail(self, token: str, error: ErrorInfo) -> None:
        self._tell("fail", error.code)

    def give_back(self, token: str) -> None:
        self._tell("give back", token)

    def _tell(self, what: str, value: Any) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.told.append((what, value))

    def wait_for_beats(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.beats) >= number, timeout=PATIENCE_SECONDS)


def work(
    service: Service, function: Callable[..., Any], *, concurrency: int = 1, lists: tuple[str, ...] = ("gpu",)
) -> list[str]:
    """Work until the service has no more to give; what the worker said meanwhile."""
    registry = ActivityRegistry()
    registry.activity("t")(function)
    runner = RegisteredActivities(registry, Settings(), clock=SystemClock())
    said: list[str] = []
    tasks: Any = service
    Worker(tasks, runner, lists, concurrency=concurrency, stopping=service.stopping, say=said.append).run()
    return said


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("weftctl.worker.loop.FIRST_PAUSE_SECONDS", 0.001)


def test_output_is_told_when_the_activity_has_one() -> None:
    service = Service([leased(3)])

    work(service, lambda input: input["n"] + 1)

    assert service.told == [("complete", 4)]


def test_failure_is_told_with_its_code() -> None:
    def fail(input: Any) -> Any:
        raise ActivityError("NoPaint", "there is no paint")

    service = Service([leased()])

    work(service, fail)

    assert service.told == [("fail", "NoPaint")]


def test_unknown_activity_fails_with_a_code_of_its_own() -> None:
    service = Service([leased(activity_type="nobody.Knows")])

    work(service, lambda input: input)

    assert service.told == [("fail", "ActivityNotFound")]


def test_no_more_is_taken_than_there_are_hands() -> None:
    service = Service([leased(1), leased(2)], [])
    together = threading.Barrier(2)

    def meet(input: Any) -> Any:
        together.wait(PATIENCE_SECONDS)
        return input["n"]

    work(service, meet, concurrency=2)

    assert sorted(service.told) == [("complete", 1), ("complete", 2)]
    assert service.asked[0] == ("gpu", 2)


def test_every_list_is_asked_in_turn() -> None:
    service = Service([leased(1)], [leased(2)])

    work(service, lambda input: None, lists=("gpu", "cpu"), concurrency=3)

    assert [task_list for task_list, _ in service.asked] == ["gpu", "cpu", "gpu"]


def test_heartbeats_go_on_by_themselves_while_the_activity_is_at_work() -> None:
    service = Service([leased(lease_seconds=0.03)])

    def patient(input: Any) -> Any:
        service.wait_for_beats(3)

    work(service, patient)

    assert service.beats[:3] == [None, None, None]


def test_progress_goes_along_at_once() -> None:
    service = Service([leased(lease_seconds=600)])

    def patient(input: Any, context: ActivityContext) -> Any:
        context.heartbeat({"progress_percentage": 40})
        service.wait_for_beats(1)

    work(service, patient)

    assert service.beats == [Progress(progress_percentage=40)]


@pytest.mark.parametrize("answer", [False, NotOurs("it is over")])
def test_activity_is_told_and_nothing_reported_when_the_task_is_not_wanted(answer: Any) -> None:
    service = Service([leased(lease_seconds=0.03)])
    service.wanted = answer
    heard = threading.Event()

    def stubborn(input: Any, context: ActivityContext) -> Any:
        service.wait_for_beats(1)
        try:
            while True:
                context._asked_at = None  # ask every time
                context.heartbeat()
        except ActivityCanceled:
            heard.set()
            raise

    work(service, stubborn)

    assert heard.is_set()
    assert service.told == []


def test_outcome_is_told_until_the_service_hears_it() -> None:
    service = Service([leased()])
    service.refusals = [GONE, ServiceFailure("busy", status=503), GONE]

    said = work(service, lambda input: 1)

    assert service.told == [("complete", 1)]
    assert sum("could not be told yet" in line for line in said) == 3


def test_outcome_that_nobody_waits_for_is_dropped() -> None:
    service = Service([leased()])
    service.refusals = [NotOurs("somebody else has it")]

    said = work(service, lambda input: 1)

    assert service.told == []
    assert any("Nobody waits" in line for line in said)


def test_output_that_the_service_does_not_take_becomes_a_failure() -> None:
    service = Service([leased()])
    service.refusals = [ServiceFailure("too large", code="PayloadTooLarge", status=413)]

    work(service, lambda input: 1)

    assert service.told == [("fail", "PayloadTooLarge")]


def test_failure_that_the_service_does_not_take_is_said_here() -> None:
    service = Service([leased()])
    refusal = ServiceFailure("no", code="InvalidRequest", status=400)
    service.refusals = [refusal, refusal]

    said = work(service, lambda input: 1)

    assert service.told == []
    assert any("does not take the failure" in line for line in said)


def test_worker_goes_on_when_the_service_was_away() -> None:
    service = Service(GONE, GONE, [leased()])

    said = work(service, lambda input: 1)

    assert service.told == [("complete", 1)]
    assert sum("Trying again" in line for line in said) == 1
    assert "The service answers again." in said


def test_worker_gives_up_when_it_is_not_allowed() -> None:
    service = Service(ServiceFailure("no right", code="Forbidden", status=403))

    with pytest.raises(ServiceFailure, match="no right"):
        work(service, lambda input: 1)


def test_heartbeat_that_is_not_heard_does_not_stop_the_work() -> None:
    service = Service([leased(lease_seconds=0.03)])
    service.wanted = GONE  # type: ignore[assignment]

    def patient(input: Any) -> Any:
        service.wait_for_beats(2)
        return "done"

    work(service, patient)

    assert service.told == [("complete", "done")]


def test_task_is_given_back_when_there_is_no_time_to_finish() -> None:
    service = Service([leased()])
    service.stopping.hurry.set()
    begun, release = threading.Event(), threading.Event()

    def slow(input: Any) -> Any:
        begun.set()
        release.wait(PATIENCE_SECONDS)

    try:
        said = work(service, slow, concurrency=2)
        assert begun.wait(PATIENCE_SECONDS)
        assert service.told == [("give back", "token-1")]
        assert any("Gave back" in line for line in said)
    finally:
        release.set()


def test_task_that_comes_after_the_request_to_stop_is_given_back_at_once() -> None:
    service = Service()
    poll = service.poll

    def late(*args: Any, **kwargs: Any) -> list[Leased]:
        poll(*args, **kwargs)
        return [leased()]

    service.poll = late  # type: ignore[method-assign]

    work(service, lambda input: 1)

    assert service.told == [("give back", "token-1")]


def test_lease_runs_out_when_the_task_cannot_be_given_back() -> None:
    service = Service()
    service.refusals = [GONE]
    poll = service.poll

    def late(*args: Any, **kwargs: Any) -> list[Leased]:
        poll(*args, **kwargs)
        return [leased()]

    service.poll = late  # type: ignore[method-assign]

    assert any("will run out" in line for line in work(service, lambda input: 1))
