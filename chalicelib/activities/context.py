"""What an activity knows about the attempt it runs in.

Layer: activities. A context belongs to one attempt and is closed when the attempt ends or is given up: from then on
``heartbeat`` raises ``ActivityCanceled``, so work left behind in a thread ends at its next beat.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec

from chalicelib.activities.errors import ActivityCanceled, ActivityError
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.activities import StillOpen
from chalicelib.ports.system import Clock

# One question is one consistent read of the execution: a beat in a tight loop must not cost one a turn.
QUESTION_INTERVAL: Final = timedelta(seconds=3)


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a heartbeat may say."""

    progress_percentage: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    details: Any = None
    sub_state: str | None = None


class AttemptLogger(logging.LoggerAdapter[logging.Logger]):
    """Adds the attempt's fields to every record, beside those of the call's own ``extra``."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, {**kwargs, "extra": {**(kwargs.get("extra") or {}), **(self.extra or {})}}


class ActivityContext:
    """One attempt of one step run.

    ``idempotency_key`` is the same for every attempt of the step run. ``deadline`` is when the attempt is given up
    (aware UTC), or None. ``logger`` puts ``execution_id``, ``step_id`` and ``attempt`` into every record.
    """

    def __init__(self, task: Task, *, still_open: StillOpen, clock: Clock, deadline: datetime | None) -> None:
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
        self._asked_at: datetime | None = None
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

        Raises ``ActivityCanceled`` once the attempt is no longer open. The first call asks, then one every three
        seconds at most: call it as often as is convenient.
        """
        if progress is not None:
            self.progress = _read_progress(progress)
        if self.is_canceled():
            raise ActivityCanceled(f"Attempt {self.attempt} of step {self.step_id!r} is no longer wanted.")

    def is_canceled(self) -> bool:
        """Whether the attempt is no longer open, asked as seldom as by ``heartbeat``. Once True, it stays so."""
        if not self._canceled and self._question_is_due():
            self._asked_at = self._clock.now()
            self._canceled = not self._ask()
        return self._canceled

    def close(self) -> None:
        """The attempt has ended, or was given up. The runner calls it."""
        self._canceled = True

    def _question_is_due(self) -> bool:
        if self._asked_at is None:
            return True
        # A clock set back must not silence the question.
        return not timedelta(0) <= self._clock.now() - self._asked_at < QUESTION_INTERVAL

    def _ask(self) -> bool:
        try:
            return self._still_open()
        except WeftError as error:
            # The store did not answer. That is no sign of a cancellation, and not the activity's fault either.
            self.logger.warning("cannot tell whether the attempt is still open: %s", error)
            return True


def _read_progress(progress: Mapping[str, Any]) -> Progress:
    try:
        return msgspec.convert(progress, Progress)
    except msgspec.ValidationError as error:
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
