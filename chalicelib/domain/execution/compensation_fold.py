"""Compensation in the fold: runs that may have to be compensated, and what has become of them.

Layer: domain. Part of ``evolve``: each function changes a state that is the caller's own copy. A run leaves
``finished`` with the event that its compensation starts, so that it is compensated once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.remembering import result_of, scope_of, writes_of
from chalicelib.domain.execution.state import Ending, State, StepRun, Stray

LISTED: Final = 100
"""How many runs the end of an execution lists as compensated, and as not compensated; all are counted."""


def run_completed(state: State, run: StepRun, event: Event) -> None:
    """Remember a run for its compensation, once its writes are done and before its region closes."""
    reads = event.details["compensable"]
    scope = scope_of(state, run, reads)
    state.finished.append(msgspec.structs.replace(scope, output=result_of(event.details, reads)))


def run_canceled(state: State, event: Event, commit: int) -> None:
    """Remember a run that is cancelled while its attempt is in flight."""
    run, reads = state.runs.get(event.run_id or ""), event.details.get("compensable")
    if run is None or reads is None:
        return
    until = run.timeout_at or datetime.fromisoformat(event.details["awaited_until"])
    state.strays[run.run_id] = Stray(
        run=run, until=until, commit=commit, scope=scope_of(state, run, reads), reads=list(reads)
    )


def outcome_came_late(state: State, event: Event, commit: int) -> None:
    """The attempt of a cancelled run has ended: completed, it is to be compensated like the others."""
    stray = state.strays.pop(event.run_id or "")
    if event.type != "StepCompleted":
        return
    output = result_of(event.details, stray.reads)
    state.finished.append(msgspec.structs.replace(stray.scope, output=output, writes=writes_of(event.details)))
    latest = state.latest.get(stray.run.step_id)
    if state.is_ending and latest is not None and latest.run_id == event.run_id:
        kept = event.details.get("output") if event.details.get("kept") else None
        state.latest[stray.run.step_id] = msgspec.structs.replace(
            latest, state="completed", commit=commit, kept=bool(event.details.get("kept")), output=kept
        )


def live_strays(state: State, commit: int, time: datetime) -> dict[str, Stray]:
    """The strays worth waiting for when an ending begins in ``commit``.

    An inline attempt cancelled before would never have been run: the decider runs only what is open.
    """
    return {
        run_id: stray
        for run_id, stray in state.strays.items()
        if stray.until > time and (stray.commit == commit or not stray.run.inline)
    }


def forget_strays(state: State, time: datetime) -> None:
    """Let go of strays whose outcome nobody waited for. During an ending it is for the decider to say so."""
    if not state.is_ending:
        state.strays = {run_id: stray for run_id, stray in state.strays.items() if stray.until > time}


def compensation_started(state: State, event: Event, commit: int, time: datetime) -> None:
    """An execution begins to end, or, with a run, the compensation of one run begins."""
    details = dict(event.details)
    if event.run_id is None:
        details.pop("awaits", None)
        state.ending = Ending(cause=details.pop("cause"), details=details)
        state.strays = live_strays(state, commit, time)
        state.deferred.clear()
        state.status = "running"
        state.paused_by_parent = False
    else:
        state.ending = msgspec.structs.replace(ending_of(state), run_id=event.run_id, current=state.finished.pop())


def compensation_completed(state: State, event: Event, commit: int, time: datetime) -> None:
    """A run is compensated, or its compensation was skipped."""
    _over(state, "skipped" if event.details.get("skipped") else "compensated", event.details["compensates"])


def compensation_failed(state: State, event: Event, commit: int, time: datetime) -> None:
    """A run stays uncompensated."""
    error = event.details["error"]
    row = {"run_id": event.details["compensates"], "code": error["code"], "message": error["message"]}
    _over(state, "failed", row)


def _over(state: State, outcome: str, row: Any) -> None:
    ending = ending_of(state)
    known = getattr(ending, outcome)
    listed = known if len(known) >= LISTED else [*known, row]
    counted = {**ending.counted, outcome: ending.counted.get(outcome, 0) + 1}
    state.ending = msgspec.structs.replace(ending, run_id=None, current=None, counted=counted, **{outcome: listed})


def ending_of(state: State) -> Ending:
    """How the execution ends; one without a compensation stands for none."""
    return state.ending or Ending(cause="failed")


def summary_of(state: State) -> dict[str, Any] | None:
    """What the last event says of the compensation; lists are cut at ``LISTED``, counts are whole. None without one.

    ``left`` are runs whose compensation was not even begun, or not brought to an end.
    """
    ending = ending_of(state)
    begun = [] if ending.current is None else [ending.current]
    left = [each.run_id for each in (*begun, *reversed(state.finished)) if each.run_id]
    if state.ending is None and not left:
        return None
    counts = {name: ending.counted.get(name, 0) for name in ("compensated", "skipped", "failed")}
    return {
        "compensated": ending.compensated,
        "skipped": ending.skipped,
        "failed": ending.failed,
        "left": left[:LISTED],
        "counts": {**counts, "left": len(left)},
    }
