"""What a failing step leads to: another attempt, an error transition, an error policy, or the end of the execution.

Layer: domain. Works on a ``Draft``. The order is fixed by the definition language: retry policy, matching error
transitions (those that name the code before those that match any), the step's error policy, the definition's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.definitions.model import Activity, ErrorPolicy, Human, Step, SubWorkflow, Transition, Wait
from chalicelib.domain.execution import ending, regions, transitions
from chalicelib.domain.execution.draft import Draft, Origin
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import StepRun
from chalicelib.domain.expressions import ExpressionFailure
from chalicelib.domain.retry import max_retries, next_retry, same_code


def fail_run(
    draft: Draft, run_id: str, error: ErrorInfo, *, retryable: bool = True, lost: bool = False, output: Any = None
) -> None:
    """An attempt failed. ``lost`` attempts (their worker died) are repeated without counting against the policy.

    Only activities and children have attempts: what the decider evaluates by itself gives the same again. ``output``
    is what the run has to show all the same.
    """
    run = draft.state.runs[run_id]
    step = draft.program.graph.step(run.step_id)
    retryable = retryable and (run.activity_type is not None or run.child is not None)
    try:
        wait_seconds = _wait(draft, run, step, error, lost=lost) if retryable else None
    except ExpressionFailure as raised:
        error, wait_seconds = expression_error(raised), None
    if wait_seconds is not None:
        _retry(draft, run, step, error, wait_seconds, lost=lost)
        return
    _fail_for_good(draft, run, step, error, output)


def fire_due(draft: Draft) -> None:
    """Act on every deadline that has passed: the execution's, those of attempts, and those of retry waits."""
    state = draft.state
    if state.deadline is not None and state.deadline <= draft.now and not state.is_ending:
        ending.time_out(draft)
        return
    for run_id, run in list(state.runs.items()):
        if run_id not in draft.state.runs or draft.state.is_terminal:
            continue
        handler = draft.program.handler_of(draft.program.graph.step(run.step_id))
        if run.due_at is not None and run.due_at <= draft.now:
            handler.due(draft, run)
        elif run.timeout_at is not None and run.timeout_at <= draft.now:
            handler.timed_out(draft, run)
        elif run.heartbeat_by is not None and run.heartbeat_by <= draft.now:
            lose_attempt(draft, run)


def schedule_attempt(draft: Draft, run: StepRun) -> None:
    """Put the next attempt of a run on its way."""
    step = draft.program.graph.step(run.step_id)
    draft.emit("StepScheduled", run.run_id, attempt=run.attempt + 1, timeout_at=timeout_at(draft, step))


def timeout_at(draft: Draft, step: Step) -> str | None:
    """When an attempt scheduled now times out."""
    seconds = draft.program.plan(step.id).timeout_seconds
    if (
        seconds is None
        and draft.state.ending is not None
        and draft.state.is_ending
        and isinstance(step.step_type, _WAITS)
    ):
        seconds = draft.program.rules.compensation_timeout
    return None if seconds is None else timestamp(after(draft.now, seconds))


_WAITS = (Activity, Wait, Human, SubWorkflow)
"""Step types that wait for somebody: without a timeout, they would make a compensation endless."""


def deadline(draft: Draft, wanted: datetime | None = None) -> str | None:
    """When an execution that begins now times out: at the earliest of what was ``wanted``, its timeout and its age."""
    rules, seconds = draft.program.rules, draft.program.workflow_timeout_seconds
    own = None if seconds is None else after(draft.now, seconds)
    oldest = None if rules.max_age is None else after(draft.state.created_at, rules.max_age)
    earliest = min((at for at in (wanted, own, oldest) if at is not None), default=None)
    return None if earliest is None else timestamp(earliest)


def after(instant: datetime, seconds: float) -> datetime:
    """``seconds`` later, and the last instant there is if that is beyond the calendar."""
    try:
        return instant + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=instant.tzinfo)


def expression_error(error: ExpressionFailure) -> ErrorInfo:
    """A failed evaluation, as a step's error."""
    details: dict[str, Any] = {"expression": error.expression, "cause": error.cause}
    if error.position is not None:
        details["position"] = error.position
    return ErrorInfo(code="ExpressionError", message=error.message, details=details)


