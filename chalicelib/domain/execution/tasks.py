"""A unit of work for a worker, as it travels through a task queue.

Layer: domain. A task is re-derivable from the state of its execution; receiving it twice is harmless, because its
outcome is named by (execution, step run, attempt).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.definitions.model import Priority


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Run ``activity_type`` with ``input`` as attempt ``attempt`` (from 1) of ``run_id``.

    ``task_list`` is that of an external worker; with ``heartbeat_seconds`` its worker has to be heard of that often.
    ``deadline`` is when the attempt times out (aware UTC), or None. ``cause`` is the commit that scheduled it. Of an
    ``errand``, which no step run waits for, ``run_id`` is the errand's own id and nobody is told the outcome.
    """

    execution_id: str
    workflow_id: str
    run_id: str
    attempt: int
    activity_type: str
    input: Any
    cause: int
    priority: Priority = "medium"
    deadline: datetime | None = None
    task_list: str | None = None
    heartbeat_seconds: float | None = None
    trace_id: str | None = None
    errand: bool = False

    @property
    def step_id(self) -> str:
        """The step that this is a run of."""
        return self.run_id.rpartition("#")[0]

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of one step run: pass it on to services that understand such keys."""
        return f"{self.execution_id}:{self.run_id}"
