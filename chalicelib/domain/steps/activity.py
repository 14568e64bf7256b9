"""Steps of type ``activity``: an attempt goes out to a worker, or is run by the decider if inline. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Activity, Step
from chalicelib.domain.execution import failure
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun


class ActivityStep:
    """Waits for the outcome of its attempts."""

    name = "activity"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Schedule the first attempt. The worker's own start is recorded with its outcome, which saves a commit."""
        activity = cast(Activity, step.step_type)
        draft.emit(
            "StepScheduled",
            run_id,
            attempt=1,
            activity_type=activity.activity_type,
            priority=activity.priority,
            inline=draft.program.is_inline(step) or None,
            task_list=activity.task_list,
            heartbeat_timeout=activity.heartbeat_timeout,
            timeout_at=failure.timeout_at(draft, step),
            **draft.begins(),
            **recorded,
        )

    def due(self, draft: Draft, run: StepRun) -> None:
        """The wait for a retry is over."""
        failure.schedule_attempt(draft, run)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The attempt took too long."""
        failure.time_out_attempt(draft, run)
