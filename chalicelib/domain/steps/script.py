"""Steps of type ``script``: one bounded expression gives the result. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Script, Step
from chalicelib.domain.execution import flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.steps.instant import InstantStep


class ScriptStep(InstantStep):
    """Evaluates its expression."""

    name = "script"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Complete with the value of the expression, or null where it has none."""
        script = cast(Script, step.step_type)
        draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins())
        flow.complete_run(draft, run_id, draft.evaluate(script.expression, context))
