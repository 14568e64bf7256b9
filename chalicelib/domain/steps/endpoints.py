"""Steps of type ``start`` and ``end``: where a path begins and where it ends. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import End, Step
from chalicelib.domain.execution import ending, flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.steps.instant import InstantStep


class StartStep(InstantStep):
    """Passes on at once."""

    name = "start"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Complete without a result."""
        draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins())
        flow.complete_run(draft, run_id, None)


class EndStep(InstantStep):
    """Ends its path; with ``result: failed`` the whole execution fails at once."""

    name = "end"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Evaluate the output mapping, which replaces the output, and end the path."""
        end = cast(End, step.step_type)
        draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins())
        mapping = end.output_mapping
        writes = None
        if mapping is not None:
            writes = {"$.output": draft.map(draft.program.mapping(mapping), context)}
        flow.complete_run(draft, run_id, None, writes=writes)
        if end.result == "failed" and not draft.state.is_terminal:
            message = f"the workflow reached {step.id!r}, an end whose result is 'failed'"
            ending.fail(draft, ErrorInfo(code="FailedEnd", message=message), failed_step_id=step.id)
