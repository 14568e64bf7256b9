"""Entries in DynamoDB: an item each, under conditions on its version.

Layer: adapters. Every write gives its item a fresh random version, so a condition on the version also notices an entry
that was deleted and made again. DynamoDB drops expired items days late: until then they are hidden here, and may be
written over. botocore repeats a request whose answer was lost; a condition that then fails on our own write is told by
the version. One that failed although it holds is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from chalicelib.adapters import instants
from chalicelib.adapters.aws import Aws
from chalicelib.adapters.bodies import Blobs, Bodies
from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.dynamodb.items import EntryItem
from chalicelib.adapters.dynamodb.table import ConditionFailed, Table
from chalicelib.adapters.system import fresh_number
from chalicelib.domain.errors import Unavailable
from chalicelib.ports.entries import Entry, check_keys
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings

_BODIES: Final[Codec[dict[str, Any]]] = Codec(dict[str, Any])
_FIXED_BYTES: Final = len("partition,entry,v,b,expires_at") + 2 * 12
_LAST: Final = "\U0010ffff"
_ATTEMPTS: Final = 4

_Holds = Callable[[EntryItem | None], bool]
"""Whether a condition holds of what is there."""


class DynamoEntries:
    """``Entries`` over the entries table."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs, clock: Clock) -> None:
        self._table = Table(aws, settings.entries_table, EntryItem)
        self._bodies = Bodies(blobs, inline_bytes=settings.inline_payload_bytes)
        self._lasting = Bodies(blobs, inline_bytes=settings.inline_payload_bytes, lasting=True)
        self._clock = clock

    def put(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        self._write(partition, key, body, expires_at)

    def add(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        absent = EntryItem.v.does_not_exist() | (EntryItem.expires_at <= self._now_seconds())
        return self._write(partition, key, body, expires_at, absent, lambda item: not self._is_there(item))

    def replace(self, entry: Entry, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        condition = self._unchanged(entry)
        return self._write(entry.partition, entry.key, body, expires_at, condition, self._is_still(entry))

    def get(self, partition: str, key: str) -> Entry | None:
        check_keys(partition, key)
        item = self._table.get(partition, key)
        return self._to_entry(item) if item is not None and self._is_there(item) else None

    def read(self, partition: str, *, prefix: str = "", after: str = "", limit: int | None = None) -> Iterator[Entry]:
        check_keys(partition, prefix or "-")
        items = self._table.query(partition, _range(prefix, after), limit=None if limit is None else max(limit, 1) + 1)
        wanted = (item for item in items if item.entry != after and self._is_there(item))
        return (self._to_entry(item) for item in islice(wanted, limit))

    def delete(self, partition: str, key: str) -> None:
        check_keys(partition, key)
        self._table.delete(partition, key)

    def remove(self, entry: Entry) -> bool:
        still = self._is_still(entry)
        for _ in range(_ATTEMPTS):
            try:
                self._table.delete(entry.partition, entry.key, self._unchanged(entry))
            except ConditionFailed:
                if not still(self._table.get(entry.partition, entry.key)):
                    return False
            else:
                return True
        raise _refused_in_vain(entry.partition, entry.key)

    def _write(
        self,
        partition: str,
        key: str,
        body: Mapping[str, Any],
        expires_at: datetime | None,
        condition: Condition | None = None,
        holds: _Holds = lambda _: True,
    ) -> bool:
        check_keys(partition, key)
        item = self._to_item(partition, key, body, expires_at)
        for _ in range(_ATTEMPTS):
            try:
                self._table.put(item, condition)
            except ConditionFailed:
                present = self._table.get(partition, key)
                if present is not None and int(present.v) == item.v:
                    return True  # our own write, whose answer was lost
                if not holds(present):
                    return False
            else:
                return True
        raise _refused_in_vain(partition, key)

    def _to_item(self, partition: str, key: str, body: Mapping[str, Any], expires_at: datetime | None) -> EntryItem:
        raw = _BODIES.encode(dict(body))
        bodies = self._lasting if expires_at is None else self._bodies  # what never expires must not lose its body
        beside = _FIXED_BYTES + len(partition.encode()) + len(key.encode())
        return EntryItem(
            partition,
            key,
            v=fresh_number(),
            b=bodies.pack(raw, form=_BODIES.form, beside=beside),
            expires_at=None if expires_at is None else instants.to_epoch_seconds_up(expires_at),
        )

    def _unchanged(self, entry: Entry) -> Condition:
        alive = EntryItem.expires_at.does_not_exist() | (EntryItem.expires_at > self._now_seconds())
        unchanged: Condition = (EntryItem.v == entry.version) & alive
        return unchanged

    def _is_still(self, entry: Entry) -> _Holds:
        return lambda item: self._is_there(item) and item is not None and int(item.v) == entry.version

    def _is_there(self, item: EntryItem | None) -> bool:
        expiry = None if item is None else _expiry(item)
        return item is not None and (expiry is None or expiry > self._now_seconds())

    def _now_seconds(self) -> int:
        return instants.to_epoch_seconds(self._clock.now())

    def _to_entry(self, item: EntryItem) -> Entry:
        form, raw = self._bodies.unpack(item.b)
        expiry = _expiry(item)
        return Entry(
            partition=item.partition,
            key=item.entry,
            body=_BODIES.decode(raw, form=form),
            version=int(item.v),
            expires_at=None if expiry is None else instants.from_epoch_seconds(expiry),
        )


def _refused_in_vain(partition: str, key: str) -> Unavailable:
    return Unavailable(f"writing {key!r} of {partition!r}: refused again and again, although it is as it should be")


def _range(prefix: str, after: str) -> Condition | None:
    """The condition on the sort key: one that DynamoDB takes, so ``after`` itself may be in it."""
    if prefix and after > prefix:
        return EntryItem.entry.between(after, max(after, prefix + _LAST))
    if prefix:
        return EntryItem.entry.startswith(prefix)
    return EntryItem.entry > after if after else None


def _expiry(item: EntryItem) -> int | None:
    """Seconds since 1970 at which the item goes. The attribute's type does not say that it may be missing."""
    seconds: float | None = item.expires_at
    return None if seconds is None else int(seconds)
