"""Steps of type ``data_mapping``: values are written to the variables or the output. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import DataMapping, Step
from chalicelib.domain.execution import flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.steps.instant import InstantStep


class DataMappingStep(InstantStep):
    """Evaluates every value on the same state, then writes them in the order of the document."""

    name = "data_mapping"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Map and write; the result is ``{target path: value}``."""
        data_mapping = cast(DataMapping, step.step_type)
        draft.emit("StepStarted", run_id, step_type=self.name, step_name=step.name, **draft.begins())
        writes = draft.map(draft.program.mapping(data_mapping.mapping), context)
        flow.complete_run(draft, run_id, None, writes=writes)
