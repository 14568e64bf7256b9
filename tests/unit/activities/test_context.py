"""What an activity is told about its attempt, and how it learns that nobody waits any more.

Layer: tests.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.activities import ActivityCanceled, ActivityContext, ActivityError
from chalicelib.domain.errors import Unavailable
from tests.unit.activities.fakes import NOON, Attempts, FakeClock, a_context, a_task


def test_the_attempt_is_described_when_a_context_is_made() -> None:
    task = a_task(run_id="charge[2]#3", attempt=4, trace_id="trace-1")
    context = a_context(task, deadline=NOON + timedelta(seconds=30))
    assert context.execution_id == "exec-1"
    assert context.workflow_id == "flow"
    assert context.step_id == "charge[2]"
    assert context.run_id == "charge[2]#3"
    assert context.attempt == 4
    assert context.idempotency_key == "exec-1:charge[2]#3"
    assert context.trace_id == "trace-1"
    assert context.deadline == NOON + timedelta(seconds=30)


def test_the_key_is_the_same_when_the_step_run_is_tried_again() -> None:
    first, second = a_context(a_task(attempt=1)), a_context(a_task(attempt=2))
    assert first.idempotency_key == second.idempotency_key


@pytest.mark.parametrize(("passed", "remaining"), [(0, 30), (12.5, 17.5), (30, 0), (31, 0)])
def test_the_time_left_shrinks_when_the_clock_moves(passed: float, remaining: float) -> None:
    clock = FakeClock()
    context = a_context(clock=clock, deadline=NOON + timedelta(seconds=30))
    clock.advance(passed)
    assert context.remaining_seconds() == remaining


def test_the_time_left_is_unknown_when_there_is_no_deadline() -> None:
    assert a_context().remaining_seconds() is None


def test_one_question_is_asked_when_beating_in_a_tight_loop() -> None:
    attempts = Attempts()
    context = a_context(still_open=attempts)
    for _ in range(1_000):
        context.heartbeat()
    assert attempts.questions == 1


def test_the_question_is_asked_again_when_some_seconds_have_passed() -> None:
    attempts, clock = Attempts(), FakeClock()
    context = a_context(still_open=attempts, clock=clock)
    context.heartbeat()
    clock.advance(2.9)
    context.heartbeat()
    assert attempts.questions == 1
    clock.advance(0.1)
    context.heartbeat()
    assert attempts.questions == 2


def test_the_question_is_asked_again_when_the_clock_was_set_back() -> None:
    attempts, clock = Attempts(), FakeClock()
    context = a_context(still_open=attempts, clock=clock)
    context.heartbeat()
    clock.advance(-3_600)
    context.heartbeat()
    assert attempts.questions == 2


def test_a_heartbeat_raises_when_the_attempt_is_no_longer_open() -> None:
    attempts = Attempts(wanted=False)
    context = a_context(still_open=attempts)
    with pytest.raises(ActivityCanceled, match="Attempt 1 of step 'work'"):
        context.heartbeat({"progress_percentage": 50})


def test_it_stays_canceled_when_it_was_so_once() -> None:
    attempts, clock = Attempts(wanted=False), FakeClock()
    context = a_context(still_open=attempts, clock=clock)
    assert context.is_canceled()
    attempts.wanted = True
    clock.advance(60)
    assert context.is_canceled()
    assert attempts.questions == 1


def test_it_is_canceled_when_the_context_is_closed() -> None:
    attempts = Attempts()
    context = a_context(still_open=attempts)
    context.close()
    with pytest.raises(ActivityCanceled):
        context.heartbeat()
    assert attempts.questions == 0


def test_the_work_goes_on_when_the_store_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    attempts, clock = Attempts(error=Unavailable("throttled")), FakeClock()
    context = a_context(still_open=attempts, clock=clock)
    with caplog.at_level(logging.WARNING):
        context.heartbeat()
    assert "throttled" in caplog.text
    attempts.error, attempts.wanted = None, False
    clock.advance(3)
    assert context.is_canceled()


def test_progress_is_kept_when_a_heartbeat_tells_it() -> None:
    context = a_context()
    context.heartbeat({"progress_percentage": 40, "details": {"page": 3}, "sub_state": "fetching"})
    assert context.progress is not None
    assert context.progress.progress_percentage == 40
    assert context.progress.details == {"page": 3}
    assert context.progress.sub_state == "fetching"


@pytest.mark.parametrize(
    ("progress", "reason"),
    [
        ({"percent": 1}, "unknown field `percent`"),
        ({"progress_percentage": 101}, "<= 100"),
        ({"progress_percentage": -1}, ">= 0"),
        ({"progress_percentage": "half"}, "Expected `float"),
        ({"sub_state": 3}, "sub_state"),
    ],
)
def test_a_heartbeat_is_refused_when_it_says_something_odd(progress: dict[str, Any], reason: str) -> None:
    with pytest.raises(ActivityError, match=reason) as refused:
        a_context().heartbeat(progress)
    assert refused.value.code == "InvalidInput"
    assert refused.value.retryable is False


def test_every_record_carries_the_attempt_when_an_activity_logs(caplog: pytest.LogCaptureFixture) -> None:
    context = a_context(a_task("billing.Charge", attempt=2))
    with caplog.at_level(logging.INFO):
        context.logger.info("charged %s", "EUR 5")
        context.logger.info("with more", extra={"payment": "p-1"})
    for record in caplog.records:
        fields = {name: getattr(record, name) for name in ("execution_id", "step_id", "run_id", "attempt")}
        assert fields == {"execution_id": "exec-1", "step_id": "work", "run_id": "work#1", "attempt": 2}
        assert record.name == "weft.activities.billing.Charge"
    assert caplog.records[0].getMessage() == "charged EUR 5"
    assert getattr(caplog.records[1], "payment", None) == "p-1"


def beats_of(clock: FakeClock, **task: Any) -> tuple[ActivityContext, list[Any]]:
    kept: list[Any] = []
    context = ActivityContext(a_task(**task), still_open=Attempts(), clock=clock, deadline=None, beat=kept.append)
    return context, kept


def test_few_beats_are_kept_when_an_activity_beats_all_the_time() -> None:
    clock = FakeClock()
    context, kept = beats_of(clock)
    for _ in range(100):
        context.heartbeat()
    assert len(kept) == 1
    clock.advance(10)
    context.heartbeat({"progress_percentage": 40})
    assert [None if said is None else said.progress_percentage for said in kept] == [None, 40]


@pytest.mark.parametrize(("timeout", "interval"), [(8, 2), (400, 10)])
def test_beats_are_kept_often_enough_when_silence_is_a_failure(timeout: float, interval: float) -> None:
    clock = FakeClock()
    context, kept = beats_of(clock, heartbeat_seconds=timeout)
    context.heartbeat()
    clock.advance(interval - 0.1)
    context.heartbeat()
    assert len(kept) == 1
    clock.advance(0.1)
    context.heartbeat()
    assert len(kept) == 2


def test_no_beat_is_kept_when_the_attempt_is_not_wanted() -> None:
    kept: list[Any] = []
    context = ActivityContext(
        a_task(), still_open=Attempts(wanted=False), clock=FakeClock(), deadline=None, beat=kept.append
    )
    with pytest.raises(ActivityCanceled):
        context.heartbeat()
    assert kept == []


def test_work_goes_on_when_a_beat_cannot_be_kept(caplog: pytest.LogCaptureFixture) -> None:
    def beat(_: Any) -> None:
        raise Unavailable("the store does not answer")

    context = ActivityContext(a_task(), still_open=Attempts(), clock=FakeClock(), deadline=None, beat=beat)
    context.heartbeat()
    assert "a heartbeat was not kept" in caplog.text


def test_a_heartbeat_is_refused_when_its_details_are_large() -> None:
    with pytest.raises(ActivityError, match="4,096"):
        a_context().heartbeat({"details": "x" * 5_000})
