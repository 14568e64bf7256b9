"""Steps of type ``map``: one region an item, a window of them open at a time. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import MapItems, Step
from chalicelib.domain.execution import failure, flow, regions
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun
from chalicelib.domain.steps.parallel import branch_error


class MapStep:
    """Completes with the list of its items' outputs, in order; null stands for a failure that was tolerated."""

    name = "map"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Evaluate the items, and let the first of them begin."""
        step_type = cast(MapItems, step.step_type)
        draft.emit(
            "StepStarted",
            run_id,
            step_type=self.name,
            step_name=step.name,
            timeout_at=failure.timeout_at(draft, step),
            items=_items(draft.evaluate(step_type.items, context)),
            **draft.begins(),
        )
        owner = draft.state.runs[run_id]
        if not owner.items:
            flow.complete_run(draft, run_id, [])
            return
        for number in range(min(len(owner.items), self._window(draft, step_type))):
            regions.open_region(draft, owner, str(number), step_type.entry_step_id)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Fail, complete, or let the next item begin."""
        step_type = cast(MapItems, draft.program.graph.step(owner.step_id).step_type)
        total = len(owner.items or [])
        if len(owner.failures_of) * 100 > (step_type.tolerated_failure_percentage or 0) * total:
            key, error = next(iter(owner.failures_of.items()))
            failure.fail_run(draft, owner.run_id, branch_error(f"item {key}", error))
            return
        if len(owner.results) + len(owner.failures_of) == total:
            flow.complete_run(draft, owner.run_id, [owner.results.get(str(n)) for n in range(total)])
            return
        following = owner.begun_regions + sum(1 for each in draft.ready if each[1].run_id == owner.run_id)
        if following < total:
            regions.open_region(draft, owner, str(following), step_type.entry_step_id)

    def due(self, draft: Draft, run: StepRun) -> None:
        """Nothing of it falls due but its timeout."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The items took too long together."""
        failure.time_out_attempt(draft, run)

    def _window(self, draft: Draft, step_type: MapItems) -> int:
        most = draft.program.rules.max_open_items
        return most if step_type.max_concurrency is None else min(step_type.max_concurrency, most)


def _items(value: Any) -> list[Any]:
    """Nothing is an empty list, a single value a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
