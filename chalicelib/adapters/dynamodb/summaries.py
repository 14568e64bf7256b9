"""Rows of executions in DynamoDB.

Layer: adapters. One item a row, written once for each projection. Two indexes give the order of creation, both spread
over months and shards so that no partition takes more than its share of the writes:

- `by_workflow` has whole rows. Those of executions that have not ended are in partitions of their own (`open` in place
  of a month), so asking whether a workflow has any costs a key look-up for each shard, however many have ended.
- `recent` has the keys of all workflows' rows. They never change, so it costs one write for each execution, once.

Which months a workflow has rows in is kept beside the rows, in items no execution id can name (``#`` is not allowed in
one); a process writes that once a month and workflow, before the first row, so a month with rows is always known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import chain, islice
from typing import Final
from zlib import crc32

from pynamodb.expressions.condition import Condition

from chalicelib.adapters import instants
from chalicelib.adapters.aws import Aws
from chalicelib.adapters.bodies import Blobs, Bodies
from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.dynamodb.items import SummaryItem
from chalicelib.adapters.dynamodb.table import ConditionFailed, Table
from chalicelib.adapters.listing import page_of, row_key
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.events import TERMINAL_STATES
from chalicelib.ports import cursors
from chalicelib.ports.executions import Summary, SummaryQuery
from chalicelib.ports.pages import Page
from chalicelib.settings import Settings

SHARDS: Final = 4

_ALL_WORKFLOWS: Final = ""
_MONTH_CHARACTERS: Final = len("2026-01")
_LOWEST_KEY: Final = "0"
_HIGHEST_KEY: Final = "~"
_ROWS_A_QUERY: Final = 25
_ROWS_A_BATCH: Final = 50
_BYTES_BESIDE: Final = 250

_ROWS: Final[Codec[Summary]] = Codec(Summary)


class DynamoSummaryStore:
    """``SummaryStore`` over the summaries table."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._table = Table(aws, settings.summaries_table, SummaryItem)
        self._bodies = Bodies(blobs, inline_bytes=settings.inline_payload_bytes)
        self._known_months: set[tuple[str, str]] = set()

    def project(self, summary: Summary, *, expires_at: datetime | None = None) -> bool:
        key = row_key(summary)
        month, shard = key[:_MONTH_CHARACTERS], crc32(summary.execution_id.encode()) % SHARDS
        self._note_month(summary.workflow_id, month)
        item = SummaryItem(
            summary.execution_id,
            n=summary.commit_number,
            b=self._bodies.pack(_ROWS.encode(summary), form=_ROWS.form, beside=_BYTES_BESIDE),
            workflow_shard=f"{summary.workflow_id}#{month if summary.state in TERMINAL_STATES else 'open'}#{shard}",
            month_shard=f"{month}#{shard}",
            created_key=key,
            expires_at=None if expires_at is None else instants.to_epoch_seconds(expires_at),
        )
        try:
            self._table.put(item, SummaryItem.n.does_not_exist() | (SummaryItem.n < summary.commit_number))
        except ConditionFailed as error:
            present = self._table.get(summary.execution_id)
            if present is None or int(present.n) < summary.commit_number:  # the row would go on telling the past
                message = f"projecting {summary.execution_id}: refused, although the row is older"
                raise Unavailable(message) from error
            return False
        return True

    def get(self, execution_id: str) -> Summary | None:
        item = self._table.get(execution_id)
        return None if item is None else self._row(item)

    def search(self, query: SummaryQuery, *, page_size: int, cursor: str | None = None) -> Page[Summary]:
        before = None if cursor is None else cursors.unseal(query, cursor)
        span = _Span(query, before)
        rows = self._of_all(span) if query.workflow_id is None else self._of_workflow(query.workflow_id, query, span)
        return page_of(rows, query, page_size=page_size)

    def any_open(self, workflow_id: str) -> bool:
        shards = (f"{workflow_id}#open#{shard}" for shard in range(SHARDS))
        return any(True for shard in shards for _ in self._table.query(shard, index="by_workflow", limit=1))

    def _of_workflow(self, workflow_id: str, query: SummaryQuery, span: _Span) -> Iterator[Summary]:
        """Rows newest first: those still open, merged with the months' one after the other."""
        sources: list[Iterator[SummaryItem]] = []
        if not query.states or not TERMINAL_STATES.issuperset(query.states):
            sources.append(self._newest_first(f"{workflow_id}#open", "by_workflow", span))
        if not query.states or not TERMINAL_STATES.isdisjoint(query.states):
            months = (f"{workflow_id}#{month}" for month in self._months(workflow_id, span))
            sources.append(chain.from_iterable(self._newest_first(month, "by_workflow", span) for month in months))
        last = None
        for item in _merged(sources):
            # An execution that ends while we read moves to its month, and for a moment the index may show both.
            row = self._row(item) if item.execution_id != last else None
            last = item.execution_id
            if row is not None:
                yield row

    def _of_all(self, span: _Span) -> Iterator[Summary]:
        """Rows of every workflow, newest first: keys from the index, rows fetched by the batch."""
        months = self._months(_ALL_WORKFLOWS, span)
        keys = chain.from_iterable(self._newest_first(month, "recent", span) for month in months)
        while batch := [item.execution_id for item in islice(keys, _ROWS_A_BATCH)]:
            items = {item.execution_id: item for item in self._table.get_all(batch)}
            for execution_id in batch:
                row = self._row(items[execution_id]) if execution_id in items else None
                if row is not None:
                    yield row

    def _newest_first(self, partition: str, index: str, span: _Span) -> Iterator[SummaryItem]:
        if span.is_empty:
            return
        found = [
            self._table.query(
                f"{partition}#{shard}", span.condition, index=index, newest_first=True, limit=_ROWS_A_QUERY
            )
            for shard in range(SHARDS)
        ]
        yield from (item for item in _merged(found) if item.created_key != span.before)

    def _row(self, item: SummaryItem) -> Summary | None:
        if "b" not in item.attribute_values:
            return None  # the months of a workflow, asked for as if it were an execution
        form, raw = self._bodies.unpack(item.b)
        return _ROWS.decode(raw, form=form)

    def _months(self, workflow_id: str, span: _Span) -> list[str]:
        """The months that have rows and lie in ``span``, newest first."""
        item = self._table.get(f"#{workflow_id}")
        months = () if item is None or item.months is None else item.months
        return sorted((month for month in months if span.touches(month)), reverse=True)

    def _note_month(self, workflow_id: str, month: str) -> None:
        for name in (workflow_id, _ALL_WORKFLOWS):
            if (name, month) not in self._known_months:
                self._table.update(f"#{name}", None, [SummaryItem.months.add({month})])
                self._known_months.add((name, month))


class _Span:
    """The part of the order of creation that a page may show, before the cursor's row."""

    def __init__(self, query: SummaryQuery, before: str | None) -> None:
        self._low = _LOWEST_KEY if query.created_from is None else instants.to_text(query.created_from)
        to = _HIGHEST_KEY if query.created_to is None else instants.to_text(query.created_to)
        self._high = to if before is None else min(to, before)
        self.before = before

    @property
    def is_empty(self) -> bool:
        return self._low > self._high

    @property
    def condition(self) -> Condition:
        # Both ends are included. No key equals an instant alone, so a row created at ``created_to`` is beyond it.
        return SummaryItem.created_key.between(self._low, self._high)

    def touches(self, month: str) -> bool:
        return self._low[:_MONTH_CHARACTERS] <= month <= self._high


def _merged(sources: Iterable[Iterator[SummaryItem]]) -> Iterator[SummaryItem]:
    return merge(*sources, key=lambda item: str(item.created_key), reverse=True)
