"""How an execution goes from step to step: runs begin, complete, are skipped or fail, and lead to the next.

Layer: domain. Works on a ``Draft``. A step type decides what its run does (``domain.steps``); everything that is the
same for all of them is here and in ``failure``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chalicelib.domain.definitions.model import Step
from chalicelib.domain.execution import ending, failure, reactions, regions, transitions
from chalicelib.domain.execution.draft import Draft, Origin
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.program import Plan
from chalicelib.domain.expressions import CompiledMapping, ExpressionFailure


def proceed(draft: Draft) -> None:
    """Begin every run whose turn has come, until none is left or the commit is full; then end the execution if due.

    A commit takes one step at least; what does not fit into it is recorded as pending and goes on with the next
    ``Advance``.
    """
    if draft.state.ending is not None and draft.state.is_settling:
        draft.ready.clear()
    while draft.ready and not draft.state.is_terminal:
        step_id, draft.origin = draft.ready.popleft()
        if _over_limit(draft):
            return
        run_id = next_run_id(draft, step_id)
        if (draft.begun and draft.is_full) or draft.state.is_paused:
            draft.emit("StepScheduled", run_id, state="pending", **draft.begins())
        else:
            begin_run(draft, run_id)
    ending.complete_if_idle(draft)


def start(draft: Draft) -> None:
    """A pending execution begins: its clock runs, its handlers listen, and its start step's turn has come."""
    deadline = failure.deadline(draft, draft.state.deadline)
    try:
        draft.emit("WorkflowStarted", deadline=deadline, listens=reactions.listens(draft))
    except ExpressionFailure as error:
        draft.emit("WorkflowStarted", deadline=deadline)
        ending.fail(draft, reactions.cannot_listen(error))
        return
    draft.ready.append((draft.program.graph.start.id, Origin(None, None)))


def begin_pending(draft: Draft) -> None:
    """Begin the runs that an earlier commit left pending."""
    for run in [run for run in draft.state.runs.values() if run.state == "pending"]:
        if draft.is_full or draft.state.is_terminal or draft.state.is_paused:
            return
        if run.run_id not in draft.state.runs:  # cancelled by what became of one before it
            continue
        draft.origin = Origin(run.came_from, run.region)
        begin_run(draft, run.run_id, given=run.input if run.mapped else msgspec.UNSET)
        proceed(draft)


def begin_run(draft: Draft, run_id: str, *, confirmed: bool = False, given: Any = msgspec.UNSET) -> None:
    """Begin a run that comes from ``draft.origin``: map its input, check its preconditions, hand over to its type.

    ``given`` takes the place of the mapped input; ``confirmed`` says that a person let it begin.
    """
    draft.begun += 1
    plan = draft.program.plan(run_id.rpartition("#")[0])
    step = plan.step
    if step.requires_confirmation and not confirmed:
        details = {} if given is msgspec.UNSET else {"input": given}
        draft.emit("StepScheduled", run_id, state="waiting_for_confirmation", **draft.begins(), **details)
        return
    try:
        context = draft.context(run_id, only=plan.reads)
        recorded = _input(draft, plan.mapping, given, context)
        context.update(recorded)
        unmet = _unmet(draft, step.preconditions, context)
    except ExpressionFailure as error:
        _start(draft, run_id, step)
        failure.fail_run(draft, run_id, failure.expression_error(error), retryable=False)
        return
    if unmet is not None:
        _refuse(draft, run_id, step, unmet)
        return
    try:
        plan.handler.start(draft, run_id, step, recorded, context)
    except ExpressionFailure as error:
        failure.fail_run(draft, run_id, failure.expression_error(error), retryable=False)


def _input(draft: Draft, mapping: CompiledMapping | None, given: Any, context: dict[str, Any]) -> dict[str, Any]:
    """``{"input": …}`` for a run that does not work on the execution's input."""
    if given is not msgspec.UNSET:
        return {"input": given}
    return {} if mapping is None else {"input": draft.map(mapping, context)}


def complete_run(draft: Draft, run_id: str, output: Any, *, to: str | None = None, **details: Any) -> None:
    """A run has its result: check it, record it, and go on.

    ``to`` names the one next step (a decision's); otherwise the step's transitions are taken. ``details`` of the event
    may be ``writes`` (assignments of the step's own, {target path: value}), ``took_signal`` (the name of a kept
    signal that it used up) and ``mapped=False`` (the output mapping does not apply).
    """
    run = draft.state.runs[run_id]
    plan = draft.program.plan(run_id.rpartition("#")[0])
    step = plan.step
    draft.origin = Origin(run_id, run.region)
    closes = regions.is_exit(draft, run)
    mark = draft.mark() if plan.evaluates and not closes else None
    try:
        unmet = _unmet_after(draft, run_id, step, output) if step.postconditions else None
        if unmet is not None:
            message = f"the postcondition {unmet!r} of step {step.id!r} does not hold"
            failure.fail_run(draft, run_id, ErrorInfo(code="PostconditionFailed", message=message))
            return
        if to is not None:
            details["to"] = to
        if closes:
            details["closes"] = True
        _record_completion(draft, run_id, plan, output, **details)
        if goes_on(draft, run_id):
            follow(draft, draft.origin, plan, to=to, result=output, closes=closes)
    except ExpressionFailure as error:
        if mark is not None:
            draft.rollback(mark)
        failure.fail_run(draft, run_id, failure.expression_error(error), retryable=False)


