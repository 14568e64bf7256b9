"""Ctrl-C is not lost when what it interrupts swallows it. Layer: tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from chalicelib.adapters.system import SystemClock
from weftctl import interrupts
from weftctl.simulation.pace import RealPace


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(interrupts, "_noted", [])
    yield
    signal.signal(signal.SIGINT, before)


def test_a_wait_does_not_begin_when_an_interrupt_was_swallowed() -> None:
    interrupts.note()
    with pytest.raises(KeyboardInterrupt):  # as a destructor would swallow it
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        RealPace(SystemClock()).wait(None)


def test_a_handler_of_somebody_else_is_left_alone() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupts.note()

    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    interrupts.check()  # nothing has come
