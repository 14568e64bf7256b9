"""Working off tasks: a worker runs activities and reports their outcomes as commands.

Layer: engine. A task may come twice: one received again is asked about first, and its outcome counts once anyway. A
worker that dies before it reports has its tasks delivered again; one that keeps dying ends as a dead letter, which
becomes a failure of the step. An errand reports to nobody: it is repeated here, with longer and longer pauses.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from typing import Final, Literal

import msgspec

from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.commands import Command, FailTask
from chalicelib.domain.execution.tasks import Task
from chalicelib.engine.attempts import Attempts
from chalicelib.engine.heartbeats import Heartbeats
from chalicelib.engine.loading import StateLoader
from chalicelib.ports.queues import CommandMessage, CommandQueue, Delivery, OutgoingCommand, TaskQueue

TaskDelivery = Delivery[Task]
ERRAND_PAUSES_SECONDS: Final = (5, 30, 180, 900)
"""The pauses between the attempts of an errand."""
GATHER_SECONDS: Final = 0.05
"""How long an outcome waits for others of its batch: ten reported together cost what one does."""


class _Outcome(enum.Enum):
    """How a task ended that has nothing to report and comes again."""

    FAILED = "failed"


_FAILED: Final = _Outcome.FAILED


class ErrandFailed(WeftError):
    """An errand was given up. The execution goes on: it does not wait for its errands."""

    code = "ErrandFailed"


class Work:
    """Runs batches of tasks, each in a thread of its own. ``on_error`` is told of what was not planned for."""

    def __init__(
        self,
        attempts: Attempts,
        loader: StateLoader,
        heartbeats: Heartbeats,
        commands: CommandQueue,
        tasks: TaskQueue,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._attempts = attempts
        self._loader = loader
        self._heartbeats = heartbeats
        self._commands = commands
        self._tasks = tasks
        self._on_error = on_error

    def handle(self, deliveries: Sequence[TaskDelivery]) -> list[str]:
        """Run every task; gives the ids of the deliveries to be delivered again."""
        if len(deliveries) == 1:
            return [] if self._guarded(deliveries[0]) else [deliveries[0].delivery_id]
        return self._side_by_side(deliveries)

    def _side_by_side(self, deliveries: Sequence[TaskDelivery]) -> list[str]:
        """Run each task in a thread; what ends within a moment of another is reported in one request."""
        failed: list[TaskDelivery] = []
        with ThreadPoolExecutor(max_workers=max(len(deliveries), 1), thread_name_prefix="task") as pool:
            under_way = {pool.submit(self._outcome_of, delivery): delivery for delivery in deliveries}
            while under_way:
                wait(under_way, return_when=FIRST_COMPLETED)
                ended, _ = wait(under_way, timeout=GATHER_SECONDS)
                outcomes: list[tuple[TaskDelivery, OutgoingCommand]] = []
                for each in ended:
                    delivery = under_way.pop(each)
                    outcome = each.result()
                    if outcome is _FAILED:
                        failed.append(delivery)
                    elif outcome is not None:
                        outcomes.append((delivery, outcome))
                failed += self._report_all(outcomes)
        return [delivery.delivery_id for delivery in failed]

    def _outcome_of(self, delivery: TaskDelivery) -> OutgoingCommand | Literal[_Outcome.FAILED] | None:
        """What is to be reported of a task, if anything."""
        try:
            return self.run(delivery)
        except Exception as error:  # noqa: BLE001 - reported, and the task comes again
            self._on_error(delivery.message.execution_id, error)
            return _FAILED

    def _report_all(self, outcomes: Sequence[tuple[TaskDelivery, OutgoingCommand]]) -> list[TaskDelivery]:
        """Report together; gives those that could not be reported. One that is refused must not hold up the others."""
        if len(outcomes) > 1 and self._reported_together([outcome for _, outcome in outcomes]):
            return []
        return [delivery for delivery, outcome in outcomes if not self._reported(delivery, outcome)]

    def _reported_together(self, outcomes: Sequence[OutgoingCommand]) -> bool:
        try:
            self._commands.send_all(outcomes)
        except Exception:  # noqa: BLE001 - then each is sent alone, which tells whose fault it was; twice counts once
            return False
        return True

    def _reported(self, delivery: TaskDelivery, outcome: OutgoingCommand) -> bool:
        try:
            self._commands.send(outcome.message, deduplication_id=outcome.deduplication_id)
        except Exception as error:  # noqa: BLE001 - reported, and the task comes again
            self._on_error(delivery.message.execution_id, error)
            return False
        return True

    def run(self, delivery: TaskDelivery) -> OutgoingCommand | None:
        """Run one task; gives what is to be reported, if anything. Raises what the queue or the store raise."""
        task = delivery.message
        if task.errand:
            self._run_errand(task)
            return None
        still_open = partial(self.is_open, task)
        if delivery.receive_count > 1 and not still_open():
            return None
        if task.heartbeat_seconds is not None or task.task_list is not None:
            report(self._commands, task, self._attempts.begin(task))
        return to_report(task, self._attempts.run(task, still_open, beat=partial(self._heartbeats.keep, task)))

    def is_open(self, task: Task) -> bool:
        """Whether an outcome of this attempt is still wanted: one consistent read."""
        state = self._loader.load(task.execution_id)
        return state is not None and state.wanted(task.run_id, task.attempt) is not None

    def _run_errand(self, task: Task) -> None:
        outcome = self._attempts.run(task, lambda: True)
        if not isinstance(outcome, FailTask):
            return
        pause_seconds = _pause_before_next(task, outcome)
        if pause_seconds is None:
            self._on_error(task.execution_id, errand_failed(task, outcome.error.code, outcome.error.message))
            return
        again = msgspec.structs.replace(task, attempt=task.attempt + 1)
        self._tasks.send([again], delay_seconds=pause_seconds)

    def _guarded(self, delivery: TaskDelivery) -> bool:
        outcome = self._outcome_of(delivery)
        if outcome is None:
            return True
        return outcome is not _FAILED and self._reported(delivery, outcome)


def _pause_before_next(errand: Task, outcome: FailTask) -> int | None:
    """Seconds until the next attempt of an errand; None if none is made, or none would begin before its deadline."""
    if outcome.error.retryable is False or errand.attempt > len(ERRAND_PAUSES_SECONDS):
        return None
    seconds = ERRAND_PAUSES_SECONDS[errand.attempt - 1]
    too_late = errand.deadline is not None and outcome.started_at + timedelta(seconds=seconds) >= errand.deadline
    return None if too_late else seconds


def report(commands: CommandQueue, task: Task, outcome: Command) -> None:
    """Send the outcome, or the beginning, of an attempt to its execution; the same sent twice is dropped on the way."""
    command = to_report(task, outcome)
    commands.send(command.message, deduplication_id=command.deduplication_id)


def to_report(task: Task, outcome: Command) -> OutgoingCommand:
    """What tells an execution of the outcome, or the beginning, of an attempt."""
    message = CommandMessage(execution_id=task.execution_id, command=outcome, trace_id=task.trace_id)
    return OutgoingCommand(message=message, deduplication_id=f"{outcome.command_id}@{task.cause}")


def errand_failed(task: Task, code: str, message: str) -> ErrandFailed:
    """The error that tells of an errand given up."""
    return ErrandFailed(f"errand {task.run_id!r} ({task.activity_type}) was given up: {code}: {message}")
