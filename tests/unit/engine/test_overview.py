"""What goes on: in the system, in a workflow, in an execution. Layer: tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.adapters import memory
from chalicelib.domain.errors import NotFound
from chalicelib.domain.execution.events import Commit, ErrorInfo, Event
from chalicelib.engine import figures, overview
from chalicelib.ports.executions import Summary, SummaryQuery
from chalicelib.ports.pages import Page
from chalicelib.ports.queues import WakeUpMessage
from tests.contract.samples import definition, summary, task

NOW = datetime.fromisoformat("2026-03-30T12:00:30+00:00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BROKEN = ErrorInfo(code="CardDeclined", message="No money", details={"card": "secret"})


class Counting(memory.MemorySummaryStore):
    """Counts the searches."""

    def __init__(self) -> None:
        super().__init__()
        self.searches: list[SummaryQuery] = []

    def search(self, query: SummaryQuery, *, page_size: int, cursor: str | None = None) -> Page[Summary]:
        self.searches.append(query)
        return super().search(query, page_size=page_size, cursor=cursor)


class World:
    """An engine in memory whose rows are put in by hand."""

    def __init__(self) -> None:
        self.clock = memory.VirtualClock(NOW)
        self.summaries = Counting()
        simple = bootstrap.in_memory(clock=self.clock)
        self.adapters = msgspec.structs.replace(simple.adapters, summaries=self.summaries)
        self.engine = bootstrap.assemble(simple.settings, self.adapters)
        self._number = 0

    def add(self, state: str, *, ago: timedelta, lasting: timedelta | None = None, **more: Any) -> str:
        """A row of an execution that began ``ago``, and has ended if it was ``lasting``."""
        self._number += 1
        began = NOW - ago
        ended = {} if lasting is None else {"completed_at": began + lasting, "duration_ms": lasting // (SECOND / 1000)}
        row = summary(f"e-{self._number}", state=state, created_at=began, started_at=began, **ended, **more)
        self.summaries.project(row)
        return row.execution_id

    def system(self) -> dict[str, Any]:
        return self.engine.overview.system()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can reach."""
    for name, value in {"MOST_RECENT": 3, "MOST_ACTIVE": 4, "_ACTIVE_A_PAGE": 2, "MOST_WORKFLOWS": 3}.items():
        monkeypatch.setattr(overview, name, value)
    monkeypatch.setattr(overview, "MOST_TIMERS", 2)


# --- the system -----------------------------------------------------------------------------------------------------


def test_everything_is_nought_when_nothing_goes_on(world: World) -> None:
    seen = world.system()

    assert seen["taken_at"] == "2026-03-30T12:00:30.000Z"
    assert set(seen["executions"]["active"]) == set(figures.OPEN_STATES)
    assert set(seen["executions"]["active"].values()) == {0}
    assert seen["executions"]["recent"] | {"per_minute": []} == {
        "since": "2026-03-30T11:00:30.000Z",
        "started": 0,
        "completed": 0,
        "failed": 0,
        "canceled": 0,
        "timed_out": 0,
        "per_minute": [],
        "p50_ms": None,
        "p95_ms": None,
        "capped": False,
    }
    assert [queue["kind"] for queue in seen["queues"]].count("tasks") == 5
    assert seen["timers"]["overdue"] == 0
    assert seen["failures"] == []


def test_executions_are_counted_by_state_when_they_have_not_ended(world: World) -> None:
    for workflow_id, state in (("a", "running"), ("a", "paused"), ("b", "running"), ("b", "waiting_for_event")):
        world.add(state, ago=30 * 24 * HOUR, workflow_id=workflow_id)  # long ago: found by their workflows alone
    for workflow_id in ("a", "b"):
        world.adapters.definitions.add(definition(workflow_id))

    seen = world.system()["executions"]

    assert {state: count for state, count in seen["active"].items() if count} == {
        "running": 2,
        "paused": 1,
        "waiting_for_event": 1,
    }
    assert not seen["active_capped"]


def test_executions_of_a_deleted_workflow_are_counted_when_they_are_of_today(world: World) -> None:
    world.add("running", ago=HOUR, workflow_id="deleted")

    assert world.system()["executions"]["active"]["running"] == 1


