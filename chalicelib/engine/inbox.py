"""The inbox: which human tasks wait for whom, projected from commits, to be listed.

Layer: engine. Each task has a record, in the partition of its execution, and rows in the boxes of those who may answer
it. The record is changed under the condition that nobody else did, and what has ended stays so: a commit that comes
late, or again, resurrects nothing. Rows follow the record: they are written after it, and whoever wrote them looks
whether it is still as it was, so that of two writers the one with the newer record has the last word. What counts is
the execution: the inbox lags behind by a second, and an answer is decided on the execution itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import msgspec

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution import scopes
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import State, StepRun
from chalicelib.ports.entries import Entries, Entry

ENDED_DAYS: Final = 30
"""How long it is known of an ended task how it ended: beyond any repetition of the stream."""
MOST_TRIES: Final = 20
ALL: Final = "inbox-all"
ANYONE: Final = "inbox-anyone"

_CREATED: Final = "HumanTaskCreated"
_ENDING: Final = {
    "HumanInterventionSubmitted": "answered",
    "HumanInterventionTimedOut": "timed_out",
    "StepTimedOut": "timed_out",
    "StepSkipped": "skipped",
    "StepCanceled": "canceled",
    "StepFailed": "failed",
}
_TOLD: Final = frozenset({_CREATED, "HumanTaskEscalated", *_ENDING})
_ANSWER: Final = ("action", "custom_action_id", "user", "reason", "comments", "data", "strategy")
_LONGEST_GROUP: Final = 500

StateAt = Callable[[str, int], State | None]


class Inbox:
    """Projects tasks into ``entries``. ``expires_at`` gives, for an execution's creation, when its entries may go."""

    def __init__(self, entries: Entries, expires_at: Callable[[datetime], datetime | None]) -> None:
        self._entries = entries
        self._expires_at = expires_at

    def project(self, execution_id: str, commits: Sequence[Commit], state_at: StateAt) -> None:
        """Bring records and rows up to the state after ``commits``. Raises what the store raises.

        ``state_at(execution_id, number)`` gives the state as of that commit or a later one.
        """
        told = [(commit, event) for commit in commits for event in commit.events if event.type in _TOLD]
        if not told:
            return
        names_task = any(event.type.startswith("Human") for _, event in told)
        if not names_task and next(self._entries.read(_records(execution_id), limit=1), None) is None:
            return  # the steps that ended were no human ones
        state = state_at(execution_id, commits[-1].number)
        if state is None:
            return
        for commit, event in told:
            if event.type == _CREATED:
                self._create(state, event, commit)
        endings = {scopes.run_id(event): _ending(event, commit) for commit, event in reversed(told) if _ends(event)}
        otherwise = {"outcome": "ended", "ended_at": timestamp(commits[-1].time)}
        for record in list(self._entries.read(_records(execution_id))):
            self._bring_up(record, state.runs.get(record.key), endings.get(record.key, otherwise))

    def record(self, execution_id: str, run_id: str) -> dict[str, Any] | None:
        """What is known of a task: its row, and ``ended`` once it has."""
        found = self._entries.get(_records(execution_id), run_id)
        return None if found is None else found.body

    def _create(self, state: State, event: Event, commit: Commit) -> None:
        body = {**_row(state, event, commit), "ended": None, "places": []}
        self._entries.add(
            _records(state.execution_id), scopes.run_id(event), body, expires_at=self._expires_at(state.created_at)
        )

    def _bring_up(self, record: Entry, run: StepRun | None, ending: dict[str, Any]) -> None:
        """Change a record to what ``run`` says, which is None once it has ended, and its rows to what it says then."""
        for _ in range(MOST_TRIES):
            body = _brought_up(record.body, run, ending)
            expiry = _expiry(body, record.expires_at)
            if body == record.body or self._entries.replace(record, body, expires_at=expiry):
                self._write_rows(body, expiry)
            present = self._entries.get(record.partition, record.key)
            if present is None or present.body == body:
                return
            record = present
        message = f"the task {record.body['task_id']} is changed by others all the time"
        raise Unavailable(message)

    def _write_rows(self, body: dict[str, Any], expiry: datetime | None) -> None:
        row = {name: value for name, value in body.items() if name not in {"ended", "places"}}
        wanted = [] if body["ended"] else _places(row)
        for box, key in body["places"]:
            if [box, key] not in wanted:
                self._entries.delete(box, key)
        for box, key in wanted:
            self._entries.put(box, key, row, expires_at=expiry)