def _unmet_after(draft: Draft, run_id: str, step: Step, output: Any) -> str | None:
    """The first postcondition that does not hold. Raises ``ExpressionFailure``."""
    return _unmet(draft, step.postconditions, draft.context(run_id, input=draft.input_of(run_id), result=output))


def _unmet(draft: Draft, conditions: Sequence[str], context: dict[str, Any]) -> str | None:
    """The first condition that does not hold. Raises ``ExpressionFailure``."""
    return next((text for text in conditions if not draft.holds(text, context)), None) if conditions else None


def goes_on(draft: Draft, run_id: str) -> bool:
    """Whether what follows the end of a run happens now: not in a pause, and never after a compensation."""
    state = draft.state
    return state.status != "paused" and (state.ending is None or not state.stands_alone(run_id))


def follow(draft: Draft, ended: Origin, plan: Plan, *, to: str | None, result: Any, closes: bool) -> None:
    """Go where a run that ended leads: out of its region, to the step it chose, or along its step's transitions."""
    draft.origin = ended
    if closes and ended.region is not None:
        regions.after_end(draft, ended.region)
    elif to is not None:
        draft.ready.append((to, ended))
    else:
        transitions.leave(draft, plan, result=result)


def follow_up(draft: Draft, ended: Origin, *, to: str | None, result: Any, closes: bool) -> None:
    """Follow a run that ended earlier; a transition that cannot be evaluated fails the execution now."""
    step_id = str(ended.run_id).rpartition("#")[0]
    try:
        follow(draft, ended, draft.program.plan(step_id), to=to, result=result, closes=closes)
    except ExpressionFailure as error:
        ending.fail(draft, failure.expression_error(error), failed_step_id=step_id)


def skip_run(draft: Draft, run_id: str, reason: str, **details: Any) -> None:
    """End a run as skipped, and go on after it."""
    step = draft.program.graph.step(run_id.rpartition("#")[0])
    run = draft.state.runs.get(run_id)
    if run is None:  # skipped before it began
        _start(draft, run_id, step)
        run = draft.state.runs[run_id]
    regions.cancel_regions_of(draft, run_id, "the step that opened them was skipped")
    ended, closes = Origin(run_id, run.region), regions.is_exit(draft, run)
    kept = draft.program.keeps(step.id) or None
    draft.emit("StepSkipped", run_id, reason=reason, kept=kept, closes=closes or None, **details)
    if goes_on(draft, run_id):
        follow_up(draft, ended, to=None, result={"skipped": True, "reason": reason}, closes=closes)


def _record_completion(
    draft: Draft, run_id: str, plan: Plan, output: Any, *, mapped: bool = True, **details: Any
) -> None:
    recorded: dict[str, Any] = {"duration_ms": draft.duration_ms(run_id)}
    if output is not None:
        recorded["output"] = output
    if mapped and plan.output_mapping is not None:
        recorded["output_mapping"] = plan.output_mapping
    if plan.kept:
        recorded["kept"] = True
    if plan.is_end:
        recorded["reached_end"] = True
    if plan.compensable is not None:
        recorded.update(draft.compensable(run_id, plan.compensable, ended=True))
    if details:
        recorded.update({name: value for name, value in details.items() if value is not None})
    draft.record("StepCompleted", run_id, recorded)


def _refuse(draft: Draft, run_id: str, step: Step, unmet: str) -> None:
    reason = f"the precondition {unmet!r} does not hold"
    if step.skippable:
        skip_run(draft, run_id, reason)
        return
    _start(draft, run_id, step)
    message = f"{reason} for step {step.id!r}"
    failure.fail_run(draft, run_id, ErrorInfo(code="PreconditionFailed", message=message), retryable=False)


def _start(draft: Draft, run_id: str, step: Step) -> None:
    name = draft.program.handler_of(step).name
    draft.emit("StepStarted", run_id, step_type=name, step_name=step.name, **draft.begins())


def next_run_id(draft: Draft, step_id: str) -> str:
    """The id of the next run of a step."""
    return f"{step_id}#{draft.state.counts.get(step_id, 0) + 1}"


def _over_limit(draft: Draft) -> bool:
    rules, state = draft.program.rules, draft.state
    if state.step_runs >= rules.max_step_runs:
        message = f"the execution has begun {state.step_runs} step runs, the most it may (max_step_runs)"
    elif len(state.runs) + len(draft.ready) >= rules.max_active_paths:
        message = f"the execution has {rules.max_active_paths} active paths, the most it may (max_active_paths)"
    else:
        return False
    ending.fail(draft, ErrorInfo(code="LimitExceeded", message=message))
    return True