def test_the_last_hour_is_told_minute_by_minute_when_executions_began_and_ended(world: World) -> None:
    world.add("completed", ago=2 * MINUTE, lasting=MINUTE)
    world.add("completed", ago=2 * HOUR, lasting=HOUR + 59 * MINUTE)  # began before, ended within
    world.add("failed", ago=2 * MINUTE, lasting=SECOND, error=BROKEN)
    world.add("partially_failed", ago=10 * MINUTE, lasting=SECOND)
    world.add("timed_out", ago=10 * MINUTE, lasting=SECOND)
    world.add("canceled", ago=10 * MINUTE, lasting=SECOND)
    world.add("running", ago=10 * MINUTE)
    world.add("completed", ago=3 * HOUR, lasting=HOUR)  # of before
    world.add("completed", ago=30 * HOUR, lasting=30 * HOUR)  # not looked at

    recent = world.system()["executions"]["recent"]

    assert {name: recent[name] for name in ("started", "completed", "failed", "canceled", "timed_out")} == {
        "started": 6,
        "completed": 2,
        "failed": 2,
        "canceled": 1,
        "timed_out": 1,
    }
    by_minute = {row.pop("minute"): row for row in recent["per_minute"]}
    assert len(by_minute) == 61
    assert by_minute["2026-03-30T11:58:00.000Z"] == {"started": 2, "completed": 0, "failed": 1}
    assert by_minute["2026-03-30T11:59:00.000Z"] == {"started": 0, "completed": 2, "failed": 0}
    assert by_minute["2026-03-30T11:50:00.000Z"] == {"started": 4, "completed": 0, "failed": 2}
    assert sum(row["completed"] for row in by_minute.values()) == recent["completed"]


@pytest.mark.parametrize(
    ("seconds", "middle", "high"),
    [([], None, None), ([7], 7, 7), ([1, 2], 1, 2), (range(1, 101), 50, 95), ([3, 1, 2, 900], 2, 900)],
)
def test_durations_are_told_by_rank_when_executions_ended(
    world: World, seconds: list[int], middle: int | None, high: int | None
) -> None:
    for each in seconds:
        world.add("completed", ago=20 * MINUTE, lasting=each * SECOND)

    recent = world.system()["executions"]["recent"]

    assert (recent["p50_ms"], recent["p95_ms"]) == (
        None if middle is None else middle * 1000,
        None if high is None else high * 1000,
    )


def test_the_latest_failures_come_first_when_there_are_several(world: World) -> None:
    first = world.add("failed", ago=HOUR, lasting=MINUTE, error=BROKEN)
    last = world.add("timed_out", ago=2 * HOUR, lasting=HOUR + 50 * MINUTE)
    world.add("canceled", ago=MINUTE, lasting=SECOND)

    failures = world.system()["failures"]

    assert [each["execution_id"] for each in failures] == [last, first]
    assert failures[0]["error"] == {"code": "timed_out", "message": "The execution ended timed_out."}
    assert failures[1] == {
        "execution_id": first,
        "workflow_id": "orders",
        "completed_at": "2026-03-30T11:01:30.000Z",
        "error": {"code": "CardDeclined", "message": "No money"},
    }


def test_no_more_failures_are_told_than_can_be_read_when_there_are_many(world: World) -> None:
    for n in range(figures.MOST_FAILURES + 5):
        world.add("failed", ago=n * MINUTE, lasting=SECOND, error=BROKEN)

    assert len(world.system()["failures"]) == figures.MOST_FAILURES


def test_queues_are_told_when_messages_wait(world: World) -> None:
    world.adapters.tasks.send([task("a#1", priority="high"), task("a#2", priority="high")])

    (high,) = [queue for queue in world.system()["queues"] if queue.get("priority") == "high"]

    assert high == {
        "name": "tasks-high",
        "kind": "tasks",
        "priority": "high",
        "visible": 2,
        "in_flight": 0,
        "delayed": 0,
    }


def test_timers_are_told_by_when_they_are_due_when_some_are_set(world: World) -> None:
    for n, away in enumerate((-MINUTE, 10 * MINUTE, 20 * MINUTE, 5 * HOUR, 30 * HOUR)):
        world.adapters.timers.set(f"e-{n}", NOW + away)
    world.adapters.wakeups.send(WakeUpMessage(execution_id="near", at=NOW + MINUTE), now=NOW)

    assert world.system()["timers"] == {
        "due_within_15_minutes": 2,
        "due_within_1_hour": 3,
        "due_within_24_hours": 4,
        "overdue": 1,
        "capped": False,
    }


@pytest.mark.usefixtures("small")
def test_a_figure_says_so_when_not_everything_was_looked_at(world: World) -> None:
    for n in range(5):
        world.add("running", ago=n * MINUTE, workflow_id=f"w-{n % 2}")
        world.adapters.timers.set(f"e-{n}", NOW + 2 * HOUR)

    seen = world.system()

    assert seen["executions"]["recent"]["capped"]
    assert seen["executions"]["recent"]["started"] == 3
    assert seen["executions"]["active_capped"]
    assert seen["executions"]["active"]["running"] == 4
    assert seen["timers"] | {"capped": True} == seen["timers"]
    assert seen["timers"]["due_within_24_hours"] == 2


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("workflows", [4, 50])
def test_the_stores_are_asked_no_more_often_when_there_is_more(world: World, workflows: int) -> None:
    for n in range(workflows):
        world.adapters.definitions.add(definition(f"w-{n:02}"))
        world.add("running", ago=n * MINUTE, workflow_id=f"w-{n:02}")

    seen = world.system()

    assert len(world.summaries.searches) <= 1 + 3
    assert seen["executions"]["active_capped"]


