"""Stopping on a signal, at safe points only.

A ``KeyboardInterrupt`` comes between any two instructions: in the middle of an import it leaves the interpreter's
import lock held, and other threads hang; in a destructor it is swallowed, and lost. So the first signal only sets a
flag, which the work looks at between its steps and while it waits. A second Ctrl-C is for the impatient, and interrupts
as ever.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last is the end of the terminal


class Stopped(Exception):
    """Somebody asked to stop; raised at a safe point."""


class Stop:
    """Whether somebody asked to stop. ``event`` is for those who wait by themselves."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def check(self) -> None:
        """A safe point. Raises ``Stopped``."""
        if self.event.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait, at most until somebody asks to stop. Raises ``Stopped``."""
        self.event.wait(seconds)
        self.check()


@contextmanager
def stopping_on_signals() -> Iterator[Stop]:
    """Inside, SIGINT, SIGTERM and SIGHUP ask to stop. For the main thread."""
    stop = Stop()

    def on_signal(number: int, _frame: object) -> None:
        if number == signal.SIGINT and stop.event.is_set():
            raise KeyboardInterrupt
        stop.event.set()

    previous = {number: signal.signal(number, on_signal) for number in STOPPING}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
