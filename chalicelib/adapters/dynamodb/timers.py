"""Timers in DynamoDB, to be swept minute by minute.

Layer: adapters. A timer's bucket is the minute it is due in, and one of a few shards, so that a thousand timers of one
minute do not meet in one partition. The sweeper's cursor is an item of the same table: every minute before it is empty.
Nothing may be set behind the cursor: ``WakeUps`` stores only what is due in more than 15 minutes, and the sweeper looks
three minutes ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Final
from zlib import crc32

from chalicelib.adapters import instants
from chalicelib.adapters.aws import Aws
from chalicelib.adapters.dynamodb.items import TimerItem
from chalicelib.adapters.dynamodb.table import ConditionFailed, Table
from chalicelib.ports.queues import DueTimer
from chalicelib.settings import Settings

SHARDS: Final = 4

_CURSOR: Final = ("#cursor", "#")
_MINUTE: Final = timedelta(minutes=1)
_LONG_PAUSE: Final = timedelta(hours=2)
_MINUTE_CHARACTERS: Final = len("2026-01-31T09:00")


class DynamoTimerStore:
    """``TimerStore`` over the timers table."""

    def __init__(self, aws: Aws, settings: Settings) -> None:
        self._table = Table(aws, settings.timers_table, TimerItem)

    def set(self, execution_id: str, at: datetime) -> None:
        bucket = f"{_minute(at)}#{crc32(execution_id.encode()) % SHARDS}"
        self._table.put(TimerItem(bucket, f"{instants.to_text(at)}#{execution_id}"))

    def due(self, *, until: datetime) -> Iterator[DueTimer]:
        beyond = instants.to_text(until + timedelta(microseconds=1))
        for minute in self._minutes(until):
            found = [self._table.query(f"{minute}#{shard}", TimerItem.due < beyond) for shard in range(SHARDS)]
            for item in merge(*found, key=lambda item: str(item.due)):
                yield _to_timer(item)

    def instants(self, *, limit: int) -> list[datetime]:
        timers = (item for item in self._table.scan(limit=limit, consistent=False) if item.bucket != _CURSOR[0])
        return [_to_timer(item).at for item in islice(timers, limit)]

    def delete(self, timer: DueTimer) -> None:
        bucket, _, due = timer.handle.partition("|")
        self._table.delete(bucket, due)

    def swept(self, *, until: datetime) -> None:
        minute = _minute(until)
        forward = TimerItem.minute.does_not_exist() | (TimerItem.minute < minute)
        with suppress(ConditionFailed):  # another sweep is further already
            self._table.update(*_CURSOR, [TimerItem.minute.set(minute)], forward)

    def _minutes(self, until: datetime) -> list[str]:
        """The minutes that may have timers due by ``until``, oldest first."""
        cursor = self._table.get(*_CURSOR)
        if cursor is not None and cursor.minute is not None:
            first = instants.from_text(f"{cursor.minute}:00Z")
            if until - first < _LONG_PAUSE:
                return [_minute(first + n * _MINUTE) for n in range((until - first) // _MINUTE + 1)]
        # Never swept yet, or not for long: reading the whole table once is quicker than asking for each minute.
        minutes = {item.bucket[:_MINUTE_CHARACTERS] for item in self._table.scan() if item.bucket != _CURSOR[0]}
        return sorted(minute for minute in minutes if minute <= _minute(until))


def _minute(at: datetime) -> str:
    return instants.to_text(at)[:_MINUTE_CHARACTERS]


def _to_timer(item: TimerItem) -> DueTimer:
    at, _, execution_id = item.due.partition("#")
    return DueTimer(execution_id=execution_id, at=instants.from_text(at), handle=f"{item.bucket}|{item.due}")
