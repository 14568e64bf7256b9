"""How time passes in a simulated run: by jumps, or as it does. Layer: command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Condition, Thread
from typing import Protocol

from chalicelib.ports.system import Clock
from weftctl import interrupts


class Pace(Protocol):
    """Performs work, and lets time pass between one thing due and the next."""

    @property
    def busy(self) -> bool:
        """Whether work is still being performed."""

    def perform(self, work: Callable[[], object]) -> None:
        """Do ``work``, or begin to."""

    def wait(self, until: datetime | None) -> None:
        """Return at ``until``, or earlier when work performed has ended. None: only then."""


class JumpingClock(Clock, Protocol):
    """A clock that stands still until it is told."""

    def advance_to(self, instant: datetime) -> None:
        """Make ``instant`` the present."""


class VirtualPace:
    """Work takes no time, and waiting is a jump of the clock."""

    busy = False

    def __init__(self, clock: JumpingClock) -> None:
        self._clock = clock

    def perform(self, work: Callable[[], object]) -> None:
        """Do ``work`` at once."""
        work()

    def wait(self, until: datetime | None) -> None:
        """Jump."""
        if until is not None:
            self._clock.advance_to(until)


class RealPace:
    """Work is done in threads, and waiting takes its time. What fails in a thread is raised by ``wait``.

    The threads end with the process: an activity that is still at work when the run ends holds nobody up.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = Condition()
        self._at_work = 0
        self._ended = 0  # since the last wait
        self._failure: BaseException | None = None

    @property
    def busy(self) -> bool:
        """Whether a thread is at work."""
        with self._changed:
            return self._at_work > 0

    def perform(self, work: Callable[[], object]) -> None:
        """Begin ``work`` in a thread of its own."""
        with self._changed:
            self._at_work += 1
        Thread(target=self._run, args=(work,), daemon=True).start()

    def wait(self, until: datetime | None) -> None:
        """Wait for the instant, or for a thread to end."""
        interrupts.check()
        with self._changed:
            seconds = None if until is None else max((until - self._clock.now()).total_seconds(), 0)
            self._changed.wait_for(lambda: self._ended > 0, timeout=seconds)
            self._ended = 0
            if self._failure is not None:
                raise self._failure

    def _run(self, work: Callable[[], object]) -> None:
        failure: BaseException | None = None
        try:
            work()
        except BaseException as error:  # noqa: BLE001  whatever it is, the thread that waits must hear of it
            failure = error
        with self._changed:
            self._at_work -= 1
            self._ended += 1
            self._failure = self._failure or failure
            self._changed.notify_all()
