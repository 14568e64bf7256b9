"""Steps of type ``event``: publish an event, or signal another execution. Layer: domain.

Published by the engine's own activity ``weft.publish``, inside the decider. The event's id is the run's, so an attempt
that is made twice publishes once.
"""

from __future__ import annotations

from typing import Any, Final, cast

from chalicelib.domain.definitions.model import PublishEvent, Step
from chalicelib.domain.execution import errands, failure, reactions
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun
from chalicelib.domain.expressions import ExpressionFailure

ACTIVITY: Final = "weft.publish"


class EventStep:
    """Completes once the event is published; its output says what was."""

    name = "event"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Schedule the attempt, whose input is what is published."""
        try:
            published = _published(draft, run_id, cast(PublishEvent, step.step_type), context)
        except ExpressionFailure:
            draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins())
            raise
        draft.emit(
            "StepScheduled",
            run_id,
            attempt=1,
            step_type=self.name,
            activity_type=ACTIVITY,
            inline=True,
            timeout_at=failure.timeout_at(draft, step),
            input=published,
            **draft.begins(),
        )

    def due(self, draft: Draft, run: StepRun) -> None:
        """The wait for a retry is over."""
        failure.schedule_attempt(draft, run)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The attempt took too long."""
        failure.time_out_attempt(draft, run)


def _published(draft: Draft, run_id: str, event: PublishEvent, context: dict[str, Any]) -> dict[str, Any]:
    """``{event_id, event_type, payload, correlation?, target?, lineage}``."""
    published = {
        "event_id": f"{draft.state.execution_id}:{run_id}",
        "event_type": event.event_type,
        "payload": None if event.payload is None else draft.map(draft.program.mapping(event.payload), context),
        "correlation": reactions.correlation(draft, event.correlation, context),
        "target": None if event.target is None else errands.target(draft, event.target, context),
        "lineage": draft.state.lineage + 1,
    }
    optional = ("correlation", "target")
    return {name: value for name, value in published.items() if value is not None or name not in optional}
