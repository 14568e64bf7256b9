"""What goes on: in the whole system, in one workflow, in one execution.

Layer: engine. However much there is, a view asks the stores a bounded number of times: it looks at the newest
executions up to a limit, and where that cuts something off, says so by ``capped``. The view of the system is remembered
for some seconds, so a hundred consoles that show it cost what one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, Protocol

import msgspec

from chalicelib.domain.execution.events import EXECUTION_STATES
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine import figures
from chalicelib.engine.queries import Queries
from chalicelib.ports.definitions import StoredDefinition, WorkflowEntry
from chalicelib.ports.executions import ExecutionStore, Summary, SummaryQuery, SummaryStore
from chalicelib.ports.pages import Page
from chalicelib.ports.queues import QueueDepth, QueueDepths, TimerStore
from chalicelib.ports.system import Clock

REMEMBERED: Final = timedelta(seconds=5)
RECENT: Final = timedelta(hours=1)
LOOKED_BACK: Final = timedelta(hours=24)
"""Executions that began earlier are not among the recent ones, also if they end only now."""
MOST_RECENT: Final = 500
MOST_ACTIVE: Final = 1_000
MOST_WORKFLOWS: Final = 20
MOST_TIMERS: Final = 2_000
_ACTIVE_A_PAGE: Final = 200


class WorkflowList(Protocol):
    """The registered workflows."""

    def get(self, workflow_id: str, version: str | None = None) -> StoredDefinition:
        """One of them. Raises ``NotFound``."""

    def entries(self, *, page_size: int, cursor: str | None = None) -> Page[WorkflowEntry]:
        """A page of them."""


class Sources(msgspec.Struct, frozen=True):
    """Where the figures come from."""

    store: ExecutionStore
    summaries: SummaryStore
    timers: TimerStore
    depths: QueueDepths
    workflows: WorkflowList
    queries: Queries


class Overview:
    """Views of what goes on, as JSON values."""

    def __init__(self, sources: Sources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock
        self._lock = Lock()
        self._remembered: tuple[datetime, dict[str, Any]] | None = None

    def system(self) -> dict[str, Any]:
        """The whole: executions, queues, timers, failures. At most some seconds old. Raises ``Unavailable``."""
        with self._lock:  # of several who ask at once, one looks and all are answered
            now = self._clock.now()
            if self._remembered is None or not now - self._remembered[0] < REMEMBERED:
                self._remembered = now, self._system(now)
            return self._remembered[1]

    def workflow(self, workflow_id: str) -> dict[str, Any]:
        """The newest executions of a workflow. Raises ``NotFound`` for one that never was."""
        found = self._sources.summaries.search(SummaryQuery(workflow_id=workflow_id), page_size=MOST_RECENT)
        rows = found.items
        if not rows:
            self._sources.workflows.get(workflow_id)
        ended = [row for row in rows if row.state in figures.ENDED_WELL | figures.NOT_WELL]
        durations = [row.duration_ms for row in rows if row.duration_ms is not None]
        return {
            "taken_at": timestamp(self._clock.now()),
            "workflow_id": workflow_id,
            "executions": {
                "by_state": figures.by_state(rows, EXECUTION_STATES),
                "looked_at": len(rows),
                "capped": found.next_cursor is not None,
            },
            "durations": {
                "count": len(durations),
                **figures.percentiles(durations),
                "max_ms": max(durations, default=None),
            },
            "failure_rate": _share(sum(row.state in figures.NOT_WELL for row in ended), len(ended)),
            "failures_by_code": dict(_codes(rows)),
            "failures": figures.failures(rows),
        }

    def execution(self, execution_id: str) -> dict[str, Any]:
        """Where the time of an execution went, step by step. Raises ``NotFound``."""
        status, now = self._sources.queries.status(execution_id), self._clock.now()
        waited = figures.waits(self._sources.store.read(execution_id), now)
        runs = [_run(row, waited.get(row["run_id"], 0), now) for row in status["steps"]]
        steps = _by_step(runs)
        return {
            "taken_at": timestamp(now),
            "execution_id": execution_id,
            "workflow_id": status["workflow_id"],
            "workflow_version": status["workflow_version"],
            "state": status["state"],
            "duration_ms": _lasted(status["started_at"], status["completed_at"], now),
            "waited_ms": sum(run["waited_ms"] for run in runs),
            "runs_by_state": dict(Counter(run["state"] for run in runs)),
            "attempts": sum(run["attempts"] for run in runs),
            "retries": sum(run["retries"] for run in runs),
            "steps": steps,
        }

    def _system(self, now: datetime) -> dict[str, Any]:
        summaries = self._sources.summaries
        recent = summaries.search(SummaryQuery(created_from=now - LOOKED_BACK), page_size=MOST_RECENT)
        depths = self._sources.depths.read()
        return {
            "taken_at": timestamp(now),
            "executions": {
                **self._active([row.workflow_id for row in recent.items]),
                "recent": {
                    **figures.since(recent.items, now - RECENT, now),
                    "capped": recent.next_cursor is not None,
                },
            },
            "queues": [_depth(depth) for depth in depths],
            "timers": self._timers(now, depths),
            "failures": figures.failures(recent.items),
        }

    def _active(self, seen: Sequence[str]) -> dict[str, Any]:
        """Executions that have not ended, by state: of the workflows that were ``seen`` most, then of the others."""
        listed = self._sources.workflows.entries(page_size=MOST_WORKFLOWS)
        by_use = [workflow_id for workflow_id, _ in Counter(seen).most_common()]
        ids = list(dict.fromkeys([*by_use, *(entry.workflow_id for entry in listed.items)]))
        capped = len(ids) > MOST_WORKFLOWS or listed.next_cursor is not None
        rows: list[Summary] = []
        for workflow_id in ids[:MOST_WORKFLOWS]:
            size = min(_ACTIVE_A_PAGE, MOST_ACTIVE - len(rows))
            query = SummaryQuery(workflow_id=workflow_id, states=figures.OPEN_STATES)
            found = self._sources.summaries.search(query, page_size=size) if size else None
            rows += found.items if found else []
            capped = capped or found is None or found.next_cursor is not None
        return {"active": figures.by_state(rows, figures.OPEN_STATES), "active_capped": capped}

    def _timers(self, now: datetime, depths: Collection[QueueDepth]) -> dict[str, Any]:
        """Timers that are kept, and wake-ups on their way, which are due within 15 minutes all of them."""
        instants = self._sources.timers.instants(limit=MOST_TIMERS)
        near = sum(depth.delayed for depth in depths if depth.kind == "wakeups")
        return {**figures.due(instants, now, near=near), "capped": len(instants) == MOST_TIMERS}


def _depth(depth: QueueDepth) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(depth)
    return shown


def _codes(rows: Sequence[Summary]) -> list[tuple[str, int]]:
    failed = (row for row in rows if row.state in figures.NOT_WELL)
    return Counter(row.error.code if row.error else row.state for row in failed).most_common(figures.MOST_FAILURES)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _run(row: dict[str, Any], waited_ms: int, now: datetime) -> dict[str, Any]:
    return {
        "step_id": row["step_id"],
        "step_type": row["step_type"],
        "state": row["state"],
        "attempts": row["attempts"],
        "retries": max(0, row["attempts"] - 1),
        "duration_ms": _lasted(row["started_at"], row["completed_at"], now),
        "waited_ms": waited_ms,
    }


def _lasted(start: str | None, end: str | None, now: datetime) -> int | None:
    if start is None:
        return None
    until = now if end is None else datetime.fromisoformat(end)
    return figures.to_ms(until - datetime.fromisoformat(start))


def _by_step(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a step, in order of first start; a step of a loop or a map has many runs."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        steps.setdefault(run["step_id"], []).append(run)
    return [
        {
            "step_id": step_id,
            "step_type": of_step[-1]["step_type"],
            "runs": len(of_step),
            "runs_by_state": dict(Counter(run["state"] for run in of_step)),
            "attempts": sum(run["attempts"] for run in of_step),
            "retries": sum(run["retries"] for run in of_step),
            "duration_ms": sum(run["duration_ms"] or 0 for run in of_step),
            "waited_ms": sum(run["waited_ms"] for run in of_step),
            **figures.percentiles(run["duration_ms"] for run in of_step),
        }
        for step_id, of_step in steps.items()
    ]
