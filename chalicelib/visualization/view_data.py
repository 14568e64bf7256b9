"""The view of a workflow or an execution as data: its definition, its state, its tasks as a tree, and figures.

Layer: visualization. Pure. The names are those of the original design (``WorkflowView``, ``TaskView``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain.definitions.definition import to_document
from chalicelib.visualization.graph import NOT_STARTED
from chalicelib.visualization.metrics import metrics_of
from chalicelib.visualization.nodes import ENDED, Runs
from chalicelib.visualization.subject import Seen, Subject

DEFINED: Final = "defined"
"""The state of a step in a view of the definition alone."""
_TOLD_ELSEWHERE: Final = frozenset({"steps", "active_steps"})
_PAYLOADS: Final = frozenset({"input", "output", "variables"})


class ViewOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a view has in it. ``io`` are inputs and outputs, ``depth`` levels of sub-workflows below the tasks."""

    metrics: bool = True
    active_tasks: bool = True
    completed_tasks: bool = True
    io: bool = False
    depth: int = 1


def view_of(subject: Subject, options: ViewOptions, now: datetime | None) -> dict[str, Any]:
    """``{view_type, workflow_id, execution_id, definition, node_states, execution_status?, tasks, metrics}``."""
    definition = subject.definition
    seen = next(iter(subject.seen), None)
    view: dict[str, Any] = {
        "view_type": "definition" if seen is None else "execution",
        "workflow_id": definition.id,
        "execution_id": None if seen is None else seen.status["execution_id"],
        "definition": to_document(definition),
        "node_states": _states(subject),
        "tasks": [],
        "metrics": metrics_of(subject, now) if options.metrics else None,
    }
    if seen is not None:
        left_out = _TOLD_ELSEWHERE if options.io else _TOLD_ELSEWHERE | _PAYLOADS
        view["execution_status"] = {name: value for name, value in seen.status.items() if name not in left_out}
        view["tasks"] = list(_tasks(seen, subject, options, options.depth))
    return view


def _states(subject: Subject) -> dict[str, str]:
    steps = [step.id for step in subject.definition.steps]
    if not subject.seen:
        return dict.fromkeys(steps, DEFINED)
    runs = Runs(subject.seen)
    latest = {step_id: runs.latest(step_id) for step_id in steps}
    return {step_id: NOT_STARTED if row is None else row["state"] for step_id, row in latest.items()}


def _tasks(seen: Seen, subject: Subject, options: ViewOptions, depth: int) -> Iterator[dict[str, Any]]:
    """The tasks of an execution: runs of steps, those of a branch or an item below the run that opened it."""
    below: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in seen.status["steps"]:
        below.setdefault(seen.trail.owners.get(row["run_id"]), []).append(row)
    # Whoever opened a region is an earlier run, so going backwards every run finds those below it done.
    done: dict[str, list[dict[str, Any]]] = {}
    for owner, rows in reversed(below.items()):
        tasks = [_task(row, seen, subject, options, depth, done) for row in reversed(rows)]
        done[owner or ""] = [task for task in reversed(tasks) if task is not None]
    yield from done.get("", ())


def _task(
    row: Mapping[str, Any],
    seen: Seen,
    subject: Subject,
    options: ViewOptions,
    depth: int,
    done: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any] | None:
    """The task that a run is; None for one that is not wanted, unless there is one below it that is."""
    children = [*done.get(row["run_id"], ()), *_of_child(row, subject, options, depth)]
    ended = row["state"] in ENDED
    if not children and not (options.completed_tasks if ended else options.active_tasks):
        return None
    return {
        "id": f"{seen.status['execution_id']}:{row['run_id']}",
        "execution_id": seen.status["execution_id"],
        "workflow_id": seen.status["workflow_id"],
        "step_id": row["step_id"],
        "run_id": row["run_id"],
        "name": row["name"],
        "task_type": row["step_type"],
        "state": row["state"],
        "created_at": seen.trail.created_at[row["run_id"]],
        "started_at": row["started_at"],
        "completed_at": row["completed_at"],
        "input": row["input"] if options.io else None,
        "result": row["output"] if options.io else None,
        "error": row["error"],
        "retry_count": max(row["attempts"] - 1, 0),
        "status_info": row["status_info"],
        **{name: row[name] for name in ("branch", "index", "child_execution_id") if name in row},
        "children": children,
    }


def _of_child(row: Mapping[str, Any], subject: Subject, options: ViewOptions, depth: int) -> Sequence[dict[str, Any]]:
    child = subject.children.get(row["step_id"])
    if child is None or depth <= 0:
        return ()
    for seen in child.seen:
        if seen.status["execution_id"] == row.get("child_execution_id"):
            return list(_tasks(seen, child, options, depth - 1))
    return ()
