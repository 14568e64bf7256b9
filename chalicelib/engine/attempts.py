"""Running one attempt of an activity, and what its outcome is called as a command.

Layer: engine. Used by the workers and, for inline activities, by the decider.
"""

from __future__ import annotations

from chalicelib.domain.execution.commands import CompleteTask, FailTask, TaskStarted
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.activities import ActivityRunner, Beat, StillOpen, Succeeded
from chalicelib.ports.system import Clock

Outcome = CompleteTask | FailTask


class Attempts:
    """Runs tasks; ``node`` names this worker in histories."""

    def __init__(self, runner: ActivityRunner, clock: Clock, node: str) -> None:
        self._runner = runner
        self._clock = clock
        self._node = node

    def begin(self, task: Task) -> TaskStarted:
        """What says that ``task`` begins now."""
        return TaskStarted(run_id=task.run_id, attempt=task.attempt, started_at=self._clock.now(), node=self._node)

    def run(self, task: Task, still_open: StillOpen, *, inline: bool = False, beat: Beat | None = None) -> Outcome:
        """Run ``task`` to its end; ``inline`` if the decider itself waits for it, ``beat`` takes its heartbeats."""
        started_at = self._clock.now()
        outcome = self._runner.run(task, still_open=still_open, inline=inline, beat=beat)
        if isinstance(outcome, Succeeded):
            return CompleteTask(
                run_id=task.run_id,
                attempt=task.attempt,
                output=outcome.output,
                started_at=started_at,
                node=self._node,
            )
        return FailTask(
            run_id=task.run_id, attempt=task.attempt, error=outcome.error, started_at=started_at, node=self._node
        )

    def lost(self, task: Task) -> FailTask:
        """The outcome of an attempt whose worker died: it is repeated, and its retry policy not charged."""
        error = ErrorInfo(code="WorkerLost", message="the worker stopped before the attempt gave an outcome")
        return FailTask(
            run_id=task.run_id,
            attempt=task.attempt,
            error=error,
            started_at=self._clock.now(),
            node=self._node,
            lost=True,
        )
