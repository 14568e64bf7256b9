"""Signals are heeded at safe points, and none is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from weftctl.local.stopping import STOPPING, Stop, Stopped, stopping_on_signals


def stopped_in(work: Callable[[Stop], None]) -> None:
    with stopping_on_signals() as stop:
        work(stop)


@pytest.mark.parametrize("number", STOPPING)
def test_work_is_stopped_at_its_next_safe_point_and_not_before(number: signal.Signals) -> None:
    reached = []

    def work(stop: Stop) -> None:
        stop.check()
        os.kill(os.getpid(), number)
        reached.append("the work between two points")
        stop.check()
        reached.append("more")

    with pytest.raises(Stopped):
        stopped_in(work)

    assert reached == ["the work between two points"]


def test_signal_in_a_destructor_is_not_lost() -> None:
    class Dropped:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    def work(stop: Stop) -> None:
        Dropped()
        stop.check()

    with pytest.raises(Stopped):
        stopped_in(work)


def test_pause_ends_early_when_somebody_asks_to_stop() -> None:
    def work(stop: Stop) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        stop.pause(3600)

    with pytest.raises(Stopped):
        stopped_in(work)


def test_pause_is_only_a_wait_when_nobody_does() -> None:
    stopped_in(lambda stop: stop.pause(0))


def test_second_ctrl_c_interrupts_at_once() -> None:
    def work(_: Stop) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        stopped_in(work)


def test_handlers_are_what_they_were_afterwards() -> None:
    before = [signal.getsignal(number) for number in STOPPING]

    stopped_in(lambda _: None)

    assert [signal.getsignal(number) for number in STOPPING] == before
