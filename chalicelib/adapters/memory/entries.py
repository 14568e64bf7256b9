"""Entries in memory. Layer: adapters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Any, Final

import msgspec

from chalicelib.adapters import instants
from chalicelib.adapters.codecs import Codec
from chalicelib.ports.entries import Entry, check_keys
from chalicelib.ports.system import Clock

_BODIES: Final[Codec[dict[str, Any]]] = Codec(dict[str, Any])


class _Kept(msgspec.Struct, frozen=True):
    """What lies under a key: the body as encoded."""

    raw: bytes
    version: int
    expires_at: datetime | None


class MemoryEntries:
    """``Entries`` in a dict and a sorted list of keys a partition. What has expired goes when it is next met."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._versions = count(1)
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._keys: defaultdict[str, list[str]] = defaultdict(list)

    def put(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        raw = _encoded(partition, key, body)
        with self._lock:
            self._write(partition, key, raw, expires_at)

    def add(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        raw = _encoded(partition, key, body)
        with self._lock:
            absent = self._present(partition, key) is None
            if absent:
                self._write(partition, key, raw, expires_at)
            return absent

    def replace(self, entry: Entry, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        raw = _encoded(entry.partition, entry.key, body)
        with self._lock:
            unchanged = self._is_unchanged(entry)
            if unchanged:
                self._write(entry.partition, entry.key, raw, expires_at)
            return unchanged

    def get(self, partition: str, key: str) -> Entry | None:
        check_keys(partition, key)
        with self._lock:
            kept = self._present(partition, key)
        return None if kept is None else _to_entry(partition, key, kept)

    def read(self, partition: str, *, prefix: str = "", after: str = "", limit: int | None = None) -> Iterator[Entry]:
        check_keys(partition, prefix or "-")
        return self._read(partition, prefix, after, limit)

    def delete(self, partition: str, key: str) -> None:
        check_keys(partition, key)
        with self._lock:
            self._forget(partition, key)

    def remove(self, entry: Entry) -> bool:
        with self._lock:
            unchanged = self._is_unchanged(entry)
            if unchanged:
                self._forget(entry.partition, entry.key)
            return unchanged

    def _read(self, partition: str, prefix: str, after: str, limit: int | None) -> Iterator[Entry]:
        given = 0
        first = prefix if after < prefix else None  # where the prefix begins, unless ``after`` is beyond that
        while limit is None or given < limit:
            with self._lock:
                found = self._next(partition, after, first)
            if found is None or not found.key.startswith(prefix):
                return
            yield found
            given, after, first = given + 1, found.key, None

    def _next(self, partition: str, after: str, first: str | None) -> Entry | None:
        keys = self._keys.get(partition, [])
        place = bisect_right(keys, after) if first is None else bisect_left(keys, first)
        while place < len(keys):
            kept = self._present(partition, keys[place])  # forgets what has expired: then the next one is at ``place``
            if kept is not None:
                return _to_entry(partition, keys[place], kept)
        return None

    def _present(self, partition: str, key: str) -> _Kept | None:
        kept = self._kept.get((partition, key))
        if kept is not None and kept.expires_at is not None and kept.expires_at <= self._clock.now():
            self._forget(partition, key)
            return None
        return kept

    def _is_unchanged(self, entry: Entry) -> bool:
        kept = self._present(entry.partition, entry.key)
        return kept is not None and kept.version == entry.version

    def _write(self, partition: str, key: str, raw: bytes, expires_at: datetime | None) -> None:
        if (partition, key) not in self._kept:
            keys = self._keys[partition]
            keys.insert(bisect_left(keys, key), key)
        until = None if expires_at is None else instants.from_epoch_seconds(instants.to_epoch_seconds_up(expires_at))
        self._kept[partition, key] = _Kept(raw, next(self._versions), until)

    def _forget(self, partition: str, key: str) -> None:
        if self._kept.pop((partition, key), None) is None:
            return
        keys = self._keys[partition]
        del keys[bisect_left(keys, key)]
        if not keys:
            del self._keys[partition]


def _encoded(partition: str, key: str, body: Mapping[str, Any]) -> bytes:
    check_keys(partition, key)
    return _BODIES.encode(dict(body))


def _to_entry(partition: str, key: str, kept: _Kept) -> Entry:
    body = _BODIES.decode(kept.raw, form=_BODIES.form)
    return Entry(partition=partition, key=key, body=body, version=kept.version, expires_at=kept.expires_at)
