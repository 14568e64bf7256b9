"""Notices: what ``notify.send`` has told people here, and which deliveries of a message are done.

Layer: engine. A notice lies in the partition of its group, newest first, under a key made of its time and its delivery:
posting it again finds it there, with whoever has read it. Receipts lie in a partition of their message, and are kept
for longer than anything is attempted again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

import msgspec

from chalicelib.domain.errors import Conflict, Forbidden, NotFound
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.ports.cursors import seal, unseal
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.notifications import Notice, Receipt
from chalicelib.ports.pages import Page
from chalicelib.ports.system import Clock

RECEIPT_DAYS: Final = 30
MOST_TRIES: Final = 10
_FIRST: Final = "@first"
# Counted back from here (the year 5138), later instants have smaller keys.
_END_MS: Final = 10**14


class PostedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as listed. ``read_by`` are the names of those who have marked it read."""

    notice_id: str
    group: str
    subject: str
    text: str
    data: dict[str, Any]
    created_at: datetime
    execution_id: str
    step_id: str
    read_by: tuple[str, ...] = ()


class Notices:
    """Notices and receipts over ``entries``; implements ``NoticeBoard`` and ``SentLog``.

    ``kept_days`` is how long a notice is kept; 0 keeps it for ever.
    """

    def __init__(self, entries: Entries, clock: Clock, *, kept_days: int) -> None:
        self._entries = entries
        self._clock = clock
        self._kept_days = kept_days

    # --- NoticeBoard --------------------------------------------------------------------------------------------------

    def post(self, notice: Notice, *, id: str, at: datetime, execution_id: str, step_id: str) -> None:
        """Keep a notice once. Raises what the store raises."""
        body = {
            **msgspec.to_builtins(notice),
            "created_at": timestamp(at),
            "execution_id": execution_id,
            "step_id": step_id,
            "read_by": [],
        }
        self._entries.add(_partition(notice.group), _key(id, at), body, expires_at=self._expiry(at))

    def page(
        self, groups: Collection[str], *, reader: str | None = None, page_size: int, cursor: str | None = None
    ) -> Page[PostedNotice]:
        """The notices of ``groups``, newest first; with a ``reader`` only those that they have not marked read.

        Raises ``InvalidCursor``.
        """
        query = ["notices", sorted(groups), reader]
        after = "" if cursor is None else unseal(query, cursor)
        lists = [self._entries.read(_partition(group), after=after) for group in sorted(groups)]
        merged = (_posted(entry) for entry in heapq.merge(*lists, key=lambda entry: entry.key))
        wanted = (each for each in merged if reader is None or reader not in each.read_by)
        found = list(islice(wanted, page_size + 1))
        if len(found) <= page_size:
            return Page(found)
        return Page(found[:page_size], seal(query, _named(found[page_size - 1].notice_id)[1]))

    def mark_read(self, notice_id: str, *, reader: str, groups: Collection[str] | None) -> PostedNotice:
        """Note that ``reader``, who is in ``groups`` (None: in every one), has read a notice; again is no error.

        Raises ``NotFound``, ``Forbidden``.
        """
        group, key = _named(notice_id)
        if groups is not None and group not in groups:
            message = f"{reader!r} is not in the group {group!r}, whose notice this is."
            raise Forbidden(message)
        for _ in range(MOST_TRIES):
            entry = self._entries.get(_partition(group), key)
            if entry is None:
                raise _unknown(notice_id)
            readers = entry.body["read_by"]
            if reader in readers:
                return _posted(entry)
            body = {**entry.body, "read_by": [*readers, reader]}
            if self._entries.replace(entry, body, expires_at=entry.expires_at):
                return _posted(msgspec.structs.replace(entry, body=body))
        message = "Others mark this notice read at the same time: try again."
        raise Conflict(message)

    # --- SentLog ------------------------------------------------------------------------------------------------------

    def begin(self, message: str, *, now: datetime) -> datetime:
        """Note that a message is attempted; gives when it was first."""
        body = {"at": timestamp(now)}
        if self._entries.add(_receipts(message), _FIRST, body, expires_at=now + timedelta(days=RECEIPT_DAYS)):
            return now
        first = self._entries.get(_receipts(message), _FIRST)
        return now if first is None else datetime.fromisoformat(first.body["at"])

    def done(self, message: str) -> dict[str, Receipt]:
        """The receipts of what has been sent, by delivery id."""
        entries = self._entries.read(_receipts(message))
        return {entry.key: entry.body for entry in entries if entry.key != _FIRST}

    def record(self, message: str, delivery_id: str, receipt: Receipt, *, now: datetime) -> None:
        """The delivery has been sent."""
        self._entries.put(_receipts(message), delivery_id, receipt, expires_at=now + timedelta(days=RECEIPT_DAYS))

    def _expiry(self, at: datetime) -> datetime | None:
        return at + timedelta(days=self._kept_days) if self._kept_days else None


def _partition(group: str) -> str:
    return f"notices#{quote(group, safe='')}"


def _receipts(message: str) -> str:
    # Hashed: the key of a message may be longer than the name of a partition.
    return f"sent#{hashlib.sha256(message.encode()).hexdigest()}"


def _key(id: str, at: datetime) -> str:
    milliseconds = _END_MS - round(at.timestamp() * 1000)
    return f"{milliseconds:015d}.{hashlib.sha256(id.encode()).hexdigest()[:24]}"


def _posted(entry: Entry) -> PostedNotice:
    body = {**entry.body, "notice_id": _notice_id(entry.body["group"], entry.key)}
    return msgspec.convert(body, PostedNotice)


def _notice_id(group: str, key: str) -> str:
    return base64.urlsafe_b64encode(f"{key}\n{group}".encode()).decode().rstrip("=")


def _named(notice_id: str) -> tuple[str, str]:
    """``(group, key)``. Raises ``NotFound`` for what names no notice."""
    try:
        raw = base64.b64decode(notice_id + "=" * (-len(notice_id) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise _unknown(notice_id) from error
    key, _, group = raw.partition("\n")
    if not (key and group):
        raise _unknown(notice_id)
    return group, key


def _unknown(notice_id: str) -> NotFound:
    return NotFound(f"There is no notification {notice_id[:100]!r}.", code="NotificationNotFound")
