"""Steps of type ``decision``: the first condition that is true chooses the next step. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Decision, DecisionCondition, Step
from chalicelib.domain.execution import failure, flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.steps.instant import InstantStep


class DecisionStep(InstantStep):
    """Chooses one way, and records which and why."""

    name = "decision"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Evaluate the conditions in order."""
        decision = cast(Decision, step.step_type)
        draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins(), **recorded)
        chosen = self._choose(draft, decision, context)
        if chosen is None:
            message = f"no condition of decision {step.id!r} is true, and it has no default"
            failure.fail_run(draft, run_id, ErrorInfo(code="NoConditionMatched", message=message), retryable=False)
            return
        to, condition = chosen
        draft.emit("DecisionMade", run_id, chosen_branch=to, condition=condition, **recorded)
        flow.complete_run(draft, run_id, {"chosen_transition": to, "condition": condition}, to=to)

    def _choose(self, draft: Draft, decision: Decision, context: dict[str, Any]) -> tuple[str, str | None] | None:
        def is_true(option: DecisionCondition) -> bool:
            return draft.holds(option.condition, context)

        option = next(filter(is_true, decision.conditions), None)
        if option is not None:
            return option.transition_to, option.condition
        return None if decision.default is None else (decision.default, None)
