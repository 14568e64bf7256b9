"""What a request to DynamoDB consumes, in write and read units.

A write takes a unit for each KB begun of the larger of the item before and after; in a transaction twice that; a write
whose condition fails takes what the item that is there would, at least one. Each index takes units of its own: for one
entry put, changed or removed, or for both a removal and a put when its key changes; nothing when what it projects stays
the same. A consistent read takes a unit for each 4 KB begun, one that is not half of it; a query or scan adds up its
items before it rounds. Sources: "DynamoDB read and write operations" and "Using Global Secondary Indexes" in the
Developer Guide; checked against ``recorded_capacity.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from bench.costs.sizes import Item, item_bytes

WRITE_UNIT_BYTES: Final = 1024
READ_UNIT_BYTES: Final = 4096

Key = tuple[str, ...]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """A global secondary index: its key's attributes, and whether it projects everything or keys alone."""

    name: str
    key: Key
    keys_only: bool = False


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """A table's key and indexes."""

    key: Key
    indexes: tuple[Index, ...] = ()

    def key_of(self, item: Item) -> dict[str, Any]:
        """The key of an item."""
        return {name: item[name] for name in self.key}

    @classmethod
    def from_declaration(cls, declaration: Mapping[str, Any]) -> Schema:
        """The schema of a table as CloudFormation and ``CreateTable`` write it."""
        indexes = tuple(
            Index(
                name=each["IndexName"],
                key=_names(each["KeySchema"]),
                keys_only=each["Projection"]["ProjectionType"] == "KEYS_ONLY",
            )
            for each in declaration.get("GlobalSecondaryIndexes", ())
        )
        return cls(key=_names(declaration["KeySchema"]), indexes=indexes)


def _names(key_schema: Sequence[Mapping[str, str]]) -> Key:
    return tuple(each["AttributeName"] for each in key_schema)


class Units(msgspec.Struct, frozen=True):
    """Write and read units."""

    write: float = 0.0
    read: float = 0.0

    def __add__(self, other: Units) -> Units:
        return Units(self.write + other.write, self.read + other.read)


def written(schema: Schema, before: Item | None, after: Item | None, *, transactional: bool = False) -> Units:
    """What changing an item from ``before`` to ``after`` takes (None: not there), its indexes included."""
    units = _write_units(max(_bytes(before), _bytes(after)))
    for index in schema.indexes:
        units += _index_units(_entry(schema, index, before), _entry(schema, index, after), index)
    return Units(write=float(units * (2 if transactional else 1)))


def refused(before: Item | None, *, transactional: bool = False) -> Units:
    """What a write takes whose condition the item ``before`` does not fulfil."""
    return Units(write=float(_write_units(_bytes(before)) * (2 if transactional else 1)))


def read_one(item: Item | None, *, consistent: bool) -> Units:
    """What reading one item by its key takes; None for one that is not there."""
    return _read(_bytes(item), consistent=consistent)


def read_together(items: Iterable[Item], *, consistent: bool) -> Units:
    """What a query or scan takes that looked at ``items``."""
    return _read(sum(item_bytes(item) for item in items), consistent=consistent)


def _read(size_bytes: int, *, consistent: bool) -> Units:
    units = max(1, -(-size_bytes // READ_UNIT_BYTES))
    return Units(read=units if consistent else units / 2)


def _write_units(size_bytes: int) -> int:
    return max(1, -(-size_bytes // WRITE_UNIT_BYTES))


def _bytes(item: Item | None) -> int:
    return 0 if item is None else item_bytes(item)


def _entry(schema: Schema, index: Index, item: Item | None) -> Item | None:
    """What ``index`` holds of ``item``: nothing if the item lacks a part of the index's key."""
    if item is None or not all(name in item for name in index.key):
        return None
    if not index.keys_only:
        return item
    return {name: item[name] for name in dict.fromkeys((*index.key, *schema.key))}


def _index_units(before: Item | None, after: Item | None, index: Index) -> int:
    if before == after:
        return 0
    if before is None or after is None or all(before[name] == after[name] for name in index.key):
        return _write_units(max(_bytes(before), _bytes(after)))
    return _write_units(_bytes(before)) + _write_units(_bytes(after))


Find = Callable[[str, Mapping[str, Any]], "Item | None"]
"""The item of a table under a key, as it is now."""
