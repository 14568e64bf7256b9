"""A decision in the making: what is recorded so far, what is to begin next, and what expressions see of it.

Layer: domain.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.execution.assign import assign
from chalicelib.domain.execution.program import Program
from chalicelib.domain.execution.recorder import Recorder, timestamp
from chalicelib.domain.execution.state import Compensable, Ending, LatestRun, Region, State, StepRun
from chalicelib.domain.expressions import NOTHING, CompiledMapping, compile_expression


class Origin(NamedTuple):
    """Where a run comes from: the run whose end led to it, and the region it is in."""

    run_id: str | None
    region: str | None


NOWHERE = Origin(None, None)


class Mark(NamedTuple):
    """A state, how many events led to it, and what was to begin."""

    state: State
    events: int
    ready: tuple[tuple[str, Origin], ...]


class Draft(Recorder):
    """Works on one execution at one instant. ``ready`` are steps whose turn has come, and the run that led there.

    ``origin`` is the run whose consequences are being worked out.
    """

    def __init__(self, program: Program, state: State, now: datetime) -> None:
        super().__init__(state, now)
        self.program = program
        self.ready: deque[tuple[str, Origin]] = deque()
        self.begun = 0
        self.origin = NOWHERE

    @property
    def is_full(self) -> bool:
        """Whether this commit has taken as much as one commit should."""
        rules = self.program.rules
        return self.begun >= rules.steps_per_commit or self.bytes >= rules.bytes_per_commit

    def mark(self) -> Mark:
        """A point to come back to."""
        return Mark(self.state.copy(), len(self.events), tuple(self.ready))

    def rollback(self, mark: Mark) -> None:
        """Forget what was recorded, and what was to begin, since ``mark``."""
        self.state = mark.state.copy()
        self.take_back(mark.events)
        self.ready = deque(mark.ready)

    def emit(self, type_: str, run_id: str | None = None, **details: Any) -> None:
        """Record an event. The end of a run tells what its compensation will need of it."""
        if run_id is not None and type_ == "StepCanceled":
            reads = self.program.plan(run_id.rpartition("#")[0]).compensable
            details.update(self.compensable(run_id, reads, ended=False))
        super().emit(type_, run_id, **details)

    def compensable(self, run_id: str, reads: list[str] | None, *, ended: bool) -> dict[str, Any]:
        """What is kept, of what its compensation ``reads``, of a run that ended well or is cancelled in its attempt.

        An attempt scheduled by this very decision is in nobody's hands yet. Nothing compensates a compensation.
        """
        run, state = self.state.runs.get(run_id), self.state
        if reads is None or run is None or (state.ending is not None and state.ending.current is not None):
            return {}
        in_flight = run.activity_type is not None and state.is_open(run_id, run.attempt) and run.cause != self.number
        if not (ended or in_flight):
            return {}
        if ended or run.timeout_at is not None:
            return {"compensable": reads}
        until = self.now + timedelta(seconds=self.program.rules.compensation_timeout)
        return {"compensable": reads, "awaited_until": timestamp(until)}

    # --- evaluation -------------------------------------------------------------------------------------------------

    def begins(self) -> dict[str, Any]:
        """Details of the first event of a run: where it comes from, and the region it is in, if any."""
        found: dict[str, Any] = {}
        if self.origin.run_id is not None:
            found["came_from"] = self.origin.run_id
        if self.origin.region is not None:
            found["region"] = self.origin.region
        return found

    def context(self, run_id: str | None = None, *, only: frozenset[str] | None = None, **extra: Any) -> dict[str, Any]:
        """What an expression sees in the region of ``origin``; ``extra`` adds or replaces roots (result, error …).

        ``only`` names the roots that are going to be read: others that take work to make may be missing.
        """
        state, origin = self.state, self.origin
        item = None if origin.region is None else state.item_around(origin.region)
        scope: dict[str, Any] = {
            "input": state.input,
            "context": state.variables,
            "output": state.output,
        }
        if only is None or "steps" in only:
            scope["steps"] = StepsView(state, item)
        if only is None or "execution" in only:
            scope["execution"] = self._execution(run_id)
        if state.ending is not None and state.ending.current is not None:
            scope.update(self._compensated(state.ending, state.ending.current))
        if item is not None:
            inner = item[1]
            scope.update(context=inner.variables, output=inner.output, item=inner.item, index=inner.index)
        if origin.run_id is not None and (only is None or "error" in only):
            scope.update(self._failure(origin.run_id))
        scope.update(extra)
        return scope

    def _execution(self, run_id: str | None) -> dict[str, Any]:
        """``$.execution``, for a run."""
        state = self.state
        return {
            "id": state.execution_id,
            "workflow_id": state.workflow_id,
            "workflow_version": state.workflow_version,
            "started_at": None if state.started_at is None else timestamp(state.started_at),
            "attempt": 1 if run_id is None or run_id not in state.runs else state.runs[run_id].attempt,
            "trace_id": state.trace_id,
            "metadata": state.metadata,
            "priority": state.priority,
            "tags": state.tags,
        }

    def _compensated(self, ending: Ending, run: Compensable) -> dict[str, Any]:
        """What a compensation sees: the scope of the run it compensates, as it was, and why the execution ends."""
        state = self.state
        scope: dict[str, Any] = {"compensated": {"input": run.input if run.mapped else state.input}}
        scope["compensated"]["output"] = run.output
        variables, output = state.variables, state.output
        if run.index is not None:
            variables, output = run.variables, run.item_output
            scope |= {"item": run.item, "index": run.index, "steps": StepsView(state, None, run.latest)}
        variables, output = assign(variables, output, run.writes)
        if "error" in ending.details:
            scope["error"] = ending.details["error"]
        return {**scope, "context": variables, "output": output}

    def _failure(self, came_from: str) -> dict[str, Any]:
        """``$.error``, for what begins because the run it comes from has failed."""
        region, step_id = self.origin.region, came_from.rpartition("#")[0]
        item = None if region is None else self.state.item_around(region)
        latest = (None if item is None else item[1].latest.get(step_id)) or self.state.latest.get(step_id)
        if latest is None or latest.run_id != came_from or latest.error is None:
            return {}
        return {"error": latest.error.to_dict()}

    def evaluate(self, text: str, context: Mapping[str, Any]) -> Any:
        """The value of an expression, or None where it has none. Raises ``ExpressionFailure``."""
        value = compile_expression(text).evaluate(context, now=self.now)
        return None if value is NOTHING else value

    def holds(self, text: str, context: Mapping[str, Any]) -> bool:
        """Whether a condition is exactly true. Raises ``ExpressionFailure``."""
        return compile_expression(text).holds(context, self.now)

    def map(self, mapping: CompiledMapping, context: Mapping[str, Any]) -> Any:
        """The value of a mapping, or None where it has none. Raises ``ExpressionFailure``."""
        value = mapping.evaluate(context, now=self.now)
        return None if value is NOTHING else value

    def input_of(self, run_id: str) -> Any:
        """What an open run works on: its mapped input, else the execution's."""
        run = self.state.runs[run_id]
        return run.input if run.mapped else self.state.input