def _wait(draft: Draft, run: StepRun, step: Step, error: ErrorInfo, *, lost: bool) -> float | None:
    """Seconds until the next attempt, or None for no further one."""
    if lost and run.losses < draft.program.rules.max_losses:
        return 0.0
    policy = draft.program.retry_policy(step)
    seed = f"{draft.state.execution_id}:{run.run_id}"
    wait_seconds = next_retry(policy, failures=run.failures + 1, error=error, seed=seed).wait_seconds
    if wait_seconds is not None and policy.retry_condition is not None:
        draft.origin = Origin(run.came_from, run.region)
        context = draft.context(run.run_id, input=draft.input_of(run.run_id), error=error.to_dict())
        return wait_seconds if draft.holds(policy.retry_condition, context) else None
    return wait_seconds


def _retry(draft: Draft, run: StepRun, step: Step, error: ErrorInfo, wait_seconds: float, *, lost: bool) -> None:
    draft.emit(
        "StepRetried",
        run.run_id,
        retry_count=run.attempt,
        max_retries=max_retries(draft.program.retry_policy(step)),
        next_retry_at=timestamp(after(draft.now, wait_seconds)),
        error=error.to_dict(),
        lost=lost or None,
    )
    if wait_seconds == 0 and not draft.state.is_paused:
        draft.program.handler_of(step).due(draft, draft.state.runs[run.run_id])


def _fail_for_good(draft: Draft, run: StepRun, step: Step, error: ErrorInfo, output: Any) -> None:
    alone = draft.state.stands_alone(run.run_id)
    continues, answers = not alone and _continues(draft, step, error), _matching(draft, step, error)
    closes = run.region is not None and (regions.is_exit(draft, run) if continues else not answers)
    regions.cancel_regions_of(draft, run.run_id, f"the step that opened them has failed: {error.code}")
    draft.emit(
        "StepFailed",
        run.run_id,
        error=error.to_dict(),
        output=output,
        attempts=run.attempt,
        duration_ms=draft.duration_ms(run.run_id),
        kept=draft.program.keeps(step.id) or None,
        continued=continues or None,
        closes=closes or None,
    )
    if not draft.state.is_paused and not alone:
        answer(draft, Origin(run.run_id, run.region), error, closes=closes)


def answer(draft: Draft, ended: Origin, error: ErrorInfo, *, closes: bool) -> None:
    """Do what the definition says about a step that has failed for good."""
    draft.origin = ended
    if closes and ended.region is not None:
        regions.after_end(draft, ended.region)
        return
    step = draft.program.graph.step(str(ended.run_id).rpartition("#")[0])
    answers, continues = _matching(draft, step, error), _continues(draft, step, error)
    try:
        if continues:
            transitions.leave(draft, draft.program.plan(step.id))
        for transition in answers:
            transitions.take(draft, transition, error=error.to_dict())
    except ExpressionFailure as raised:
        ending.fail(draft, expression_error(raised), failed_step_id=step.id)
        return
    if not answers and not continues:
        ending.fail(draft, error, failed_step_id=step.id)


def _continues(draft: Draft, step: Step, error: ErrorInfo) -> bool:
    policy = step.error_policy or draft.program.definition.default_error_policy or ErrorPolicy()
    return policy.type == "continue_workflow" and not _matching(draft, step, error)


def _matching(draft: Draft, step: Step, error: ErrorInfo) -> list[Transition]:
    """The error transitions that answer ``error``: those that name its code, else those that match any."""
    candidates = [transition for _, transition in draft.program.graph.error_transitions(step.id)]
    codes = [(item, (item.condition or "").partition(":")[2].strip()) for item in candidates]
    named = [item for item, code in codes if code and same_code(code, error.code)]
    return named or [item for item, code in codes if not code]


def time_out_attempt(draft: Draft, run: StepRun) -> None:
    """An attempt took too long: it has failed with ``Timeout``."""
    seconds = draft.program.timeout_seconds(draft.program.graph.step(run.step_id))
    draft.emit("StepTimedOut", run.run_id, attempt=run.attempt, timeout_seconds=seconds)
    message = f"attempt {run.attempt} of step {run.step_id!r} took longer than {seconds} s"
    fail_run(draft, run.run_id, ErrorInfo(code="Timeout", message=message))


def lose_attempt(draft: Draft, run: StepRun) -> None:
    """The worker of an attempt has not been heard of for too long: it has failed with ``HeartbeatTimeout``."""
    draft.emit("StepTimedOut", run.run_id, attempt=run.attempt, heartbeat_timeout=run.heartbeat_seconds, node=run.node)
    message = (
        f"attempt {run.attempt} of step {run.step_id!r} was not heard of for {run.heartbeat_seconds:g} s (its worker: "
        f"{run.node or 'unknown'})"
    )
    fail_run(draft, run.run_id, ErrorInfo(code="HeartbeatTimeout", message=message))
