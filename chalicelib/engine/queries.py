"""Looking at executions: one's status and history, and a list of many.

Layer: engine. Status and history are read from the commits and exact as of the read; the list is read from summaries,
which may lag by a second. A page of a history ends at ``page_size`` events or at ``PAGE_BYTES``, whichever comes first.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

import msgspec

from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.definitions.model import WorkflowDefinition
from chalicelib.domain.errors import InvalidCursor, NotFound
from chalicelib.domain.execution import views
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.trail import Trail
from chalicelib.engine.heartbeats import Heartbeats
from chalicelib.ports.executions import ExecutionStore, Summary, SummaryQuery, SummaryStore
from chalicelib.ports.pages import Page

PAGE_BYTES: Final = 4_000_000
_AT_WORK: Final = frozenset({"scheduled", "running"})

# Writes what the codec writes, without its search for what JSON cannot say: a value is only weighed here.
_MEASURED: Final = msgspec.json.Encoder(decimal_format="number")


class DefinitionSource(Protocol):
    """Where definitions come from, deleted ones too."""

    def load(self, workflow_id: str, version: str, /) -> LoadedDefinition:
        """One version. Raises ``NotFound``."""


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: all filters must hold; ``start_time`` is inclusive, ``end_time`` exclusive; none means any."""

    execution_id: str
    event_types: tuple[str, ...] = ()
    start_time: datetime | None = None
    end_time: datetime | None = None
    step_id: str | None = None

    def takes(self, commit: Commit, event: Event) -> bool:
        """Whether an event of ``commit`` belongs to the answer."""
        return (
            (not self.event_types or event.type in self.event_types)
            and (self.step_id is None or event.step_id == self.step_id)
            and (self.start_time is None or commit.time >= self.start_time)
            and (self.end_time is None or commit.time < self.end_time)
        )


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in order, as the history shows them. ``total`` counts the whole query, where a page number asked."""

    events: list[dict[str, Any]]
    next_cursor: str | None = None
    total: int | None = None


class Queries:
    """Answers questions about executions. Changes nothing."""

    def __init__(
        self, store: ExecutionStore, summaries: SummaryStore, definitions: DefinitionSource, heartbeats: Heartbeats
    ) -> None:
        self._heartbeats = heartbeats
        self._store = store
        self._summaries = summaries
        self._definitions = definitions

    def status(self, execution_id: str) -> dict[str, Any]:
        """The status with every step run. Raises ``NotFound``."""
        return self.status_at(execution_id)[0]

    def status_at(self, execution_id: str) -> tuple[dict[str, Any], int]:
        """The status, and the sequence of the last event in it. Raises ``NotFound``."""
        view, commits = self._read(execution_id)
        return view, commits[-1].first_sequence + len(commits[-1].events) - 1

    def status_with_trail(self, execution_id: str) -> tuple[dict[str, Any], Trail]:
        """The status, and which ways the execution has gone. Raises ``NotFound``."""
        view, commits = self._read(execution_id)
        return view, Trail(commits)

    def _read(self, execution_id: str) -> tuple[dict[str, Any], Sequence[Commit]]:
        commits = list(self._store.read(execution_id))
        view = views.status_view(commits, self._definition_of(commits))
        if view is None:
            raise _unknown(execution_id)
        self._show_progress(execution_id, view["active_steps"])
        return view, commits

    def workflow_of(self, execution_id: str) -> str:
        """The id of the workflow that an execution runs. Raises ``NotFound``."""
        row = self._summaries.get(execution_id)
        if row is not None:
            return row.workflow_id
        for commit in self._store.read(execution_id):  # the row is late
            return str(commit.events[0].details["workflow_id"])
        raise _unknown(execution_id)

    def history(self, query: HistoryQuery, *, page_size: int, cursor: str | None = None) -> HistoryPage:
        """The page after ``cursor``, or the first. Raises ``NotFound``, ``InvalidCursor``."""
        start = _START if cursor is None else _to_position(cursor, query)
        return _page(_Matches(self._store, query, start), page_size)

    def history_page(self, query: HistoryQuery, *, page_size: int, page: int) -> HistoryPage:
        """Page number ``page`` (from 1) with the total. Reads the whole history: a cursor is cheaper.

        A page that ended early for its size goes on at ``next_cursor``. Raises ``NotFound``.
        """
        matches = _Matches(self._store, query, _START)
        deque(islice(matches, (page - 1) * page_size), maxlen=0)
        found = _page(matches, page_size)
        deque(matches, maxlen=0)
        return msgspec.structs.replace(found, total=matches.count)

    def search(self, query: SummaryQuery, *, page_size: int, cursor: str | None = None) -> Page[Summary]:
        """Executions, newest first. Raises ``InvalidCursor``."""
        return self._summaries.search(query, page_size=page_size, cursor=cursor)

    def _show_progress(self, execution_id: str, rows: Sequence[dict[str, Any]]) -> None:
        """What activities at work said last; the history has it only as often as their heartbeats matter."""
        at_work = {(row["run_id"], row["attempts"]): row for row in rows if row["state"] in _AT_WORK}
        for run_id, attempt, progress in self._heartbeats.progress(execution_id) if at_work else ():
            if (run_id, attempt) in at_work:
                at_work[run_id, attempt]["status_info"].update(progress)

    def _definition_of(self, commits: Sequence[Commit]) -> WorkflowDefinition | None:
        """The definition behind the commits; a status is shown even if that cannot be had any more."""
        if not commits:
            return None
        created = commits[0].events[0].details
        try:
            return self._definitions.load(created["workflow_id"], created["workflow_version"]).definition
        except NotFound:
            return None


def travelling_size(value: Any) -> int:
    """Bytes of a JSON value on its way out of a function: as text inside a JSON text, beyond ASCII escaped."""
    return len(json.dumps(_MEASURED.encode(value).decode())) - 2  # without the quotes around the text


class _Position(msgspec.Struct, frozen=True):
    """Where a page ended: what follows begins in a commit after ``commit``, with an event after ``sequence``."""

    commit: int = 0
    sequence: int = 0
    workflow_id: str | None = None


_START: Final = _Position()


class _Match(msgspec.Struct, frozen=True):
    event: dict[str, Any]
    position: _Position


class _Matches:
    """Iterates over the events of a query from a position on; ``count`` is how many it has given so far."""

    def __init__(self, store: ExecutionStore, query: HistoryQuery, start: _Position) -> None:
        self.query = query
        self.count = 0
        self._found = self._read(store, start)

    def __iter__(self) -> Iterator[_Match]:
        return self

    def __next__(self) -> _Match:
        match = next(self._found)
        self.count += 1
        return match

    def _read(self, store: ExecutionStore, start: _Position) -> Iterator[_Match]:
        workflow_id = start.workflow_id
        for commit in store.read(self.query.execution_id, after=start.commit):
            workflow_id = workflow_id or commit.events[0].details["workflow_id"]
            for event, shown in zip(commit.events, views.history_events(commit, workflow_id), strict=True):
                if shown["sequence"] > start.sequence and self.query.takes(commit, event):
                    yield _Match(shown, _Position(commit.number - 1, shown["sequence"], workflow_id))
        if workflow_id is None:
            raise _unknown(self.query.execution_id)


def _page(matches: _Matches, page_size: int) -> HistoryPage:
    events: list[dict[str, Any]] = []
    position, size = _START, 0
    for match in matches:
        size += travelling_size(match.event)
        if events and (len(events) == page_size or size > PAGE_BYTES):
            return HistoryPage(events=events, next_cursor=_to_cursor(position, matches.query))
        events.append(match.event)
        position = match.position
    return HistoryPage(events=events)


def _to_cursor(position: _Position, query: HistoryQuery) -> str:
    """Opaque to callers: the position, and the digest of the query that alone may use it."""
    raw = msgspec.json.encode([_digest(query), position.commit, position.sequence, position.workflow_id])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _to_position(cursor: str, query: HistoryQuery) -> _Position:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, commit, sequence, workflow_id = msgspec.json.decode(raw, type=tuple[str, int, int, str])
    except (ValueError, binascii.Error, msgspec.DecodeError) as failure:
        message = "The cursor is damaged: take it from next_cursor as it is."
        raise InvalidCursor(message) from failure
    if digest != _digest(query):
        message = "The cursor belongs to another query: keep the execution and the filters from page to page."
        raise InvalidCursor(message)
    return _Position(commit, sequence, workflow_id)


def _digest(query: HistoryQuery) -> str:
    return hashlib.sha256(msgspec.json.encode(query)).hexdigest()[:16]


def _unknown(execution_id: str) -> NotFound:
    return NotFound(f"There is no execution {execution_id!r}.", code="ExecutionNotFound")
