"""Calls that are bounded in time: what comes back, and what is left behind.

Layer: tests.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from chalicelib.activities.bounded import TimeLimitExceeded, run_async_within, run_within

LONG_SECONDS = 60.0
SHORT_SECONDS = 0.02

request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")


def test_the_result_comes_back_when_the_call_ends_in_time() -> None:
    assert run_within(LONG_SECONDS, lambda: 42) == 42


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(3), KeyboardInterrupt()])
def test_what_is_raised_comes_back_when_the_call_raises(error: BaseException) -> None:
    def call() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        run_within(LONG_SECONDS, call)
    assert raised.value is error


def test_the_caller_goes_on_when_the_call_takes_too_long() -> None:
    told, released = threading.Event(), threading.Event()

    with pytest.raises(TimeLimitExceeded) as raised:
        run_within(SHORT_SECONDS, lambda: released.wait(LONG_SECONDS), told.set)

    assert told.is_set()
    assert raised.value.code == "Timeout"
    assert raised.value.thread is not None
    assert raised.value.thread.daemon
    assert raised.value.thread.is_alive()
    released.set()
    raised.value.thread.join(LONG_SECONDS)
    assert not raised.value.thread.is_alive()


def test_no_one_is_told_when_there_is_no_one_to_tell() -> None:
    released = threading.Event()
    with pytest.raises(TimeLimitExceeded):
        run_within(SHORT_SECONDS, lambda: released.wait(LONG_SECONDS))
    released.set()


def test_context_variables_are_those_of_the_caller_when_called() -> None:
    token = request.set("r-1")
    try:
        assert run_within(LONG_SECONDS, request.get) == "r-1"
    finally:
        request.reset(token)


def test_a_coroutine_gives_its_result_when_it_ends_in_time() -> None:
    async def call() -> str:
        await asyncio.sleep(0)
        return "done"

    assert run_async_within(LONG_SECONDS, call) == "done"
    assert run_async_within(None, call) == "done"


def test_a_coroutine_runs_when_the_caller_is_in_an_event_loop() -> None:
    async def call() -> int:
        return 7

    async def caller() -> int:
        return run_async_within(None, call)

    assert asyncio.run(caller()) == 7


def test_a_coroutine_cleans_up_when_it_takes_too_long() -> None:
    cleaned = threading.Event()

    async def call() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    with pytest.raises(TimeLimitExceeded) as raised:
        run_async_within(SHORT_SECONDS, call)
    assert cleaned.is_set()
    assert raised.value.thread is None, "the coroutine was cancelled, so nothing is left running"


@pytest.mark.parametrize("seconds", [None, LONG_SECONDS])
def test_a_timeout_of_its_own_is_no_overrun_when_a_coroutine_raises_it(seconds: float | None) -> None:
    async def call() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        run_async_within(seconds, call)
