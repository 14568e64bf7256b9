"""How time passes in a run: jumps, threads, and the agenda between. Layer: tests."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.activities import ActivityError
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.commands import Advance, CompleteTask
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.activities import Beat, Failed, StillOpen, Succeeded
from chalicelib.ports.queues import CommandMessage, OutgoingCommand
from chalicelib.settings import Settings
from weftctl.simulation.agenda import Agenda, DelayedOutcomes
from weftctl.simulation.mocked_activities import MockedActivities
from weftctl.simulation.mocks import parse_mocks
from weftctl.simulation.pace import RealPace, VirtualPace

T0 = datetime(2026, 1, 1, tzinfo=UTC)


class StillClock:
    def __init__(self) -> None:
        self.present = T0

    def now(self) -> datetime:
        return self.present

    def advance_to(self, instant: datetime) -> None:
        self.present = instant


class RunningClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class RealActivities:
    """Echoes the input of what it knows."""

    def run(
        self, task: Task, *, still_open: StillOpen, inline: bool | None = None, beat: Beat | None = None
    ) -> Succeeded | Failed:
        return Succeeded(task.input)

    def retry_of(self, activity_type: str) -> RetryPolicy | None:
        return RetryPolicy(max_attempts=3) if activity_type == "real.Echo" else None

    def names(self) -> tuple[str, ...]:
        return ("real.Echo",)

    def knows(self, activity_type: str) -> bool:
        return activity_type == "real.Echo"

    def is_inline(self, activity_type: str) -> bool:
        return activity_type == "real.Echo"


class Queue:
    def __init__(self) -> None:
        self.sent: list[tuple[CommandMessage, str]] = []

    def send(self, message: CommandMessage, *, deduplication_id: str) -> None:
        self.sent.append((message, deduplication_id))

    def send_all(self, commands: Sequence[OutgoingCommand]) -> None:
        for each in commands:
            self.send(each.message, deduplication_id=each.deduplication_id)


def task(step_id: str, activity_type: str = "shop.Charge") -> Task:
    return Task(
        execution_id="e1",
        workflow_id="w",
        run_id=f"{step_id}#1",
        attempt=1,
        activity_type=activity_type,
        input={"amount": 7},
        cause=1,
    )


def mocked(mocks: dict[str, Any]) -> MockedActivities:
    parsed = parse_mocks(mocks, file="m.json")
    functions = RegisteredActivities(parsed.functions, Settings(stage="local"), clock=StillClock())
    return MockedActivities(RealActivities(), functions, parsed, StillClock())


def outcome(activities: MockedActivities, of: Task) -> Any:
    answer = activities.run(of, still_open=lambda: True)
    return answer.output if isinstance(answer, Succeeded) else answer.error.to_dict()


def test_a_mock_answers_when_there_is_one_else_the_real_activity() -> None:
    activities = mocked(
        {
            "a": {"result": 1},
            "b": {"result_expression": "$.input.amount * 2"},
            "c": {"result_expression": "$.input.nothing"},
            "d": {"error": {"code": "Declined", "message": "no"}},
        }
    )
    assert outcome(activities, task("a")) == 1
    assert outcome(activities, task("b")) == 14
    assert outcome(activities, task("c")) is None
    assert outcome(activities, task("d")) == {"code": "Declined", "message": "no"}
    assert outcome(activities, task("e", "real.Echo")) == {"amount": 7}


def test_a_function_is_called_as_an_activity_is_when_it_is_the_mock() -> None:
    def refuse(input: Any, context: Any) -> Any:
        raise ActivityError("Declined", f"no {input['amount']} in attempt {context.attempt}", retryable=False)

    activities = mocked({"a": lambda input: input["amount"] + 1, "b": refuse, "c": lambda input: {1, 2}})
    assert outcome(activities, task("a")) == 8
    failed = activities.run(task("b"), still_open=lambda: True)
    assert isinstance(failed, Failed)
    assert (failed.error.code, failed.error.message, failed.error.retryable) == ("Declined", "no 7 in attempt 1", False)
    assert outcome(activities, task("c"))["code"] == "ActivityError"
    assert activities.delay_seconds(("e1", "a#1", 1)) == 0


def test_the_attempt_fails_when_the_expression_of_its_mock_does() -> None:
    activities = mocked({"a": {"result_expression": "$.input.amount + 'x'"}})
    assert outcome(activities, task("a"))["code"] == "ExpressionError"


def test_an_activity_is_known_when_it_is_mocked_or_registered() -> None:
    activities = mocked({"shop.Charge": {"result": 1}})
    assert [activities.knows(name) for name in ("shop.Charge", "real.Echo", "other")] == [True, True, False]
    assert [activities.is_inline(name) for name in ("shop.Charge", "real.Echo")] == [False, True]
    assert activities.retry_of("real.Echo") == RetryPolicy(max_attempts=3)
    assert activities.names() == ("real.Echo",)


def test_the_agenda_gives_what_is_due_in_order_of_time_and_of_adding() -> None:
    agenda, done = Agenda(), list[str]()
    for name, seconds in (("late", 9), ("second", 5), ("third", 5), ("first", 1)):
        agenda.add(T0 + timedelta(seconds=seconds), lambda name=name: done.append(name))  # type: ignore[misc]
    assert agenda.next_at() == T0 + timedelta(seconds=1)
    for action in agenda.take_due(T0 + timedelta(seconds=5)):
        action()
    assert done == ["first", "second", "third"]
    assert agenda.next_at() == T0 + timedelta(seconds=9)
    assert Agenda().next_at() is None


def test_an_outcome_enters_the_queue_when_its_delay_is_over() -> None:
    activities, agenda, queue = mocked({"slow": {"result": 1, "delay": 10}, "quick": {"result": 2}}), Agenda(), Queue()
    delayed = DelayedOutcomes(queue, activities, agenda, StillClock())
    for step_id in ("slow", "quick"):
        activities.run(task(step_id), still_open=lambda: True)
        command = CompleteTask(run_id=f"{step_id}#1", attempt=1, output=1, started_at=T0)
        delayed.send(CommandMessage(execution_id="e1", command=command), deduplication_id=step_id)
    advance = CommandMessage(execution_id="e1", command=Advance(cause=1))
    delayed.send_all([OutgoingCommand(message=advance, deduplication_id="advance")])
    assert [deduplication_id for _, deduplication_id in queue.sent] == ["quick", "advance"]
    assert agenda.next_at() == T0 + timedelta(seconds=10)
    for action in agenda.take_due(T0 + timedelta(seconds=10)):
        action()
    assert queue.sent[-1][1] == "slow"


def test_work_is_done_at_once_and_waiting_jumps_when_time_is_virtual() -> None:
    clock, done = StillClock(), list[int]()
    pace = VirtualPace(clock)
    pace.perform(lambda: done.append(1))
    pace.wait(T0 + timedelta(days=40))
    pace.wait(None)
    assert (done, clock.now(), pace.busy) == ([1], T0 + timedelta(days=40), False)


def test_waiting_ends_when_work_in_a_thread_ends() -> None:
    pace, gate, done = RealPace(RunningClock()), threading.Event(), list[int]()

    def work() -> None:
        gate.wait()
        done.append(1)

    pace.perform(work)
    assert pace.busy
    gate.set()
    pace.wait(None)
    assert (done, pace.busy) == ([1], False)


def test_waiting_ends_when_the_time_has_come_though_work_goes_on() -> None:
    pace, gate = RealPace(RunningClock()), threading.Event()
    pace.perform(gate.wait)
    pace.wait(datetime.now(UTC) + timedelta(milliseconds=20))
    assert pace.busy
    pace.wait(T0)
    gate.set()
    pace.wait(None)
    assert not pace.busy


def test_waiting_does_not_block_when_work_ended_before_it() -> None:
    pace, ended = RealPace(RunningClock()), threading.Event()
    pace.perform(ended.set)
    ended.wait()
    pace.wait(None)
    assert not pace.busy


def test_waiting_raises_when_work_in_a_thread_failed() -> None:
    pace = RealPace(RunningClock())

    def work() -> None:
        raise LookupError("broken")

    pace.perform(work)
    with pytest.raises(LookupError, match="broken"):
        pace.wait(None)
