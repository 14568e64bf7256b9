"""One task at work: its activity in one thread, its heartbeats in another, and its outcome told until it is heard.

Layer: command line. The heartbeats come from this process and not from the activity, so they say that the process
lives; what the activity says by ``context.heartbeat`` goes along at once. They end when the outcome has been heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress
from chalicelib.ports.activities import ActivityRunner, Failed, Succeeded
from weftctl.failures import ServiceFailure
from weftctl.worker.tasks import Leased, NotOurs, TaskService, is_passing

BEATS_A_LEASE: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0

Say = Callable[[str], None]


class Attempt:
    """Works on ``leased``. ``perform`` is for a thread of its own; ``abandon`` may be called by any."""

    def __init__(self, leased: Leased, service: TaskService, runner: ActivityRunner, say: Say) -> None:
        self.leased = leased
        self._service = service
        self._runner = runner
        self._say = say
        self._unwanted = threading.Event()
        self._over = threading.Event()
        self._news = threading.Condition()
        self._said: Progress | None = None
        self._urgent = False

    @property
    def name(self) -> str:
        """What the task is called in messages."""
        task = self.leased.task
        return f"{task.execution_id} {task.run_id}, attempt {task.attempt}"

    def perform(self) -> None:
        """Run the activity to its end, and see to it that the service knows the outcome."""
        beats = threading.Thread(target=self._beat, name="heartbeats", daemon=True)
        beats.start()
        try:
            outcome = self._runner.run(
                self.leased.task, still_open=lambda: not self._unwanted.is_set(), beat=self._take_progress
            )
            self._report(outcome)
        finally:
            self._end_beats()
            beats.join()

    def abandon(self) -> None:
        """Give the task back, and say nothing more of it; the activity hears of it at its next heartbeat."""
        if self._over.is_set():
            return
        self._unwanted.set()
        self._end_beats()
        try:
            self._service.give_back(self.leased.token)
            self._say(f"Gave back {self.name}.")
        except (NotOurs, ServiceFailure) as failure:
            self._say(f"Could not give back {self.name}; its lease will run out. {failure}")

    # --- the outcome ------------------------------------------------------------------------------------------------

    def _report(self, outcome: Succeeded | Failed) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._unwanted.is_set():
            try:
                self._tell(outcome)
            except NotOurs as refusal:
                self._say(f"Nobody waits for the outcome of {self.name}: {refusal}")
                return
            except ServiceFailure as failure:
                if is_passing(failure):
                    self._say(f"The outcome of {self.name} could not be told yet: {failure.message}")
                    self._unwanted.wait(pause)
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                elif isinstance(outcome, Succeeded):  # too large, or no answer that the service takes: say that instead
                    outcome = Failed(ErrorInfo(code=failure.code, message=failure.message, retryable=False))
                else:
                    self._say(f"The service does not take the failure of {self.name}: {failure.message}")
                    return
            else:
                return
        self._say(f"Nobody waits for the outcome of {self.name} any more.")

    def _tell(self, outcome: Succeeded | Failed) -> None:
        if isinstance(outcome, Succeeded):
            self._service.complete(self.leased.token, outcome.output)
        else:
            self._service.fail(self.leased.token, outcome.error)

    # --- heartbeats -------------------------------------------------------------------------------------------------

    def _take_progress(self, progress: Progress | None) -> None:
        with self._news:
            self._said = progress or self._said
            self._urgent = True
            self._news.notify()

    def _end_beats(self) -> None:
        self._over.set()
        with self._news:
            self._news.notify()

    def _beat(self) -> None:
        interval = self.leased.lease_seconds / BEATS_A_LEASE
        while True:
            with self._news:
                self._news.wait_for(lambda: self._urgent or self._over.is_set(), timeout=interval)
                self._urgent, said = False, self._said
            if self._over.is_set():
                return
            try:
                if not self._service.heartbeat(self.leased.token, said):
                    self._say(f"Cancelled: {self.name}.")
                    self._unwanted.set()
                    return
            except NotOurs as refusal:
                self._say(f"Lost {self.name}: {refusal}")
                self._unwanted.set()
                return
            except ServiceFailure as failure:
                self._say(f"A heartbeat of {self.name} was not heard: {failure.message}")
