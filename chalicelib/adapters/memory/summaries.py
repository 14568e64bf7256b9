"""Summaries in memory. Layer: adapters."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import Final

from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.listing import page_of, row_key
from chalicelib.domain.execution.events import TERMINAL_STATES
from chalicelib.ports import cursors
from chalicelib.ports.executions import Summary, SummaryQuery
from chalicelib.ports.pages import Page

_ROWS: Final[Codec[Summary]] = Codec(Summary)


class MemorySummaryStore:
    """``SummaryStore`` in dicts. Nothing expires and nothing lags."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[str, Summary] = {}
        self._keys: list[tuple[str, str]] = []
        self._open: dict[str, set[str]] = {}

    def project(self, summary: Summary, *, expires_at: datetime | None = None) -> bool:
        row = _ROWS.decode(_ROWS.encode(summary), form=_ROWS.form)
        with self._lock:
            present = self._rows.get(row.execution_id)
            if present is not None and present.commit_number >= row.commit_number:
                return False
            if present is None:
                insort(self._keys, (row_key(row), row.execution_id))
            self._rows[row.execution_id] = row
            running = self._open.setdefault(row.workflow_id, set())
            if row.state in TERMINAL_STATES:
                running.discard(row.execution_id)
            else:
                running.add(row.execution_id)
        return True

    def get(self, execution_id: str) -> Summary | None:
        with self._lock:
            return self._rows.get(execution_id)

    def search(self, query: SummaryQuery, *, page_size: int, cursor: str | None = None) -> Page[Summary]:
        before = None if cursor is None else cursors.unseal(query, cursor)
        return page_of(self._newest_first(before), query, page_size=page_size)

    def any_open(self, workflow_id: str) -> bool:
        with self._lock:
            return bool(self._open.get(workflow_id))

    def _newest_first(self, before: str | None) -> Iterator[Summary]:
        with self._lock:
            end = len(self._keys) if before is None else bisect_left(self._keys, (before, ""))
            ids = [execution_id for _, execution_id in self._keys[:end]]
        for execution_id in reversed(ids):
            yield self._rows[execution_id]
