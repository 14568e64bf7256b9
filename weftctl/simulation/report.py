"""What `weft run` prints: a run from its commits. Layer: command line. The shape is an interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chalicelib.domain.execution.events import TERMINAL_STATES, Commit
from chalicelib.domain.execution.views import history_events, status_view
from weftctl.times import seconds_between

STEP_FIELDS: Final = (
    "step_id",
    "run",
    "state",
    "attempts",
    "branch",
    "index",
    "started_at",
    "completed_at",
    "input",
    "output",
    "error",
)
OPTIONAL_STEP_FIELDS: Final = frozenset({"branch", "index"})
EVENT_FIELDS: Final = ("sequence", "timestamp", "event_type", "step_id", "details")
OPTIONAL_EVENT_FIELDS: Final = frozenset({"step_id"})


def report(commits: Sequence[Commit]) -> dict[str, Any]:
    """One execution: its result, its step runs in order of start, its events. ``commits`` are all of them."""
    status = status_view(commits, None)
    if status is None:
        message = "an execution has at least one commit"
        raise ValueError(message)
    return {
        "execution_id": status["execution_id"],
        "workflow_id": status["workflow_id"],
        "status": status["state"],
        "state": status["state"],
        "output": status["output"],
        "variables": status["variables"],
        "error": status["error"],
        "started_at": status["started_at"],
        "completed_at": status["completed_at"],
        "duration_seconds": seconds_between(status),
        "waiting_for": _waiting_for(status),
        "steps": [_chosen(row, STEP_FIELDS, OPTIONAL_STEP_FIELDS) for row in status["steps"]],
        "events": [
            _chosen(event, EVENT_FIELDS, OPTIONAL_EVENT_FIELDS)
            for commit in commits
            for event in history_events(commit, status["workflow_id"])
        ],
        "children": [],
        "refused": [],
    }


def _chosen(row: dict[str, Any], fields: Sequence[str], optional: frozenset[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in fields if name not in optional or row.get(name) is not None}


def _waiting_for(status: dict[str, Any]) -> list[dict[str, Any]]:
    """What an execution that has not ended is waiting for, one entry a step run; ``message`` says it in words."""
    if status["state"] in TERMINAL_STATES:
        return []
    return [_awaited(row) for row in status["active_steps"]]


def _awaited(row: dict[str, Any]) -> dict[str, Any]:
    retry_at = (row["retry_info"] or {}).get("next_retry_at")
    what = f"the retry at {retry_at}" if retry_at else _AWAITED.get(row["state"], f"its turn ({row['state']})")
    entry = {"step_id": row["step_id"], "run": row["run"], "state": row["state"]}
    if retry_at:
        entry["due_at"] = retry_at
    return {**entry, "message": f"{row['step_id']} waits for {what}"}


_AWAITED: Final = {
    "scheduled": "the outcome of its activity",
    "running": "the outcome of its activity",
    "waiting_for_event": "an event or a signal",
    "waiting_for_timer": "its timer",
    "waiting_for_human_intervention": "a person",
    "waiting_for_confirmation": "a person's confirmation",
    "paused": "the execution to be resumed",
}