class StepsView(Mapping[str, Any]):
    """``$.steps``: the latest run of each step, as ``{output, input, state, error}``, made when asked for."""

    def __init__(self, state: State, item: tuple[str, Region] | None, near: Mapping[str, LatestRun] = {}) -> None:
        """``near`` are the latest runs of an item that is no more."""
        self._state = state
        self._near: dict[str, LatestRun] = dict(near)
        self._around: set[str | None] = {None}
        while item is not None:
            self._near = {**item[1].latest, **self._near}
            self._around.add(item[0])
            item = state.item_around(item[1].parent)

    def __getitem__(self, step_id: str) -> Any:
        latest = self._near.get(step_id) or self._state.latest.get(step_id)
        open_run = next((run for run in self._state.runs.values() if self._is_near(run, step_id)), None)
        if open_run is not None:
            own = open_run.input if open_run.mapped else self._state.input
            return {"state": open_run.state, "input": own}
        if latest is None:
            raise KeyError(step_id)
        return self._shown(latest)

    def _is_near(self, run: StepRun, step_id: str) -> bool:
        """Whether this is a run of the step, and not one of another item."""
        if run.step_id != step_id:
            return False
        item = self._state.item_around(run.region)
        return (None if item is None else item[0]) in self._around

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._state.latest, *(run.step_id for run in self._state.runs.values())]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _shown(self, latest: LatestRun) -> dict[str, Any]:
        own = latest.input if latest.mapped else self._state.input
        shown: dict[str, Any] = {"state": latest.state, "output": latest.output, "input": own}
        if latest.error is not None:
            shown["error"] = latest.error.to_dict()
        return shown
