"""What people see of an execution: its status with every step run, and its history.

Layer: domain. Pure projections of commits; shapes are those of the REST API.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chalicelib.domain.definitions.model import Decision, Parallel, WorkflowDefinition
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import evolve_commit
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.rows import RunRows
from chalicelib.domain.execution.state import State

_ACTIVE = frozenset(
    {
        "pending",
        "scheduled",
        "running",
        "waiting_for_event",
        "waiting_for_timer",
        "waiting_for_human_intervention",
        "waiting_for_confirmation",
        "paused",
    }
)


def status_view(commits: Iterable[Commit], definition: WorkflowDefinition | None) -> dict[str, Any] | None:
    """The status of an execution, with one row a step run in order of start; None for no commits.

    ``definition`` adds what only it knows (names, next steps); without it those are left null.
    """
    state: State | None = None
    rows = RunRows()
    for commit in commits:
        state = evolve_commit(state, commit)
        rows.add(commit)
    if state is None:
        return None
    names = _Names(definition)
    steps = [_complete(row, state, names) for row in rows.rows()]
    return {
        "execution_id": state.execution_id,
        "workflow_id": state.workflow_id,
        "workflow_name": state.workflow_name,
        "workflow_version": state.workflow_version,
        "state": state.status,
        "status_info": _status_info(state, rows.updated_at),
        "priority": state.priority,
        "created_at": timestamp(state.created_at),
        "started_at": _shown(state.started_at),
        "completed_at": _shown(state.completed_at),
        "deadline": _shown(state.deadline),
        "input": state.input,
        "output": state.output,
        "error": None if state.error is None else state.error.to_dict(),
        "variables": state.variables,
        "metadata": state.metadata,
        "tags": state.tags,
        "steps": steps,
        "active_steps": [row for row in steps if row["state"] in _ACTIVE],
        "version": state.commit,
        **_family(state),
    }


def _family(state: State) -> dict[str, Any]:
    """Of a child: the attempt that began it."""
    if state.parent is None:
        return {}
    parent = state.parent
    step_id = parent.run_id.rpartition("#")[0]
    return {"parent": {"execution_id": parent.execution_id, "step_id": step_id, "run_id": parent.run_id}}


def history_events(commit: Commit, workflow_id: str | None = None) -> list[dict[str, Any]]:
    """The events of a commit as the history shows them; ``workflow_id`` is taken from commit 1 if not given."""
    if workflow_id is None and commit.events[0].type == "WorkflowCreated":
        workflow_id = commit.events[0].details["workflow_id"]
    return [
        {
            "id": f"{commit.execution_id}:{sequence}",
            "sequence": sequence,
            "timestamp": timestamp(commit.time),
            "execution_id": commit.execution_id,
            "workflow_id": workflow_id,
            "event_type": event.type,
            "step_id": event.step_id,
            "task_id": event.run_id,
            "details": event.details,
            "source": event.details.get("source", "engine"),
        }
        for sequence, event in enumerate(commit.events, start=commit.first_sequence)
    ]


class _Names:
    """What only the definition knows of its steps, by step id."""

    def __init__(self, definition: WorkflowDefinition | None) -> None:
        self.steps = {} if definition is None else {step.id: step for step in definition.steps}
        self.next: dict[str, list[str]] = {}
        for transition in [] if definition is None else definition.transitions:
            self.next.setdefault(transition.from_step_id, []).append(transition.to_step_id)

    def place(self, owner: str, number: int) -> dict[str, Any]:
        """Which branch (by name) or item (by index) of the step ``owner`` a run is in."""
        step = self.steps.get(owner)
        if step is not None and isinstance(step.step_type, Parallel):
            return {"branch": step.step_type.branches[number].name}
        return {"index": number}


def _complete(row: dict[str, Any], state: State, names: _Names) -> dict[str, Any]:
    """Fill in what the events leave out because it stands elsewhere."""
    mapped = row.pop("mapped")
    chosen = row.pop("chosen")
    row["input"] = row["input"] if mapped else state.input
    if row["child_execution_id"] is None:
        del row["child_execution_id"]
    region = row.pop("region")
    if region is not None:
        row.update(names.place(region["owner"].rpartition("#")[0], region["number"]))
    step = names.steps.get(row["step_id"])
    if step is None:
        return row
    row["name"] = step.name or step.id
    row["step_type"] = row["step_type"] or msgspec.to_builtins(step.step_type)["type"]
    if isinstance(step.step_type, Decision):
        row["next_step_ids"] = [] if chosen is None else [chosen]
    else:
        row["next_step_ids"] = list(names.next.get(step.id, []))
    return row


def _status_info(state: State, updated_at: str | None) -> dict[str, Any]:
    waiting = sum(1 for run in state.runs.values() if run.due_at is not None and run.state == "scheduled")
    open_runs, asked = len(state.runs), sum(1 for run in state.runs.values() if run.human is not None)
    details = None if not open_runs else f"{open_runs} active, {waiting} waiting for a retry"
    if asked:
        details = f"{details}, {asked} waiting for a person"
    if state.is_ending:
        left, awaited = len(state.finished) + (not state.is_settling), len(state.strays)
        details = f"{left} to compensate, {awaited} awaited"
    return {
        "details": details,
        "sub_state": "compensating" if state.is_ending else None,
        "progress_percentage": 100 if state.status in ("completed", "partially_failed") else None,
        "expected_duration": None,
        "updated_at": updated_at,
    }


def _shown(instant: Any) -> str | None:
    return None if instant is None else timestamp(instant)
