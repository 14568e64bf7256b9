"""Small values under two keys, read in order of the second. Layer: ports.

What is kept beside executions lies here: events and who waits for them, subscriptions, tasks, leases. Each kind of
entry is written and read by one module of the engine, which owns the form of its partitions, keys and bodies. A
partition is typed text such as ``waiter#<event>#<correlation>``; free text in it, or in a key, is quoted by whoever
puts it there.

Reads are consistent: what was written before a read began is in it. An entry whose ``expires_at`` (kept to the second,
rounded up) has come is not there for anybody. Writes of one entry are atomic; of several there is no transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

LONGEST_PARTITION_BYTES: Final = 2048
LONGEST_KEY_BYTES: Final = 1024


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as read. ``version`` is another number after every write, also when it was away in between."""

    partition: str
    key: str
    body: dict[str, Any]
    version: int
    expires_at: datetime | None = None


class Entries(Protocol):
    """Entries by partition and key.

    Partition and key are texts of at least one and at most 2048 and 1024 bytes (UTF-8), else ``ValueError``. Every call
    raises ``Unavailable`` when the store throttles or does not answer: a write may then have been done or not. Writes
    raise ``JsonError`` for a body that is no JSON object. Large bodies are kept elsewhere, unseen.
    """

    def put(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        """Write an entry, over whatever is there."""

    def add(self, partition: str, key: str, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        """Write an entry if there is none; False if there is. Of several who add it at once, one is told True."""

    def replace(self, entry: Entry, body: Mapping[str, Any], *, expires_at: datetime | None = None) -> bool:
        """Write over ``entry`` if it is as it was read; False if it changed, expired or went since."""

    def get(self, partition: str, key: str) -> Entry | None:
        """One entry, or None."""

    def read(self, partition: str, *, prefix: str = "", after: str = "", limit: int | None = None) -> Iterator[Entry]:
        """Entries whose keys begin with ``prefix`` and lie beyond ``after``, in order of the key, at most ``limit``.

        Keys are ordered by their characters' code points. Read page by page, as far as the caller goes: what is written
        meanwhile may be seen or not, what was there all the time is seen once.
        """

    def delete(self, partition: str, key: str) -> None:
        """Forget an entry. That it is not there is no error."""

    def remove(self, entry: Entry) -> bool:
        """Forget ``entry`` if it is as it was read; False if it changed, expired or went since."""


def check_keys(partition: str, key: str) -> None:
    """Raise ``ValueError`` for keys that no adapter could keep."""
    for name, text, most in (("partition", partition, LONGEST_PARTITION_BYTES), ("key", key, LONGEST_KEY_BYTES)):
        if not 0 < len(text.encode()) <= most:
            message = f"a {name} has 1 to {most} bytes, not {len(text.encode())}: {text[:80]!r}"
            raise ValueError(message)
