"""Steps of type ``wait``: wait for a signal or an event, early ones included. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Step, Wait
from chalicelib.domain.execution import failure, flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun


class WaitStep:
    """Completes with the payload of the signal that it waited for."""

    name = "wait"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Take a signal that was kept for this name, the oldest first, else wait."""
        wait = cast(Wait, step.step_type)
        correlation = None if wait.correlation is None else draft.evaluate(wait.correlation, context)
        draft.emit(
            "StepStarted",
            run_id,
            step_type=self.name,
            step_name=step.name,
            **draft.begins(),
            event_name=wait.event_name,
            correlation=correlation,
            timeout_at=failure.timeout_at(draft, step),
        )
        kept = draft.state.signals.get(wait.event_name)
        if kept:
            self.receive(draft, run_id, kept[0], kept=True)

    def receive(self, draft: Draft, run_id: str, payload: Any, *, kept: bool = False) -> None:
        """The signal is there. ``kept`` says that it was waiting for somebody to ask."""
        name = draft.state.runs[run_id].event_name
        flow.complete_run(draft, run_id, payload, took_signal=name if kept else None)

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
