"""The figures of a workflow or an execution as a whole.

Layer: visualization. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.definitions.model import WorkflowDefinition
from chalicelib.domain.definitions.supported import step_type_name
from chalicelib.visualization.nodes import ENDED
from chalicelib.visualization.subject import Subject
from chalicelib.visualization.times import elapsed_ms

_SLOWEST: Final = 5


def metrics_of(subject: Subject, now: datetime | None) -> dict[str, Any]:
    """Of a definition ``{steps, steps_by_type, transitions, event_handlers}``, of an execution also what it has done:
    ``{elapsed_ms, steps_started, step_runs, runs_by_state, retries, failures, progress_percentage, slowest_steps}``.
    """
    definition = subject.definition
    found: dict[str, Any] = {
        "steps": len(definition.steps),
        "steps_by_type": dict(sorted(Counter(step_type_name(step.step_type) for step in definition.steps).items())),
        "transitions": len(definition.transitions),
        "event_handlers": len(definition.event_handlers),
    }
    return {**found, **_of_execution(definition, subject.seen[0].status, now)} if subject.seen else found


def _of_execution(definition: WorkflowDefinition, status: Mapping[str, Any], now: datetime | None) -> dict[str, Any]:
    rows: Sequence[Mapping[str, Any]] = status["steps"]
    latest = {row["step_id"]: row for row in rows}
    finished = status["state"] in ("completed", "partially_failed")
    ended = sum(row["state"] in ENDED for row in latest.values())
    return {
        "elapsed_ms": elapsed_ms(status["started_at"], status["completed_at"], now),
        "steps_started": len(latest),
        "step_runs": len(rows),
        "runs_by_state": dict(sorted(Counter(row["state"] for row in rows).items())),
        "retries": sum(max(row["attempts"] - 1, 0) for row in rows),
        "failures": sum(row["state"] == "failed" for row in rows),
        "progress_percentage": 100 if finished else round(100 * ended / max(len(definition.steps), 1)),
        "slowest_steps": _slowest(rows, now),
    }


def _slowest(rows: Sequence[Mapping[str, Any]], now: datetime | None) -> list[dict[str, Any]]:
    timed = [(elapsed_ms(row["started_at"], row["completed_at"], now), row) for row in rows]
    known = sorted(((ms, row) for ms, row in timed if ms is not None), key=lambda pair: -pair[0])
    return [{"step_id": row["step_id"], "run_id": row["run_id"], "elapsed_ms": ms} for ms, row in known[:_SLOWEST]]
