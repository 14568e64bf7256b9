"""Steps of type ``wait``: wait for a signal or an event, early ones included. Layer: domain.

A signal that came early was kept in the state. An event that came early is found by listening, see ``listening``.
"""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Step, Wait
from chalicelib.domain.execution import failure, flow, reactions
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun
from chalicelib.domain.expressions import ExpressionFailure


class WaitStep:
    """Completes with the payload of the signal, or the data of the event, that it waited for."""

    name = "wait"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Take a signal that was kept for this name, the oldest first, else wait."""
        wait = cast(Wait, step.step_type)
        begins = {"step_type": self.name, "step_name": step.name, **draft.begins()}
        try:
            correlation = reactions.correlation(draft, wait.correlation, context)
        except ExpressionFailure:
            draft.emit("StepStarted", run_id, **begins)
            raise
        draft.emit(
            "StepStarted",
            run_id,
            **begins,
            event_name=wait.event_name,
            correlation=correlation,
            timeout_at=failure.timeout_at(draft, step),
        )
        kept = draft.state.signals.get(wait.event_name)
        if kept:
            flow.complete_run(draft, run_id, kept[0], took_signal=wait.event_name)

    def due(self, draft: Draft, run: StepRun) -> None:
        """Nothing of a wait falls due but its timeout."""

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """Go to the timeout step if there is one, else fail."""
        step = draft.program.graph.step(run.step_id)
        to = cast(Wait, step.step_type).timeout_step_id
        if to is None:
            failure.time_out_attempt(draft, run)
            return
        draft.emit("StepTimedOut", run.run_id, attempt=run.attempt, timeout_seconds=draft.program.timeout_seconds(step))
        output = {"timeout": True, "timeout_handled": True, "timeout_step": to}
        flow.complete_run(draft, run.run_id, output, to=to, mapped=False)