@pytest.mark.usefixtures("small")
def test_the_rest_is_not_looked_for_when_as_many_as_can_be_were_found(world: World) -> None:
    for workflow_id in ("a", "b", "c"):
        for _ in range(2):
            world.add("running", ago=30 * HOUR, workflow_id=workflow_id)
        world.adapters.definitions.add(definition(workflow_id))

    seen = world.system()["executions"]

    assert (seen["active"]["running"], seen["active_capped"]) == (4, True)


def test_nothing_is_asked_again_when_the_answer_is_some_seconds_old(world: World) -> None:
    first = world.system()
    asked = len(world.summaries.searches)
    world.add("running", ago=SECOND)
    world.clock.advance_to(NOW + 4 * SECOND)

    assert world.system() == first
    assert len(world.summaries.searches) == asked

    world.clock.advance_to(NOW + 5 * SECOND)
    assert world.system()["executions"]["active"]["running"] == 1


# --- a workflow -----------------------------------------------------------------------------------------------------


def test_a_workflow_is_told_by_its_newest_executions_when_it_has_some(world: World) -> None:
    for seconds in (1, 2, 3):
        world.add("completed", ago=40 * 24 * HOUR, lasting=seconds * SECOND)
    world.add("failed", ago=HOUR, lasting=4 * SECOND, error=BROKEN)
    world.add("timed_out", ago=HOUR, lasting=HOUR)
    world.add("running", ago=HOUR)
    world.add("completed", ago=HOUR, lasting=9 * HOUR, workflow_id="another")

    seen = world.engine.overview.workflow("orders")

    counted = {state: count for state, count in seen["executions"]["by_state"].items() if count}
    assert counted == {"completed": 3, "failed": 1, "timed_out": 1, "running": 1}
    assert (seen["executions"]["looked_at"], seen["executions"]["capped"]) == (6, False)
    assert seen["durations"] == {"count": 5, "p50_ms": 3_000, "p95_ms": 3_600_000, "max_ms": 3_600_000}
    assert seen["failure_rate"] == 0.4
    assert seen["failures_by_code"] == {"CardDeclined": 1, "timed_out": 1}
    assert [each["error"]["code"] for each in seen["failures"]] == ["timed_out", "CardDeclined"]


def test_a_workflow_has_nothing_to_tell_when_it_never_ran(world: World) -> None:
    world.adapters.definitions.add(definition("orders"))

    seen = world.engine.overview.workflow("orders")

    assert (seen["executions"]["looked_at"], seen["failure_rate"], seen["durations"]["max_ms"]) == (0, None, None)


def test_a_workflow_is_not_found_when_there_is_none(world: World) -> None:
    with pytest.raises(NotFound):
        world.engine.overview.workflow("nothing")


# --- waiting --------------------------------------------------------------------------------------------------------


def commits(*events: tuple[float, Event]) -> list[Commit]:
    """One commit an event, at so many seconds."""
    return [
        Commit(
            execution_id="e",
            number=number,
            time=NOW + seconds * SECOND,
            first_sequence=number,
            command_ids=(),
            events=(event,),
        )
        for number, (seconds, event) in enumerate(events, start=1)
    ]


def test_an_activity_waits_when_no_worker_has_it_and_before_it_is_tried_again() -> None:
    told = commits(
        (0, Event("WorkflowCreated", None, {})),
        (1, Event("StepScheduled", "a#1", {"attempt": 1})),
        # The start of an attempt is told with its end.
        (9, Event("StepStarted", "a#1", {"attempt": 1, "started_at": "2026-03-30T12:00:33.000Z"})),
        (9, Event("StepRetried", "a#1", {})),
        (19, Event("StepScheduled", "a#1", {"attempt": 2})),
        (20, Event("StepStarted", "a#1", {"attempt": 2})),
        (25, Event("StepCompleted", "a#1", {})),
    )

    assert figures.waits(told, NOW) == {"a#1": 2_000 + 10_000 + 1_000}


def test_a_step_waits_when_it_is_for_a_time_an_event_or_a_person() -> None:
    told = commits(
        (0, Event("StepStarted", "timer#1", {})),
        (0, Event("TimerScheduled", "timer#1", {})),
        (0, Event("StepStarted", "event#1", {"event_name": "paid"})),
        (2, Event("HumanTaskCreated", "person#1", {})),
        (60, Event("StepCompleted", "timer#1", {})),
        (90, Event("StepSkipped", "event#1", {})),
    )

    assert figures.waits(told, NOW + 100 * SECOND) == {"timer#1": 60_000, "event#1": 90_000, "person#1": 98_000}


def test_nothing_waits_less_than_no_time_when_clocks_disagree() -> None:
    told = commits(
        (5, Event("StepScheduled", "a#1", {})),
        (6, Event("StepStarted", "a#1", {"started_at": "2026-03-30T12:00:30.000Z"})),
    )

    assert figures.waits(told, NOW) == {"a#1": 0}
