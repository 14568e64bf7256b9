"""Where executions live: commits, snapshots and summaries. Layer: ports.

An execution is its commits. The condition on appending is the only lock there is: of several writers that append the
same number, exactly one succeeds, whatever they hold in memory. Reads are consistent: what was appended before a read
began is in it. Snapshots and summaries are derived and may be lost or late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chalicelib.domain.execution.events import Commit, ErrorInfo
from chalicelib.ports.pages import Page


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """State folded up to ``commit_number``, as encoded by ``evolve_version``."""

    execution_id: str
    commit_number: int
    evolve_version: int
    state: bytes


class ExecutionStore(Protocol):
    """Commits and snapshots of executions, by execution id."""

    def append(self, commit: Commit, *, expires_at: datetime | None = None) -> int:
        """Write ``commit`` once and return the size of its events as JSON, in bytes.

        Whether the number follows the last one is the caller's care: a gap is not noticed. Raises ``VersionConflict``
        if that number exists already (also when this very commit was written by a call whose answer was lost: compare
        ``command_ids`` after reloading), ``NotFound`` never, ``Unavailable`` when
        the outcome is unknown or the store throttles, ``JsonError`` for details that are no JSON value.
        """

    def read(self, execution_id: str, *, after: int = 0) -> Iterator[Commit]:
        """Commits with a number above ``after``, in order, consistently. An unknown id gives nothing."""

    def load_snapshot(self, execution_id: str) -> Snapshot | None:
        """The newest snapshot saved, or None. Not consistent: one saved within the last second may be missed."""

    def save_snapshot(self, snapshot: Snapshot, *, expires_at: datetime | None = None) -> None:
        """Keep ``snapshot`` unless one with a higher commit number is there already. Losing one is harmless."""


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a list of executions, as of ``commit_number``. ``duration_ms`` is set once it has ended."""

    execution_id: str
    workflow_id: str
    workflow_version: str
    state: str
    created_at: datetime
    commit_number: int
    workflow_name: str | None = None
    priority: str = "medium"
    started_at: datetime | None = None
    completed_at: datetime | None = None
    duration_ms: int | None = None
    error: ErrorInfo | None = None
    tags: dict[str, Any] = {}


class SummaryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of a list, all of which must hold.

    ``from`` is inclusive, ``to`` exclusive; ``min`` and ``max`` are both inclusive. A filter on the end or the duration
    leaves out what has not ended. ``tags`` are compared as texts, values that are none as their JSON.
    """

    workflow_id: str | None = None
    states: Sequence[str] = ()
    created_from: datetime | None = None
    created_to: datetime | None = None
    completed_from: datetime | None = None
    completed_to: datetime | None = None
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    tags: Mapping[str, str] = {}


class SummaryStore(Protocol):
    """Rows to list and search, projected from commits: newest first, late by a second at most."""

    def project(self, summary: Summary, *, expires_at: datetime | None = None) -> bool:
        """Write the row unless a row of a higher or equal ``commit_number`` is there. True when it was written."""

    def get(self, execution_id: str) -> Summary | None:
        """One row, or None."""

    def search(self, query: SummaryQuery, *, page_size: int, cursor: str | None = None) -> Page[Summary]:
        """A page of rows by descending ``created_at``, then id. Raises ``InvalidCursor`` for another query's cursor.

        A page whose filters let little through may end early, even empty: ``next_cursor`` alone says there is no more.
        Rows written while somebody pages neither shift nor repeat what follows.
        """

    def any_open(self, workflow_id: str) -> bool:
        """Whether an execution of the workflow is in a state that is not terminal."""
