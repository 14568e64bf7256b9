"""Steps of type ``parallel``: branches side by side, joined by a strategy. Layer: domain."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.domain.definitions.model import Parallel, Step, StrategyN
from chalicelib.domain.execution import failure, flow, regions
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.state import StepRun


class ParallelStep:
    """Joins when enough branches have completed; fails as soon as that cannot happen any more."""

    name = "parallel"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Let every branch begin."""
        timeout_at = failure.timeout_at(draft, step)
        draft.emit(
            "StepStarted", run_id, step_type=self.name, step_name=step.name, timeout_at=timeout_at, **draft.begins()
        )
        owner = draft.state.runs[run_id]
        for number, branch in enumerate(cast(Parallel, step.step_type).branches):
            regions.open_region(draft, owner, str(number), branch.entry_step_id)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Join, fail, or wait for more."""
        parallel = cast(Parallel, draft.program.graph.step(owner.step_id).step_type)
        wanted, total = _wanted(parallel), len(parallel.branches)
        if len(owner.results) >= wanted:
            self._join(draft, owner, parallel)
        elif total - len(owner.failures_of) < wanted:
            key, error = next(iter(owner.failures_of.items()))
            failure.fail_run(draft, owner.run_id, branch_error(f"branch {parallel.branches[int(key)].name!r}", error))

    def due(self, draft: Draft, run: StepRun) -> None:
        """Nothing of it falls due but its timeout."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The branches took too long together."""
        failure.time_out_attempt(draft, run)

    def _join(self, draft: Draft, owner: StepRun, parallel: Parallel) -> None:
        keys = sorted(owner.results, key=int)
        output = {parallel.branches[int(key)].name: owner.results[key] for key in keys}
        if parallel.cancel_remaining:
            regions.cancel_regions_of(draft, owner.run_id, "enough branches have completed")
        flow.complete_run(draft, owner.run_id, output, detached=not parallel.cancel_remaining or None)


def _wanted(parallel: Parallel) -> int:
    strategy = parallel.completion_strategy
    if isinstance(strategy, StrategyN):
        return strategy.n
    return len(parallel.branches) if strategy == "all" else 1


def branch_error(where: str, error: ErrorInfo) -> ErrorInfo:
    """The error of a step whose branch or item failed: its code is the inner one's, so it can be answered by code."""
    details = {"cause": error.to_dict()}
    return ErrorInfo(code=error.code, message=f"{where} failed: {error.message}", details=details)
