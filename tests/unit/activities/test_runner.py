"""Running activities: everything they do is an outcome.

Layer: tests.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.activities import ActivityCanceled, ActivityContext, ActivityError, RetryPolicy
from chalicelib.domain.jsonvalue import dumps
from chalicelib.ports.activities import ActivityRunner, Succeeded
from chalicelib.settings import Settings
from tests.unit.activities.fakes import NOON, Attempts, FakeClock, a_runner, a_task, error_of, outcome_of, output_of

LONG_SECONDS = 60.0
SHORT_SECONDS = 0.02


def test_the_output_comes_back_when_an_activity_returns() -> None:
    def work(input: dict[str, Any], context: ActivityContext) -> dict[str, Any]:
        return {"sum": input["a"] + input["b"], "step": context.step_id}

    assert outcome_of(work, input={"a": 1, "b": 2}) == Succeeded({"sum": 3, "step": "work"})


def test_the_context_is_left_out_when_the_function_takes_none() -> None:
    assert outcome_of(lambda input: input["n"] * 2, input={"n": 21}) == Succeeded(42)


def test_a_coroutine_is_awaited_when_the_activity_is_async() -> None:
    async def work(input: dict[str, Any], context: ActivityContext) -> list[Any]:
        await asyncio.sleep(0)
        return [input, context.attempt]

    assert outcome_of(work, input={"n": 1}) == Succeeded([{"n": 1}, 1])


def test_the_task_keeps_its_input_when_the_activity_changes_its_own() -> None:
    registry, runner = a_runner()

    @registry.activity("test.Work")
    def work(input: dict[str, Any]) -> Any:
        input["lines"].append("changed")
        input["new"] = 1
        return None

    task = a_task(input={"lines": ["kept"]})
    runner.run(task, still_open=Attempts())
    assert task.input == {"lines": ["kept"]}


def test_near_names_are_told_when_the_activity_is_unknown() -> None:
    registry, runner = a_runner()
    registry.activity("billing.Charge")(lambda input: input)
    error = error_of(runner.run(a_task("biling.Charge"), still_open=Attempts()))
    assert error.code == "ActivityNotFound"
    assert error.message == "No activity 'biling.Charge' is registered here. Did you mean 'billing.Charge'?"
    assert error.retryable is False
    assert error.stack_trace is None


def test_no_name_is_told_when_none_is_near() -> None:
    _, runner = a_runner()
    error = error_of(runner.run(a_task("zzz"), still_open=Attempts()))
    assert error.message == "No activity 'zzz' is registered here."


@pytest.mark.parametrize("retryable", [True, False, None])
def test_the_code_is_the_activitys_own_when_it_raises_an_activity_error(retryable: bool | None) -> None:
    def work(input: Any) -> Any:
        raise ActivityError("CardDeclined", "no funds", retryable=retryable, details={"card": "x"})

    error = error_of(outcome_of(work))
    assert (error.code, error.message, error.details) == ("CardDeclined", "no funds", {"card": "x"})
    assert error.retryable is retryable


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("bad amount"), "ValueError: bad amount"),
        (KeyError("sku"), "KeyError: 'sku'"),
        (MemoryError(), "MemoryError"),
        (AssertionError(), "AssertionError"),
        (GeneratorExit(), "GeneratorExit"),
        (asyncio.CancelledError(), "CancelledError"),
        (StopIteration(1), "StopIteration: 1"),
    ],
)
def test_the_attempt_fails_when_the_activity_raises_anything(raised: BaseException, message: str) -> None:
    def work(input: Any) -> Any:
        raise raised

    error = error_of(outcome_of(work))
    assert (error.code, error.message, error.retryable) == ("ActivityError", message, None)


def test_the_attempt_fails_when_the_activity_recurses_without_end() -> None:
    def work(input: Any) -> Any:
        return work(input)

    error = error_of(outcome_of(work))
    assert error.message.startswith("RecursionError: maximum recursion depth exceeded")
    assert error.stack_trace is not None
    assert len(error.stack_trace) <= 4_000


@pytest.mark.parametrize("limit", [None, LONG_SECONDS])
def test_the_attempt_fails_when_the_activity_exits_the_process(limit: float | None) -> None:
    registry, runner = a_runner()

    @registry.activity("test.Work", timeout=limit)
    def work(input: Any) -> Any:
        raise SystemExit(3)

    error = error_of(runner.run(a_task(), still_open=Attempts()))
    assert error.code == "ActivityError"
    assert "SystemExit(3)" in error.message


@pytest.mark.parametrize("limit", [None, LONG_SECONDS])
def test_an_interrupt_passes_when_the_user_ends_the_process(limit: float | None) -> None:
    registry, runner = a_runner()
    contexts: list[ActivityContext] = []

    @registry.activity("test.Work", timeout=limit)
    def work(input: Any, context: ActivityContext) -> Any:
        contexts.append(context)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.run(a_task(), still_open=Attempts())
    assert contexts[0].is_canceled()


def test_the_code_is_canceled_when_the_attempt_is_no_longer_open() -> None:
    registry, runner = a_runner()

    @registry.activity("test.Work")
    def work(input: Any, context: ActivityContext) -> Any:
        context.heartbeat()

    error = error_of(runner.run(a_task(), still_open=Attempts(wanted=False)))
    assert (error.code, error.retryable) == ("Canceled", False)


def test_the_result_is_refused_when_it_is_no_json() -> None:
    error = error_of(outcome_of(lambda input: {"when": {1, 2}}))
    assert error.code == "ActivityError"
    assert "(at $.when)" in error.message


def test_the_result_is_refused_when_a_plain_function_gives_a_generator() -> None:
    def work(input: Any) -> Any:
        yield input

    assert "is a generator" in error_of(outcome_of(work)).message


def test_the_result_is_refused_when_it_is_over_the_payload_limit() -> None:
    error = error_of(outcome_of(lambda input: "x" * 100, settings=Settings(max_payload_bytes=100)))
    assert error.code == "PayloadTooLarge"
    assert error.retryable is False


def test_the_context_is_closed_when_the_attempt_has_ended() -> None:
    contexts: list[ActivityContext] = []

    def work(input: Any, context: ActivityContext) -> None:
        contexts.append(context)

    outcome_of(work)
    with pytest.raises(ActivityCanceled):
        contexts[0].heartbeat()


# --- limits of time -------------------------------------------------------------------------------------------------


def overrunning(**options: Any) -> tuple[Any, Any, list[ActivityContext], threading.Event]:
    """A runner whose activity ``test.Work`` waits until it is released, however short its time."""
    registry, runner = a_runner(inline_limit_seconds=SHORT_SECONDS)
    contexts: list[ActivityContext] = []
    released = threading.Event()

    @registry.activity("test.Work", **options)
    def work(input: Any, context: ActivityContext) -> Any:
        contexts.append(context)
        released.wait(LONG_SECONDS)
        return "late"

    return registry, runner, contexts, released


@pytest.mark.parametrize(
    ("options", "inline"),
    [({"inline": True}, None), ({}, True), ({"timeout": SHORT_SECONDS}, None), ({"timeout": SHORT_SECONDS}, False)],
)
def test_the_attempt_times_out_when_it_overruns(
    options: dict[str, Any], inline: bool | None, caplog: pytest.LogCaptureFixture
) -> None:
    _, runner, contexts, released = overrunning(**options)

    with caplog.at_level(logging.ERROR):
        error = error_of(runner.run(a_task(), still_open=Attempts(), inline=inline))

    assert (error.code, error.message, error.retryable) == ("Timeout", "It took longer than 0.02 s.", None)
    assert contexts[0].is_canceled(), "the runaway is told to end"
    assert runner.runaways == 1
    assert "given up" in caplog.text
    (runaway,) = runner._runaways
    released.set()
    runaway.join(LONG_SECONDS)
    assert runner.runaways == 0


def test_the_activity_runs_in_the_calling_thread_when_nothing_bounds_it() -> None:
    registry, runner = a_runner()
    registry.activity("test.Work", inline=True)(lambda input: threading.current_thread().name)
    here = threading.current_thread().name
    assert output_of(runner.run(a_task(), still_open=Attempts(), inline=False)) == here
    assert output_of(runner.run(a_task(), still_open=Attempts())) != here


def test_an_async_activity_is_cancelled_when_it_overruns() -> None:
    registry, runner = a_runner(inline_limit_seconds=SHORT_SECONDS)
    cleaned = threading.Event()

    @registry.activity("test.Work", inline=True)
    async def work(input: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    assert error_of(runner.run(a_task(), still_open=Attempts())).code == "Timeout"
    assert cleaned.is_set()
    assert runner.runaways == 0


@pytest.mark.parametrize(
    ("timeout", "inline", "task_seconds", "seconds"),
    [
        (None, False, None, None),
        (None, False, 30, 30),
        (5, False, None, 5),
        (5, False, 30, 5),
        (60, False, 30, 30),
        (None, True, 30, 10),
        (4, True, None, 4),
    ],
)
def test_the_deadline_is_the_earliest_when_several_bound_an_attempt(
    timeout: float | None, inline: bool, task_seconds: float | None, seconds: float | None
) -> None:
    registry, runner = a_runner(clock=FakeClock())
    deadlines: list[Any] = []

    @registry.activity("test.Work", timeout=timeout, inline=inline)
    def work(input: Any, context: ActivityContext) -> None:
        deadlines.append(context.deadline)

    deadline = None if task_seconds is None else NOON + timedelta(seconds=task_seconds)
    runner.run(a_task(deadline=deadline), still_open=Attempts())
    assert deadlines == [None if seconds is None else NOON + timedelta(seconds=seconds)]


# --- what is registered ---------------------------------------------------------------------------------------------


def test_the_registration_is_told_when_asked() -> None:
    registry, runner = a_runner()
    policy = RetryPolicy(max_attempts=3)
    registry.activity("test.Inline", inline=True, retry=policy)(lambda input: input)
    registry.activity("test.Queued")(lambda input: input)

    port: ActivityRunner = runner
    assert [port.knows(name) for name in ("test.Inline", "notify.send", "notify.sent")] == [True, True, False]
    assert [port.is_inline(name) for name in ("test.Inline", "test.Queued", "http.request", "nope")] == [
        True,
        False,
        False,
        False,
    ]
    assert [runner.retry_of(name) for name in ("test.Inline", "test.Queued", "nope")] == [policy, None, None]
    assert runner.names() == (
        "aws.call",
        "http.request",
        "lambda.invoke",
        "notify.send",
        "test.Inline",
        "test.Queued",
    )


def test_an_activity_is_found_when_it_is_registered_after_the_runner_was_made() -> None:
    registry, runner = a_runner()
    assert not runner.knows("test.Late")
    registry.activity("test.Late")(lambda input: input)
    assert runner.knows("test.Late")


def test_a_failure_is_logged_with_its_attempt_when_an_activity_raises(caplog: pytest.LogCaptureFixture) -> None:
    def work(input: Any) -> Any:
        raise ValueError("bad")

    with caplog.at_level(logging.WARNING):
        outcome_of(work)
    (record,) = caplog.records
    assert getattr(record, "execution_id", None) == "exec-1"
    assert record.exc_info is not None


def test_outcomes_do_not_mix_when_many_run_at_once() -> None:
    registry, runner = a_runner()
    registry.activity("test.Work", inline=True)(lambda input: input["n"])
    outcomes: dict[int, Any] = {}

    def run(number: int) -> None:
        outcomes[number] = runner.run(a_task(input={"n": number}), still_open=Attempts())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_SECONDS)
    assert outcomes == {number: Succeeded(number) for number in range(20)}
    assert dumps(0) == b"0"
