"""Human tasks to look at: lists of open ones, and one with its form and what is needed to decide.

Layer: engine. Lists are read from the inbox, which lags behind by a second; one task is read from its execution, exact
as of now.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import islice, takewhile
from typing import Any

import msgspec

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.errors import NotFound
from chalicelib.domain.execution.human_tasks import HumanTask, parse_task_id
from chalicelib.domain.execution.program import Program
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import State, StepRun
from chalicelib.engine.inbox import ALL, ANYONE, Inbox, OpenTask, box_of, rank_of
from chalicelib.engine.loading import StateLoader
from chalicelib.ports.cursors import seal, unseal
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.pages import Page


class TaskQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which open tasks: those that members of ``groups`` may answer (None: all there are), and all filters hold.

    ``open_to_anyone`` adds those that every caller may answer. ``due_before`` leaves out what has no due date.
    """

    groups: tuple[str, ...] | None = ()
    open_to_anyone: bool = False
    priorities: tuple[str, ...] = ()
    due_before: datetime | None = None


class HumanTasks:
    """Answers questions about human tasks. Changes nothing."""

    def __init__(
        self, entries: Entries, inbox: Inbox, loader: StateLoader, programs: Callable[[str, str], Program]
    ) -> None:
        self._entries = entries
        self._inbox = inbox
        self._loader = loader
        self._programs = programs

    def page(self, query: TaskQuery, *, page_size: int, cursor: str | None = None) -> Page[OpenTask]:
        """Open tasks: the highest priority first, then what is due first, then the oldest. Raises ``InvalidCursor``."""
        after = "" if cursor is None else unseal(query, cursor)
        found = list(islice(self._rows(query, after), page_size + 1))
        tasks = [msgspec.convert(entry.body, OpenTask) for entry in found[:page_size]]
        more = len(found) > page_size
        return Page(tasks, seal(query, found[page_size - 1].key) if more else None)

    def view(self, task_id: str) -> dict[str, Any]:
        """One task, also an ended one while it is known. Raises ``NotFound`` (``TaskNotFound``).

        ``state`` is ``open`` or ``ended``. An open one has its ``allowed_actions`` with their forms, and in ``context``
        what there is to decide on: the execution's ``input`` and ``variables``, inside a map ``item`` and ``index``.
        """
        named = parse_task_id(task_id)
        state = None if named is None else self._loader.load(named[0])
        if named is None or state is None:
            raise _unknown(task_id)
        run, record = state.runs.get(named[1]), self._inbox.record(*named)
        if run is not None and run.human is not None:
            return {**self._open(task_id, state, run, run.human), "execution": _execution(state)}
        if record is None:
            raise _unknown(task_id)
        known = {name: value for name, value in record.items() if name not in {"actions", "places", "ended"}}
        return {**known, "state": "ended", "ended": record["ended"], "execution": _execution(state)}

    def _open(self, task_id: str, state: State, run: StepRun, task: HumanTask) -> dict[str, Any]:
        point = self._programs(state.workflow_id, state.workflow_version).point_of(run.step_id)
        due = task.deadline or run.timeout_at
        return {
            "task_id": task_id,
            "state": "open",
            "execution_id": state.execution_id,
            "workflow_id": state.workflow_id,
            "workflow_version": state.workflow_version,
            "workflow_name": state.workflow_name,
            "step_id": run.step_id,
            "run_id": run.run_id,
            "intervention_point_id": point.id,
            "name": point.name,
            "description": point.description,
            "priority": point.priority,
            "user_groups": list(task.user_groups),
            "deadline": None if due is None else timestamp(due),
            "escalated": task.escalated,
            "reminders": task.reminders,
            "created_at": timestamp(run.started_at or run.scheduled_at),
            "allowed_actions": msgspec.to_builtins(point.allowed_actions),
            "context": _context(state, run),
        }

    def _rows(self, query: TaskQuery, after: str) -> Iterator[Entry]:
        last = ""
        for rank in sorted(rank_of(priority) for priority in set(query.priorities or PRIORITIES)):
            for entry in self._of_rank(query, f"{rank}#", after):
                # A task of several groups lies in the box of each, under the same key.
                if entry.key != last:
                    last = entry.key
                    yield entry

    def _of_rank(self, query: TaskQuery, prefix: str, after: str) -> Iterator[Entry]:
        boxes = [self._entries.read(box, prefix=prefix, after=after) for box in _boxes(query)]
        rows: Iterator[Entry] = heapq.merge(*boxes, key=lambda entry: entry.key)
        if query.due_before is None:
            return rows
        bound = f"{prefix}{timestamp(query.due_before)}"
        return takewhile(lambda entry: entry.key < bound, rows)


def _boxes(query: TaskQuery) -> Collection[str]:
    if query.groups is None:
        return (ALL,)
    return [*((ANYONE,) if query.open_to_anyone else ()), *(box_of(group) for group in sorted(set(query.groups)))]


def _context(state: State, run: StepRun) -> dict[str, Any]:
    around = state.item_around(run.region)
    if around is None:
        return {"input": state.input, "variables": state.variables}
    item = around[1]
    return {"input": state.input, "variables": item.variables, "item": item.item, "index": item.index}


def _execution(state: State) -> dict[str, Any]:
    return {
        "execution_id": state.execution_id,
        "state": state.status,
        "started_at": None if state.started_at is None else timestamp(state.started_at),
        "priority": state.priority,
        "tags": state.tags,
    }


def _unknown(task_id: str) -> NotFound:
    return NotFound(f"There is no human task {task_id[:100]!r}.", code="TaskNotFound")
