"""What an execution that has not ended waits for. Layer: command line. The shape is an interface."""

from __future__ import annotations

from typing import Any, Final

from chalicelib.domain.execution.human_tasks import task_id
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import State, StepRun, Stray


def waiting_for(state: State) -> list[dict[str, Any]]:
    """One entry a step run, after one for a paused execution; an execution that has ended waits for nothing.

    ``{step_id, run, state, index?, event_name?, correlation?, due_at?, timeout_at?, message}``, and for a person
    ``{intervention_point_id, task_id, user_groups, deadline?}`` beside: ``message`` says it in words, ``index`` is the
    item of a map. What waits to be resumed is the execution, so ``step_id`` and
    ``run`` are null there.
    """
    if state.is_terminal:
        return []
    awaited = [_awaited(state.execution_id, run, _index(state, run)) for run in state.runs.values()]
    awaited += [_set_aside(stray) for stray in state.strays.values()]
    return [_PAUSED, *awaited] if state.is_paused else awaited


def _set_aside(stray: Stray) -> dict[str, Any]:
    """An attempt that was cancelled in flight: if it succeeds it is compensated."""
    run, until = stray.run, timestamp(stray.until)
    message = f"{run.step_id} was cancelled in flight: its outcome is awaited until {until}, to be compensated"
    return {
        "step_id": run.step_id,
        "run": int(run.run_id.rpartition("#")[2]),
        "state": "canceled",
        "timeout_at": until,
        "message": message,
    }


def _index(state: State, run: StepRun) -> int | None:
    """The item of a map that the run is in, if any."""
    around = state.item_around(run.region)
    return None if around is None else around[1].index


def _awaited(execution_id: str, run: StepRun, index: int | None) -> dict[str, Any]:
    instants = {"due_at": run.due_at, "timeout_at": run.timeout_at}
    if run.human is not None:
        instants = {"deadline": run.human.deadline, "timeout_at": run.timeout_at}
    details = {
        "index": index,
        "event_name": run.event_name,
        "correlation": run.correlation,
        **_task(execution_id, run),
        **{name: timestamp(at) for name, at in instants.items() if at is not None},
    }
    return {
        "step_id": run.step_id,
        "run": int(run.run_id.rpartition("#")[2]),
        "state": run.state,
        **{name: value for name, value in details.items() if value is not None},
        "message": f"{run.step_id}{'' if index is None else f'[{index}]'} waits {_words(run)}",
    }


def _task(execution_id: str, run: StepRun) -> dict[str, Any]:
    if run.human is None:
        return {}
    return {
        "intervention_point_id": run.human.point_id,
        "task_id": task_id(execution_id, run.run_id),
        "user_groups": list(run.human.user_groups),
    }


def _words(run: StepRun) -> str:
    if run.state == "waiting_for_event":
        limit = "" if run.timeout_at is None else f", until {timestamp(run.timeout_at)} at most"
        return f"for the signal or event {run.event_name!r}{limit}"
    if run.human is not None:
        whom = f"a member of {' or '.join(run.human.user_groups)}" if run.human.user_groups else "a person"
        until = run.human.deadline or run.timeout_at
        return f"for {whom} to answer {run.human.point_id!r}" + ("" if until is None else f", until {timestamp(until)}")
    if run.due_at is not None:
        what = "its timer, until" if run.state == "waiting_for_timer" else "the retry at"
        return f"for {what} {timestamp(run.due_at)}"
    if run.child is not None:
        return f"for its child execution {run.child.execution_id!r}"
    if run.state == "running" and run.activity_type is None:
        return "for what runs inside it"
    return _WORDS.get(run.state, f"for its turn ({run.state})")


_WORDS: Final = {
    "scheduled": "for the outcome of its activity",
    "running": "for the outcome of its activity",
    "waiting_for_confirmation": "to be confirmed",
}
_PAUSED: Final = {
    "step_id": None,
    "run": None,
    "state": "paused",
    "message": "the execution is paused and waits to be resumed",
}
