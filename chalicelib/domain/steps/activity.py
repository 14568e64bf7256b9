"""Steps of type ``activity``: an attempt goes out to a worker, or is run by the decider if inline. Layer: domain."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.model import Step
from chalicelib.domain.execution import failure
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun


class ActivityStep:
    """Waits for the outcome of its attempts."""

    name = "activity"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Schedule the first attempt. The worker's own start is recorded with its outcome, which saves a commit."""
        details = draft.program.plan(step.id).attempt | draft.begins() | recorded
        timeout_at = failure.timeout_at(draft, step)
        if timeout_at is not None:
            details["timeout_at"] = timeout_at
        draft.record("StepScheduled", run_id, details)

    def due(self, draft: Draft, run: StepRun) -> None:
        """The wait for a retry is over."""
        failure.schedule_attempt(draft, run)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The attempt took too long."""
        failure.time_out_attempt(draft, run)
