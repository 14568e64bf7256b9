"""Steps of type ``sub_workflow``: another execution does the work. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Step, SubWorkflow
from chalicelib.domain.execution import failure
from chalicelib.domain.execution.children import child_id
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.state import StepRun


class SubWorkflowStep:
    """Waits for the end of its child execution, or only for its start. Every attempt has a child of its own."""

    name = "sub_workflow"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Begin the first attempt, unless too many executions are around this one already."""
        most = draft.program.rules.max_depth
        if draft.state.depth < most:
            self._begin(draft, run_id, step, 1, **draft.begins(), **recorded)
            return
        draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins(), **recorded)
        message = f"{draft.state.depth} executions are around this one, the most there may be (max_sub_workflow_depth)"
        failure.fail_run(draft, run_id, ErrorInfo(code="LimitExceeded", message=message), retryable=False)

    def due(self, draft: Draft, run: StepRun) -> None:
        """The wait for a retry is over."""
        self._begin(draft, run.run_id, draft.program.graph.step(run.step_id), run.attempt + 1)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The child took too long."""
        failure.time_out_attempt(draft, run)

    def _begin(self, draft: Draft, run_id: str, step: Step, attempt: int, **details: Any) -> None:
        sub_workflow = cast(SubWorkflow, step.step_type)
        child: dict[str, Any] = {"workflow_id": sub_workflow.workflow_id}
        if sub_workflow.workflow_version is not None:
            child["version"] = sub_workflow.workflow_version
        if not sub_workflow.wait:
            child["waits"] = False
        draft.emit(
            "StepScheduled",
            run_id,
            attempt=attempt,
            child_id=child_id(draft.state.execution_id, run_id, attempt),
            child=child,
            timeout_at=failure.timeout_at(draft, step),
            **details,
        )
        draft.emit("StepStarted", run_id, attempt=attempt, step_type=self.name, step_name=step.name)
