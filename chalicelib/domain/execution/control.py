"""Taking an execution in hand: what people may ask of it, when, and what follows.

Layer: domain. Works on a ``Draft``. A request that the present state forbids is recorded as ``RequestRefused`` with a
code and a message, and changes nothing else; callers may decide it dry first, to tell at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from chalicelib.domain.execution import answers, ending, failure, flow, naming, receiving, regions
from chalicelib.domain.execution.commands import (
    Cancel,
    Confirm,
    Pause,
    Request,
    Rerun,
    Resume,
    Retry,
    SetVariables,
    Signal,
    Skip,
    SubmitHuman,
)
from chalicelib.domain.execution.draft import Draft, Origin
from chalicelib.domain.execution.naming import parse_reference
from chalicelib.domain.execution.refusals import Refused
from chalicelib.domain.execution.remembered import is_remembered
from chalicelib.domain.execution.state import Deferred, LatestRun, StepRun


def apply_request(draft: Draft, request: Request) -> None:
    """Do what is asked, or record why not. A request answered before is not answered again."""
    if not is_remembered(draft.state, request.command_id):
        carry_out(draft, request)


def carry_out(draft: Draft, request: Request, **details: Any) -> None:
    """Do what is asked, or record why not, with ``details`` of who asked."""
    mark = draft.mark()
    try:
        _HANDLERS[type(request)](draft, request)
    except Refused as refused:
        draft.rollback(mark)
        kind = type(request).__name__
        draft.emit(
            "RequestRefused",
            request=kind,
            request_id=request.id,
            code=refused.code,
            message=str(refused),
            findings=[msgspec.to_builtins(finding) for finding in refused.findings] or None,
            by=request.by,
            **details,
        )


def _signal(draft: Draft, request: Signal) -> None:
    _must_be_open(draft, "signalled")
    _must_not_be_ending(draft, "nothing takes a signal any more")
    receiving.take_signal(draft, request, carry_out)


def _pause(draft: Draft, request: Pause) -> None:
    _must_be_open(draft, "paused")
    if draft.state.is_paused:
        raise Refused("InvalidState", "the execution is paused already")
    pause(draft, reason=request.reason, by=request.by)


def pause(draft: Draft, *, reason: str | None, by: str | None = None, parent_commit: int | None = None) -> None:
    """Let nothing new begin. An execution that has not begun yet begins with the resume."""
    if draft.state.status == "pending":
        flow.start(draft)
        if draft.state.is_terminal:
            return
    draft.emit("WorkflowPauseRequested", reason=reason, by=by)
    draft.emit("WorkflowPaused", reason=reason, parent_commit=parent_commit)


def _resume(draft: Draft, request: Resume) -> None:
    if not draft.state.is_paused:
        raise Refused("InvalidState", f"only a paused execution can be resumed; it is {draft.state.status}")
    resume(draft, reason=request.reason, by=request.by)


def resume(draft: Draft, *, reason: str | None, by: str | None = None, parent_commit: int | None = None) -> None:
    """Go on after a pause: act on what came and ended meanwhile, begin what was to begin, and fire what is due."""
    receiving.drain(draft, carry_out)
    deferred = list(draft.state.deferred)
    if not draft.state.is_terminal:
        draft.emit("WorkflowResumed", reason=reason, by=by, parent_commit=parent_commit)
        _go_on(draft, deferred)


def _go_on(draft: Draft, deferred: list[Deferred]) -> None:
    for each in deferred:
        if draft.state.is_terminal or draft.state.is_settling:
            return
        ended, closes = Origin(each.run_id, each.region), each.closes is not None
        if each.error is not None:
            failure.answer(draft, ended, each.error, closes=closes)
        else:
            flow.follow_up(draft, ended, to=each.to, result=each.result, closes=closes)
    flow.proceed(draft)
    flow.begin_pending(draft)
    receiving.deliver_kept_signals(draft)
    if not draft.state.is_terminal:
        failure.fire_due(draft)


def _cancel(draft: Draft, request: Cancel) -> None:
    _must_be_open(draft, "cancelled")
    _must_not_be_ending(draft, "it ends once that is done")
    ending.cancel(draft, reason=request.reason, by=request.by)


def _skip(draft: Draft, request: Skip) -> None:
    reference = parse_reference(draft, request.step)
    open_runs = naming.open_runs(draft, reference)
    if not open_runs and any(run.state == "skipped" for run in naming.ended_runs(draft, reference)):
        return  # it has taken effect: no error, not even once the execution has ended
    _must_be_open(draft, "changed")
    run = naming.only(draft.state, open_runs, reference, "has no run that has not ended")
    if not draft.program.graph.step(run.step_id).skippable:
        raise Refused("NotSkippable", f"step {run.step_id!r} is not skippable")
    flow.skip_run(draft, run.run_id, request.reason or "skipped on request", by=request.by)


def _retry(draft: Draft, request: Retry) -> None:
    reference = parse_reference(draft, request.step)
    _must_not_be_compensated(draft)
    failed = [run for run in naming.ended_runs(draft, reference) if run.state == "failed"]
    latest = naming.only(draft.state, failed, reference, "has no last run that has failed")
    if draft.state.is_terminal and draft.state.status != "failed":
        raise Refused(
            "InvalidState", f"an execution that is {draft.state.status} cannot be retried; rerun a step of it"
        )
    beside = list(draft.state.interrupted)
    _must_be_in_reach(draft, latest)
    _revive(draft, request, cause="retry")
    draft.emit("StepRetried", latest.run_id, requested=True, reason=request.reason, by=request.by)
    draft.ready.append((reference.step_id, Origin(latest.run_id, latest.region)))
    for step_id, came_from in beside:  # without them, paths that the failure cancelled would be missing
        draft.ready.append((step_id, Origin(came_from, None)))


def _rerun(draft: Draft, request: Rerun) -> None:
    reference = parse_reference(draft, request.step)
    _must_not_be_compensated(draft)
    if draft.state.status == "canceled":
        raise Refused("InvalidState", "a cancelled execution cannot be run again; start a new one")
    latest = naming.only(draft.state, naming.ended_runs(draft, reference), reference, "has not ended")
    _must_be_in_reach(draft, latest)
    led_to = [run for run in draft.state.runs.values() if _came_from(draft, run, latest.run_id)]
    _revive(draft, request, cause="rerun")
    draft.emit("StepRetried", latest.run_id, requested=True, rerun=True, reason=request.reason, by=request.by)
    for run in led_to:
        reason = f"step {reference.step_id!r} runs again"
        regions.cancel_regions_of(draft, run.run_id, reason)
        draft.emit("StepCanceled", run.run_id, reason=reason)
    draft.origin = Origin(latest.came_from, latest.region)
    run_id = flow.next_run_id(draft, reference.step_id)
    if draft.state.is_paused:
        given = {} if request.input is msgspec.UNSET else {"input": request.input}
        draft.emit("StepScheduled", run_id, state="pending", **draft.begins(), **given)
    else:
        flow.begin_run(draft, run_id, given=request.input)


def _set_variables(draft: Draft, request: SetVariables) -> None:
    _must_be_open(draft, "changed")
    writes = {f"$.context.{name}": value for name, value in request.variables.items()}
    draft.emit("VariableSet", writes=writes, reason=request.reason, by=request.by)


def _confirm(draft: Draft, request: Confirm) -> None:
    _must_be_open(draft, "changed")
    reference = parse_reference(draft, request.step)
    waiting = [run for run in naming.open_runs(draft, reference) if run.state == "waiting_for_confirmation"]
    run = naming.only(draft.state, waiting, reference, "has no run that waits to be confirmed")
    if draft.state.is_paused:
        raise Refused("InvalidState", "the execution is paused; resume it first")
    given: Any = run.input if run.mapped else msgspec.UNSET
    draft.emit("StepScheduled", run.run_id, state="pending", confirmed_by=request.by, reason=request.reason)
    draft.origin = Origin(run.came_from, run.region)
    flow.begin_run(draft, run.run_id, confirmed=True, given=given)


def _submit(draft: Draft, request: SubmitHuman) -> None:
    _must_be_open(draft, "answered")
    reference = parse_reference(draft, request.step)
    asked = [run for run in naming.open_runs(draft, reference) if run.human is not None]
    run = naming.only(draft.state, asked, reference, "has no task that waits for an answer")
    answers.submit(draft, run, request)


_HANDLERS: Final[dict[type[Request], Callable[[Draft, Any], None]]] = {
    Signal: _signal,
    Pause: _pause,
    Resume: _resume,
    Cancel: _cancel,
    Skip: _skip,
    Retry: _retry,
    Rerun: _rerun,
    SetVariables: _set_variables,
    Confirm: _confirm,
    SubmitHuman: _submit,
}


def _must_be_open(draft: Draft, verb: str) -> None:
    if draft.state.is_terminal:
        raise Refused("InvalidState", f"an execution that is {draft.state.status} cannot be {verb}")


def _must_not_be_ending(draft: Draft, why: str) -> None:
    if draft.state.is_ending:
        raise Refused("InvalidState", f"the execution is being compensated: {why}")


def _must_not_be_compensated(draft: Draft) -> None:
    """What was taken back cannot be gone on from. An ending that found nothing to take back does not count."""
    known = draft.state.ending
    if known is not None and (draft.state.is_ending or known.counted):
        doing = "is being" if draft.state.is_ending else "was"
        raise Refused("AlreadyCompensated", f"the execution {doing} compensated, so it cannot go on; start a new one")


def _must_be_in_reach(draft: Draft, latest: LatestRun) -> None:
    """A run in a region that is closed has nothing to come back to: the step that opened it is to be run again."""
    if latest.region is not None and latest.region not in draft.state.regions:
        owner = regions.owner_of(latest.region).rpartition("#")[0]
        raise Refused("InvalidState", f"step {latest.run_id!r} was in a region that has ended; name step {owner!r}")


def _revive(draft: Draft, request: Request, *, cause: str) -> None:
    """Let an execution that has ended run again, its clock started anew."""
    if not draft.state.is_terminal:
        return
    draft.emit("WorkflowResumed", cause=cause, reason=request.reason, by=request.by, deadline=failure.deadline(draft))


def _came_from(draft: Draft, run: StepRun, ancestor: str) -> bool:
    """Whether ``run`` is a consequence of the run ``ancestor``, as far as the latest runs tell."""
    seen: set[str] = set()
    at = run.came_from
    latest = {each.run_id: each for each in draft.state.latest.values()}
    for region in draft.state.regions.values():
        latest.update((each.run_id, each) for each in region.latest.values())
    while at is not None and at not in seen:
        if at == ancestor:
            return True
        seen.add(at)
        at = latest[at].came_from if at in latest else None
    return False