def box_of(group: str) -> str:
    """The partition with the open tasks of a group."""
    quoted = quote(group, safe="")
    if len(quoted) <= _LONGEST_GROUP:
        return f"inbox#{quoted}"
    return f"inbox-long#{hashlib.sha256(group.encode()).hexdigest()}"


def rank_of(priority: str) -> int:
    """The place of a priority among all, the highest first."""
    return PRIORITIES.index(priority)


def _records(execution_id: str) -> str:
    return f"human-tasks#{quote(execution_id, safe='')}"


def _places(row: dict[str, Any]) -> list[list[str]]:
    """Where the rows of an open task lie: ordered by priority, then due date, then age."""
    digest = hashlib.sha256(row["task_id"].encode()).hexdigest()[:24]
    key = f"{rank_of(row['priority'])}#{row['deadline'] or '~'}#{row['created_at']}#{digest}"
    boxes = [box_of(group) for group in dict.fromkeys(row["user_groups"])] or [ANYONE]
    return [[box, key] for box in (ALL, *boxes)]


def _row(state: State, event: Event, commit: Commit) -> dict[str, Any]:
    details = event.details
    run_id = scopes.run_id(event)
    return {
        "task_id": details["task_id"],
        "execution_id": state.execution_id,
        "workflow_id": state.workflow_id,
        "workflow_version": state.workflow_version,
        "workflow_name": state.workflow_name,
        "step_id": run_id.rpartition("#")[0],
        "run_id": run_id,
        "intervention_point_id": details["intervention_point_id"],
        "name": details["name"],
        "description": details.get("description"),
        "priority": details["priority"],
        "user_groups": list(details["user_groups"]),
        "deadline": details.get("deadline"),
        "escalated": False,
        "created_at": timestamp(commit.time),
        "actions": [action.get("id") or action["type"] for action in details["allowed_actions"]],
    }


def _brought_up(body: dict[str, Any], run: StepRun | None, ending: dict[str, Any]) -> dict[str, Any]:
    if body["ended"]:
        # How it ended may be told only by a later commit than the one that found it ended.
        return body if body["ended"]["outcome"] != "ended" else {**body, "ended": ending}
    if run is None or run.human is None:
        return {**body, "ended": ending}
    due = run.human.deadline or run.timeout_at
    changed = {
        **body,
        "user_groups": list(run.human.user_groups),
        "deadline": None if due is None else timestamp(due),
        "escalated": run.human.escalated,
    }
    return {**changed, "places": _joined(body["places"], _places(changed))}


def _joined(before: list[list[str]], now: list[list[str]]) -> list[list[str]]:
    """Every place that may hold a row: what is there no more is deleted again whenever rows are written."""
    return [*before, *(place for place in now if place not in before)]


def _ends(event: Event) -> bool:
    return event.type in _ENDING and event.details.get("strategy") != "escalate"


def _ending(event: Event, commit: Commit) -> dict[str, Any]:
    told = {name: event.details[name] for name in _ANSWER if event.details.get(name) is not None}
    return {"outcome": _ENDING[event.type], "ended_at": timestamp(commit.time), **told}


def _expiry(body: dict[str, Any], before: datetime | None) -> datetime | None:
    if not body["ended"]:
        return before
    return datetime.fromisoformat(body["ended"]["ended_at"]) + timedelta(days=ENDED_DAYS)


class OpenTask(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a list of open tasks. ``actions`` are types, or the ids of custom ones."""

    task_id: str
    execution_id: str
    workflow_id: str
    workflow_version: str
    workflow_name: str | None
    step_id: str
    run_id: str
    intervention_point_id: str
    name: str
    description: str | None
    priority: str
    user_groups: list[str]
    deadline: datetime | None
    escalated: bool
    created_at: datetime
    actions: list[str]
