"""A clock that is set by hand, tasks, and a runner over activities of a test's own.

Layer: tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.activities.context import ActivityContext
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.activities import Failed, Succeeded
from chalicelib.settings import Settings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.present = now

    def now(self) -> datetime:
        return self.present

    def advance(self, seconds: float) -> None:
        self.present += timedelta(seconds=seconds)


class Attempts:
    """A ``StillOpen`` that counts how often it is asked; ``wanted`` is its answer."""

    def __init__(self, *, wanted: bool = True, error: Exception | None = None) -> None:
        self.wanted = wanted
        self.error = error
        self.questions = 0

    def __call__(self) -> bool:
        self.questions += 1
        if self.error is not None:
            raise self.error
        return self.wanted


def a_task(activity_type: str = "test.Work", input: Any = None, **fields: Any) -> Task:
    return Task(
        **{
            "execution_id": "exec-1",
            "workflow_id": "flow",
            "run_id": "work#1",
            "attempt": 1,
            "activity_type": activity_type,
            "input": {} if input is None else input,
            "cause": 1,
            **fields,
        }
    )


def a_context(task: Task | None = None, **fields: Any) -> ActivityContext:
    given = {"still_open": Attempts(), "clock": FakeClock(), "deadline": None, **fields}
    return ActivityContext(task or a_task(), **given)


def a_runner(settings: Settings | None = None, **fields: Any) -> tuple[ActivityRegistry, RegisteredActivities]:
    registry = ActivityRegistry()
    given = {"clock": FakeClock(), **fields}
    return registry, RegisteredActivities(registry, settings or Settings(), **given)


def outcome_of(function: Callable[..., Any], *, input: Any = None, **fields: Any) -> Succeeded | Failed:
    """What becomes of running ``function`` as an activity."""
    registry, runner = a_runner(**fields)
    registry.activity("test.Work")(function)
    return runner.run(a_task(input=input), still_open=Attempts())


def error_of(outcome: Succeeded | Failed) -> ErrorInfo:
    assert isinstance(outcome, Failed), outcome
    return outcome.error


def output_of(outcome: Succeeded | Failed) -> Any:
    assert isinstance(outcome, Succeeded), outcome
    return outcome.output
