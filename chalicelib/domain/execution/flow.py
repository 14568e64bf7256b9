"""How an execution goes from step to step: runs begin, complete, are skipped or fail, and lead to the next.

Layer: domain. Works on a ``Draft``. A step type decides what its run does (``domain.steps``); everything that is the
same for all of them is here and in ``failure``.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.model import End, Step
from chalicelib.domain.execution import ending, failure, transitions
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.expressions import ExpressionFailure


def proceed(draft: Draft) -> None:
    """Begin every run whose turn has come, until none is left or the commit is full; then end the execution if due.

    What does not fit into this commit is recorded as pending and goes on with the next ``Advance``.
    """
    while draft.ready and not draft.state.is_terminal:
        step_id = draft.ready.popleft()
        if _over_limit(draft):
            return
        if draft.is_full:
            draft.emit("StepScheduled", _next_run_id(draft, step_id), pending=True)
        else:
            begin_run(draft, _next_run_id(draft, step_id))
    ending.complete_if_idle(draft)


def begin_pending(draft: Draft) -> None:
    """Begin the runs that an earlier commit left pending."""
    for run in [run for run in draft.state.runs.values() if run.state == "pending"]:
        if draft.is_full or draft.state.is_terminal:
            return
        begin_run(draft, run.run_id)
        proceed(draft)


def begin_run(draft: Draft, run_id: str) -> None:
    """Begin a step run: map its input, check its preconditions, hand over to its step type."""
    draft.begun += 1
    step = draft.program.graph.step(run_id.rpartition("#")[0])
    handler = draft.program.handler_of(step)
    mapping = getattr(step.step_type, "input_mapping", None)
    try:
        context = draft.context(run_id)
        mapped = None if mapping is None else draft.map(draft.program.mapping(mapping), context)
        if mapping is not None:
            context["input"] = mapped
        unmet = next((text for text in step.preconditions if not draft.holds(text, context)), None)
    except ExpressionFailure as error:
        _start(draft, run_id, step)
        failure.fail_run(draft, run_id, failure.expression_error(error), retryable=False)
        return
    if unmet is not None:
        _refuse(draft, run_id, step, unmet)
        return
    try:
        handler.start(draft, run_id, step, {"input": mapped} if mapping is not None else {}, context)
    except ExpressionFailure as error:
        failure.fail_run(draft, run_id, failure.expression_error(error), retryable=False)


def complete_run(
    draft: Draft, run_id: str, output: Any, *, to: str | None = None, writes: dict[str, Any] | None = None
) -> None:
    """A run has its result: check it, record it, and go on.

    ``to`` names the one next step (a decision's); otherwise the step's transitions are taken. ``writes`` are
    assignments of the step's own ({target path: value}).
    """
    step = draft.program.graph.step(run_id.rpartition("#")[0])
    mark = draft.mark() if _evaluates(draft, step) else None
    try:
        context = draft.context(run_id, input=draft.input_of(run_id), result=output)
        unmet = next((text for text in step.postconditions if not draft.holds(text, context)), None)
        if unmet is not None:
            message = f"the postcondition {unmet!r} of step {step.id!r} does not hold"
            failure.fail_run(draft, run_id, ErrorInfo(code="PostconditionFailed", message=message))
            return
        _record_completion(draft, run_id, step, output, writes)
        if to is not None:
            draft.ready.append(to)
        else:
            transitions.leave(draft, step, result=output)
    except ExpressionFailure as error:
        if mark is not None:
            draft.rollback(mark)
        failure.fail_run(draft, run_id, failure.expression_error(error), retryable=False)


def _evaluates(draft: Draft, step: Step) -> bool:
    """Whether recording the completion may be followed by an expression that fails."""
    return any(
        transition.condition or transition.before_transition or transition.after_transition
        for transition in transitions.normal(draft, step.id)
    )


def _record_completion(draft: Draft, run_id: str, step: Step, output: Any, writes: dict[str, Any] | None) -> None:
    is_end = isinstance(step.step_type, End)
    details: dict[str, Any] = {
        "output": output,
        "duration_ms": draft.duration_ms(run_id),
        "output_mapping": getattr(step.step_type, "output_mapping", None) if not is_end else None,
        "writes": writes,
        "kept": draft.program.keeps(step.id) or None,
        "reached_end": is_end or None,
    }
    draft.emit("StepCompleted", run_id, **details)


def _refuse(draft: Draft, run_id: str, step: Step, unmet: str) -> None:
    reason = f"the precondition {unmet!r} does not hold"
    if step.skippable:
        draft.emit("StepSkipped", run_id, reason=reason, kept=draft.program.keeps(step.id) or None)
        try:
            transitions.leave(draft, step, result={"skipped": True, "reason": reason})
        except ExpressionFailure as error:
            ending.fail(draft, failure.expression_error(error), failed_step_id=step.id)
        return
    _start(draft, run_id, step)
    message = f"{reason} for step {step.id!r}"
    failure.fail_run(draft, run_id, ErrorInfo(code="PreconditionFailed", message=message), retryable=False)


def _start(draft: Draft, run_id: str, step: Step) -> None:
    draft.emit("StepStarted", run_id, step_type=draft.program.handler_of(step).name, step_name=step.name)


def _next_run_id(draft: Draft, step_id: str) -> str:
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
