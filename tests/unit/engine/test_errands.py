"""Errands: work that events ask for and nobody waits for. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.activities.errors import ActivityError
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.execution.effects import Dispatch, announced
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.state import State
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.own_activities import OwnActivities
from chalicelib.engine.work import ERRAND_PAUSES_SECONDS
from chalicelib.ports.activities import Failed, Succeeded
from chalicelib.settings import Settings

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ERRAND = Task(
    execution_id="x", workflow_id="w", run_id="notify:1", attempt=1, activity_type="tell", input=7, cause=3, errand=True
)


class Place:
    """An engine whose only activity is ``tell``, and the side of its task queue that a worker sees."""

    def __init__(self, tell: Callable[[Any], Any]) -> None:
        self.clock = VirtualClock(BEGIN)
        self.errors: list[tuple[str, Exception]] = []
        registry = ActivityRegistry()
        registry.activity("tell")(tell)
        settings = Settings(stage="local")
        runner = RegisteredActivities(registry, settings, clock=self.clock)
        self.engine = bootstrap.in_memory(
            settings, clock=self.clock, runner=runner, on_error=lambda *error: self.errors.append(error)
        )
        self.tasks: Any = self.engine.adapters.tasks

    def work(self) -> None:
        """Work off everything, letting time pass."""
        while (due := self.tasks.next_visible_at()) is not None:
            self.clock.advance_to(max(due, self.clock.now()))
            for delivery in self.tasks.receive(10, now=self.clock.now()):
                assert self.engine.work.handle([delivery]) == []
                self.tasks.acknowledge(delivery.delivery_id)


def test_an_event_dispatches_its_errands_when_it_asks_for_some() -> None:
    state = State(execution_id="x", workflow_id="w", workflow_version="1.0.0", created_at=BEGIN, commit=3)
    errands = [{"id": "notify:1", "activity_type": "tell", "input": 7}]
    events = [Event("StepStarted", "a#1", {}), Event("HumanTaskCreated", "a#1", {"errands": errands})]

    assert list(announced(events, state)) == [Dispatch(ERRAND)]


def test_an_errand_is_done_once_when_it_succeeds() -> None:
    told: list[Any] = []
    place = Place(told.append)

    place.tasks.send([ERRAND])
    place.work()

    assert told == [7]
    assert len(place.engine.adapters.commands) == 0  # type: ignore[arg-type]  # nobody is told


def test_an_errand_is_repeated_with_growing_pauses_when_it_fails() -> None:
    at: list[float] = []

    def tell(_: Any) -> None:
        at.append((place.clock.now() - BEGIN).total_seconds())
        if len(at) < 3:
            raise ActivityError("Busy", "not now")

    place = Place(tell)
    place.tasks.send([ERRAND])
    place.work()

    assert at == [0, ERRAND_PAUSES_SECONDS[0], sum(ERRAND_PAUSES_SECONDS[:2])]
    assert place.errors == []


@pytest.mark.parametrize(("retryable", "attempts"), [(None, len(ERRAND_PAUSES_SECONDS) + 1), (False, 1)])
def test_an_errand_is_given_up_and_reported_when_it_keeps_failing(retryable: bool | None, attempts: int) -> None:
    calls: list[Any] = []

    def tell(given: Any) -> None:
        calls.append(given)
        raise ActivityError("Gone", "nobody there", retryable=retryable)

    place = Place(tell)
    place.tasks.send([ERRAND])
    place.work()

    assert len(calls) == attempts
    ((execution_id, error),) = place.errors
    assert execution_id == "x"
    assert str(error) == "errand 'notify:1' (tell) was given up: Gone: nobody there"


def test_a_dead_errand_is_reported_when_no_worker_survived_it() -> None:
    place = Place(lambda given: given)
    place.tasks.dead_letters.put(ERRAND)

    assert place.engine.sweep().tasks == 1

    ((execution_id, error),) = place.errors
    assert (execution_id, type(error).__name__) == ("x", "ErrandFailed")
    assert len(place.engine.adapters.commands) == 0  # type: ignore[arg-type]


def _refuse(error: Exception) -> Callable[[Task], Any]:
    def run(_: Task) -> Any:
        raise error

    return run


def test_own_activities_run_beside_the_registered_ones_and_are_not_listed() -> None:
    place = Place(lambda given: given)
    runner = place.engine.adapters.runner
    own = OwnActivities(
        runner,
        {
            "weft.echo": lambda task: task.input,
            "weft.gone": _refuse(NotFound("no such thing")),
            "weft.busy": _refuse(Unavailable("try later")),
        },
    )

    def outcome(name: str) -> Succeeded | Failed:
        task = Task(execution_id="x", workflow_id="w", run_id="a#1", attempt=1, activity_type=name, input=7, cause=1)
        return own.run(task, still_open=lambda: True)

    assert outcome("weft.echo") == outcome("tell") == Succeeded(7)
    gone, busy = outcome("weft.gone"), outcome("weft.busy")
    assert isinstance(gone, Failed)
    assert isinstance(busy, Failed)
    assert (gone.error.code, gone.error.retryable) == ("NotFound", False)
    assert (busy.error.code, busy.error.retryable) == ("Unavailable", True)
    assert own.names() == runner.names()
    assert (own.knows("weft.echo"), own.is_inline("weft.echo"), own.is_inline("tell")) == (True, True, False)
    assert own.retry_of("weft.echo") is None
