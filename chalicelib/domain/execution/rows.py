"""One row a step run, folded from events: the ``steps`` of a status.

Layer: domain. Unlike the hot state, rows keep every run that ever was; they are folded from all commits when somebody
looks, and never stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.recorder import timestamp

Row = dict[str, Any]
_PROGRESS: Final = ("progress_percentage", "details", "sub_state")


class RunRows:
    """Rows by run id, in order of start."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.updated_at: str | None = None

    def add(self, commit: Commit) -> None:
        """Fold a commit."""
        time = timestamp(commit.time)
        self.updated_at = time
        for event in commit.events:
            if event.run_id is None:
                continue
            row = self._rows.get(event.run_id)
            if row is None:
                row = self._rows[event.run_id] = _new(event.run_id)
            row["status_info"]["updated_at"] = time
            fold = _FOLDS.get(event.type)
            if fold is not None:
                fold(row, event, time)

    def rows(self) -> list[Row]:
        """The rows so far."""
        return list(self._rows.values())


def _new(run_id: str) -> Row:
    step_id, _, number = run_id.rpartition("#")
    return {
        "step_id": step_id,
        "name": None,
        "step_type": None,
        "state": "pending",
        "run": int(number),
        "run_id": run_id,
        "attempts": 1,
        "retry_info": None,
        "node": None,
        "started_at": None,
        "completed_at": None,
        "input": None,
        "output": None,
        "error": None,
        "region": None,
        "child_execution_id": None,
        "next_step_ids": [],
        "status_info": {
            "details": None,
            "sub_state": None,
            "progress_percentage": None,
            "expected_duration": None,
            "updated_at": None,
        },
        "mapped": False,
        "chosen": None,
    }


def _scheduled(row: Row, event: Event, time: str) -> None:
    details = event.details
    row["state"] = details.get("state", "scheduled")
    row["attempts"] = details.get("attempt", 1)
    row["child_execution_id"] = details.get("child_id", row["child_execution_id"])
    if "activity_type" in details:
        row["step_type"] = details.get("step_type", "activity")
    if row["retry_info"] is not None:
        row["retry_info"]["next_retry_at"] = None
    _take_progress(row, {})
    if "task_list" in details:
        row["status_info"]["details"] = f"for a worker of the task list {details['task_list']}"
    _take_input(row, event)
    _take_place(row, event)


def _started(row: Row, event: Event, time: str) -> None:
    details = event.details
    row["state"] = "running"
    if "event_name" in details:
        row["state"] = "waiting_for_event"
        row["status_info"]["details"] = _awaited_event(details)
    elif "attempt" in details:
        _take_progress(row, {})
    row["step_type"] = details.get("step_type", row["step_type"])
    row["started_at"] = row["started_at"] or details.get("started_at", time)
    row["node"] = details.get("node", row["node"])
    _take_input(row, event)
    _take_place(row, event)


def _awaited_event(details: dict[str, Any]) -> str:
    timeout_at = details.get("timeout_at")
    return f"for {details['event_name']}" + (f", until {timeout_at} at most" if timeout_at else "")


def _ended(state: str) -> Callable[[Row, Event, str], None]:
    def ended(row: Row, event: Event, time: str) -> None:
        row["state"] = state
        row["completed_at"] = time
        row["output"] = event.details.get("output")
        row["error"] = event.details.get("error")
        _take_progress(row, {})
        if state == "skipped":
            row["output"] = {"skipped": True, "reason": event.details.get("reason")}
        if state in ("skipped", "canceled"):
            row["status_info"]["details"] = event.details.get("reason")

    return ended


def _retried(row: Row, event: Event, time: str) -> None:
    details = event.details
    if details.get("requested"):  # the run has ended; the request begins another
        return
    row["state"] = "scheduled"
    row["retry_info"] = {
        "retry_count": details["retry_count"],
        "max_retries": details["max_retries"],
        "next_retry_at": details["next_retry_at"],
        "last_error": details["error"],
    }


def _waiting(row: Row, event: Event, time: str) -> None:
    row["state"] = "waiting_for_timer"
    row["status_info"]["details"] = f"until {event.details['fire_at']}"


def _timer_fired(row: Row, event: Event, time: str) -> None:
    if event.details.get("timer_type") == "heartbeat":
        _take_progress(row, event.details)


def _take_progress(row: Row, said: dict[str, Any]) -> None:
    """What the worker of the attempt said last; nothing of the attempt before is left."""
    row["status_info"].update({name: said.get(name) for name in _PROGRESS})


def _asking(row: Row, event: Event, time: str) -> None:
    details = event.details
    row["state"] = "waiting_for_human_intervention"
    groups, deadline = details["user_groups"], details.get("deadline")
    asked = f"for {', '.join(groups)}" if groups else "for anyone"
    row["status_info"]["details"] = asked + (f", until {deadline}" if deadline else "")


def _decided(row: Row, event: Event, time: str) -> None:
    row["chosen"] = event.details.get("chosen_branch")


def _take_place(row: Row, event: Event) -> None:
    region = event.details.get("region")
    if region is not None:
        owner, _, number = region.rpartition("/")
        row["region"] = {"owner": owner, "number": int(number)}


def _take_input(row: Row, event: Event) -> None:
    if "input" in event.details:
        row["mapped"] = True
        row["input"] = event.details["input"]


_FOLDS: Final[dict[str, Callable[[Row, Event, str], None]]] = {
    "StepScheduled": _scheduled,
    "StepStarted": _started,
    "StepCompleted": _ended("completed"),
    "StepFailed": _ended("failed"),
    "StepSkipped": _ended("skipped"),
    "StepCanceled": _ended("canceled"),
    "StepRetried": _retried,
    "DecisionMade": _decided,
    "TimerScheduled": _waiting,
    "TimerFired": _timer_fired,
    "HumanTaskCreated": _asking,
    "HumanTaskEscalated": _asking,
}
