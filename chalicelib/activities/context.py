"""What an activity knows about the attempt it runs in.

Layer: activities. A context belongs to one attempt and is closed when the attempt ends or is given up: from then on
``heartbeat`` raises ``ActivityCanceled``, so work left behind in a thread ends at its next beat.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.activities.errors import ActivityCanceled, ActivityError
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.progress import Progress, read_progress
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.activities import Beat, StillOpen
from chalicelib.ports.system import Clock

# One question is one consistent read of the execution: a beat in a tight loop must not cost one a turn.
QUESTION_INTERVAL: Final = timedelta(seconds=3)
# One beat that is kept is one write. Where silence is a failure, one may come late and another be lost.
BEAT_INTERVAL: Final = timedelta(seconds=10)
BEATS_A_TIMEOUT: Final = 4


class AttemptLogger(logging.LoggerAdapter[logging.Logger]):
    """Adds the attempt's fields to every record, beside those of the call's own ``extra``."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, {**kwargs, "extra": {**(kwargs.get("extra") or {}), **(self.extra or {})}}


class ActivityContext:
    """One attempt of one step run.

    ``idempotency_key`` is the same for every attempt of the step run. ``deadline`` is when the attempt is given up
    (aware UTC), or None. ``logger`` puts ``execution_id``, ``step_id`` and ``attempt`` into every record.
    """

    def __init__(
        self, task: Task, *, still_open: StillOpen, clock: Clock, deadline: datetime | None, beat: Beat | None = None
    ) -> None:
        self.activity_type = task.activity_type
        self.execution_id = task.execution_id
        self.workflow_id = task.workflow_id
        self.step_id = task.step_id
        self.run_id = task.run_id
        self.attempt = task.attempt
        self.idempotency_key = task.idempotency_key
        self.trace_id = task.trace_id
        self.deadline = deadline
        self.logger = _logger_for(task)
        self.progress: Progress | None = None
        self._still_open = still_open
        self._clock = clock
        self._beat = beat
        self._asked_at: datetime | None = None
        self._beat_at: datetime | None = None
        self._beat_interval = BEAT_INTERVAL
        if task.heartbeat_seconds is not None:
            self._beat_interval = min(BEAT_INTERVAL, timedelta(seconds=task.heartbeat_seconds / BEATS_A_TIMEOUT))
        self._canceled = False

    def now(self) -> datetime:
        """The time, aware UTC: in a simulated run, its virtual clock's."""
        return self._clock.now()

    def remaining_seconds(self) -> float | None:
        """How long until ``deadline`` (0.0 once it has passed), or None without one."""
        if self.deadline is None:
            return None
        return max(0.0, (self.deadline - self._clock.now()).total_seconds())

    def heartbeat(self, progress: Mapping[str, Any] | None = None) -> None:
        """Say that the work goes on: ``{progress_percentage?: 0..100, details?, sub_state?}``.

        Raises ``ActivityCanceled`` once the attempt is no longer open. Call it as often as is convenient: the first
        call asks and is kept, then at most one every three seconds asks, and one every ten (or four in a
        ``heartbeat_timeout``, if that is more) is kept.
        """
        if progress is not None:
            self.progress = _read_progress(progress)
        if self.is_canceled():
            raise ActivityCanceled(f"Attempt {self.attempt} of step {self.step_id!r} is no longer wanted.")
        if self._beat is not None and self._is_due(self._beat_at, self._beat_interval):
            self._beat_at = self._clock.now()
            self._keep_beat(self._beat)

    def is_canceled(self) -> bool:
        """Whether the attempt is no longer open, asked as seldom as by ``heartbeat``. Once True, it stays so."""
        if not self._canceled and self._is_due(self._asked_at, QUESTION_INTERVAL):
            self._asked_at = self._clock.now()
            self._canceled = not self._ask()
        return self._canceled

    def close(self) -> None:
        """The attempt has ended, or was given up. The runner calls it."""
        self._canceled = True

    def _is_due(self, last: datetime | None, interval: timedelta) -> bool:
        if last is None:
            return True
        # A clock set back must not silence the question.
        return not timedelta(0) <= self._clock.now() - last < interval

    def _keep_beat(self, beat: Beat) -> None:
        try:
            beat(self.progress)
        except WeftError as error:  # the next one may be kept; should none be, the attempt ends by itself
            self.logger.warning("a heartbeat was not kept: %s", error)

    def _ask(self) -> bool:
        try:
            return self._still_open()
        except WeftError as error:
            # The store did not answer. That is no sign of a cancellation, and not the activity's fault either.
            self.logger.warning("cannot tell whether the attempt is still open: %s", error)
            return True


def _read_progress(progress: Mapping[str, Any]) -> Progress:
    try:
        return read_progress(progress)
    except ValueError as error:
        raise ActivityError("InvalidInput", f"heartbeat: {error}", retryable=False) from error


def _logger_for(task: Task) -> AttemptLogger:
    fields = {
        "execution_id": task.execution_id,
        "workflow_id": task.workflow_id,
        "step_id": task.step_id,
        "run_id": task.run_id,
        "attempt": task.attempt,
        "activity_type": task.activity_type,
    }
    return AttemptLogger(logging.getLogger(f"weft.activities.{task.activity_type}"), fields)
