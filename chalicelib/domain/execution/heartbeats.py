"""Attempts that a worker has begun and reports on: their start, and their signs of life.

Layer: domain. Works on a ``Draft``. The start of an attempt is recorded with its outcome, which saves a commit; only
where the outcome may be long in coming (an external worker, a heartbeat timeout) is it recorded before. From then on
the attempt has until ``heartbeat_by`` to be heard of. Heartbeats are kept outside of the execution: the latest is
looked at when that instant has come, so however many there are, they cost one commit a ``heartbeat_timeout``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain.execution.commands import Heartbeat, TaskStarted
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.failure import after
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import StepRun


def begin_attempt(draft: Draft, command: TaskStarted) -> None:
    """A worker has begun an attempt. Of one that is not wanted any more, or known to have begun, nothing follows."""
    state = draft.state
    if command.command_id in state.recent or not state.is_open(command.run_id, command.attempt):
        return
    _start(draft, state.runs[command.run_id], command.started_at, command.node, watched=True)


def note_start(draft: Draft, run: StepRun, started_at: datetime, node: str | None) -> None:
    """An outcome says when and where its attempt began: record it unless that is known."""
    if run.started_at is None or (node is not None and run.node != node):
        _start(draft, run, started_at, node, watched=False)


def beat(draft: Draft, command: Heartbeat) -> None:
    """The worker of an attempt was heard of: it has its time again from then on."""
    if not draft.state.is_open(command.run_id, command.attempt):
        return
    run = draft.state.runs[command.run_id]
    if run.heartbeat_by is None or run.heartbeat_seconds is None:
        return
    by = after(min(command.at, draft.now), run.heartbeat_seconds)
    if by <= run.heartbeat_by:  # heard of before the present time began: it is no news
        return
    draft.emit(
        "TimerFired",
        run.run_id,
        timer_type="heartbeat",
        attempt=run.attempt,
        heartbeat_at=timestamp(command.at),
        heartbeat_by=timestamp(by),
        **command.progress,
    )


def _start(draft: Draft, run: StepRun, started_at: datetime, node: str | None, *, watched: bool) -> None:
    """``watched`` starts the time in which the worker has to be heard of."""
    began = max(started_at, run.scheduled_at)
    began = min(began, draft.now)
    details: dict[str, Any] = {"attempt": run.attempt, "started_at": timestamp(began)}
    if node is not None:
        details["node"] = node
    if watched and run.heartbeat_seconds is not None:
        details["heartbeat_by"] = timestamp(after(began, run.heartbeat_seconds))
    draft.record("StepStarted", run.run_id, details)
