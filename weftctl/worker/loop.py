"""The worker's loop: ask for as many tasks as there are free hands, until somebody asks to stop.

Layer: command line. While nobody can be reached, it asks again with longer and longer pauses; what it already has goes
on meanwhile. Asked to stop, it takes no more, and has ``grace_seconds`` to finish what it has; the rest it gives back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from chalicelib.ports.activities import ActivityRunner
from weftctl.failures import ServiceFailure
from weftctl.worker.attempt import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Attempt, Say
from weftctl.worker.tasks import Leased, TaskService, is_passing

WAIT_SECONDS: Final = 5.0
"""How long one poll waits while there is something to do: about as long as stopping may take."""
IDLE_PAUSE_SECONDS: Final = 10.0
BUSY_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 30.0
MOST_TASKS: Final = 10


@dataclass(frozen=True)
class Stopping:
    """``stop`` asks to stop, ``hurry`` not to finish first, ``grace_seconds`` is how long that may take."""

    stop: threading.Event = field(default_factory=threading.Event)
    hurry: threading.Event = field(default_factory=threading.Event)
    grace_seconds: float = GRACE_SECONDS


class Worker:
    """Takes tasks of ``task_lists`` in turn, at most ``concurrency`` at a time.

    ``now`` gives seconds that only grow.
    """

    def __init__(
        self,
        service: TaskService,
        runner: ActivityRunner,
        task_lists: Sequence[str],
        *,
        concurrency: int,
        stopping: Stopping,
        say: Say,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._runner = runner
        self._task_lists = list(task_lists)
        self._concurrency = concurrency
        self._stop = stopping.stop
        self._hurry = stopping.hurry
        self._grace_seconds = stopping.grace_seconds
        self._say = say
        self._now = now
        self._changed = threading.Condition()
        self._at_work: dict[str, Attempt] = {}
        self._last_task: float | None = None
        self._failures = 0

    def run(self) -> None:
        """Work until asked to stop. Raises ``ServiceFailure`` for a refusal that time does not mend."""
        lists = cycle(self._task_lists)
        try:
            while not self._stop.is_set():
                free = self._free_hands()
                if free == 0:
                    self._wait_for_change(1.0)
                    continue
                leased = self._poll(next(lists), free)
                for each in leased:
                    self._begin(each)
                if not leased:
                    self._stop.wait(self._pause())
        finally:
            self._wind_up()

    def _poll(self, task_list: str, free: int) -> list[Leased]:
        wait_seconds = WAIT_SECONDS if len(self._task_lists) == 1 and self._is_busy() else 0.0
        try:
            leased = self._service.poll(task_list, max_tasks=min(free, MOST_TASKS), wait_seconds=wait_seconds)
        except ServiceFailure as failure:
            if not is_passing(failure):
                raise
            if self._failures == 0:
                self._say(f"{failure.message} Trying again.")
            self._failures += 1
            return []
        if self._failures:
            self._say("The service answers again.")
            self._failures = 0
        if leased:
            self._last_task = self._now()
        return leased

    def _pause(self) -> float:
        """Seconds until the next question, after one that gave nothing."""
        if self._failures:
            return float(min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS))
        if not self._is_busy():
            return IDLE_PAUSE_SECONDS / len(self._task_lists)
        return 0.0 if len(self._task_lists) == 1 else 1.0 / len(self._task_lists)

    def _is_busy(self) -> bool:
        """Whether there was something to do lately; at first there may be."""
        if self._last_task is None:
            self._last_task = self._now()
        return bool(self._at_work) or self._now() - self._last_task < BUSY_SECONDS

    # --- what is at work --------------------------------------------------------------------------------------------

    def _free_hands(self) -> int:
        with self._changed:
            return self._concurrency - len(self._at_work)

    def _wait_for_change(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._at_work) < self._concurrency, timeout=seconds)

    def _begin(self, leased: Leased) -> None:
        attempt = Attempt(leased, self._service, self._runner, self._say)
        if self._stop.is_set():  # it was on its way when somebody asked to stop
            attempt.abandon()
            return
        with self._changed:
            self._at_work[leased.token] = attempt
        self._say(f"Took {attempt.name}: {leased.task.activity_type}.")
        threading.Thread(target=self._perform, args=(attempt,), name=leased.task.run_id, daemon=True).start()

    def _perform(self, attempt: Attempt) -> None:
        try:
            attempt.perform()
        finally:
            with self._changed:
                self._at_work.pop(attempt.leased.token, None)
                self._changed.notify_all()

    def _wind_up(self) -> None:
        """Finish what is at work, or give it back when time is up."""
        until = self._now() + self._grace_seconds
        with self._changed:
            if self._at_work:
                self._say(f"Finishing {len(self._at_work)} tasks; ask again to give them back now.")
            while self._at_work and not self._hurry.is_set() and self._now() < until:
                self._changed.wait(0.2)
            left = list(self._at_work.values())
        for attempt in left:
            attempt.abandon()
