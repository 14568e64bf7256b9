"""What `weft run` prints: a run from its history. Layer: command line. The shape is an interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.views import history_events, status_view
from weftctl.simulation.following import Follower
from weftctl.simulation.scripting import Script
from weftctl.simulation.waiting import waiting_for
from weftctl.times import seconds_between

STEP_FIELDS: Final = (
    "step_id",
    "run",
    "state",
    "attempts",
    "branch",
    "index",
    "child_execution_id",
    "started_at",
    "completed_at",
    "input",
    "output",
    "error",
)
OPTIONAL_STEP_FIELDS: Final = frozenset({"branch", "index", "child_execution_id"})
EVENT_FIELDS: Final = ("sequence", "timestamp", "event_type", "step_id", "details")
OPTIONAL_EVENT_FIELDS: Final = frozenset({"step_id"})


def report(follower: Follower, script: Script, outbox: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """One execution: its result, step runs in order of start, events, children, and what was refused of its script.

    Of ``outbox``, everything that was sent here, its own notifications are shown, where there are any.
    Raises ``LookupError`` for an execution without a commit.
    """
    state, commits = follower.state(), follower.commits()
    status = status_view(commits, follower.definition())
    assert status is not None  # noqa: S101  # there is a state, so there are commits
    sent = [
        {**row, "sent_at": timestamp(row["sent_at"])} for row in outbox if row["execution_id"] == status["execution_id"]
    ]
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
        "waiting_for": waiting_for(state),
        "steps": [_chosen(row, STEP_FIELDS, OPTIONAL_STEP_FIELDS) for row in status["steps"]],
        "events": [
            _chosen(event, EVENT_FIELDS, OPTIONAL_EVENT_FIELDS)
            for commit in commits
            for event in history_events(commit, status["workflow_id"])
        ],
        "children": [report(child, Script(()), outbox) for child in follower.children()],
        "refused": script.refused(follower.refusals()),
        **({"notifications": sent} if sent else {}),
    }


def _chosen(row: dict[str, Any], fields: Sequence[str], optional: frozenset[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in fields if name not in optional or row.get(name) is not None}
