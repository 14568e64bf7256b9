"""A commit as an item, and back, also from a record of the table's stream.

Layer: adapters. The events are the item's body, as JSON arrays ``[type, run id, details]``; all else has an attribute
of its own. A typical commit of three events takes 0.6 KB, one write unit (`docs/adr/0005-commits-in-dynamodb.md`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.adapters import instants
from chalicelib.adapters.bodies import Blobs, Bodies
from chalicelib.adapters.codecs import Codec
from chalicelib.adapters.dynamodb.items import CommitItem
from chalicelib.domain.execution.events import Commit, Event

EVENTS: Final[Codec[tuple[Event, ...]]] = Codec(tuple[Event, ...])

# Names of all attributes, the longest numbers there are, and what DynamoDB counts for a list.
_FIXED_BYTES: Final = len("execution_id,n,t,s,c,e,expires_at") + 4 * 10 + 3


def to_item(commit: Commit, raw_events: bytes, bodies: Bodies, expires_at: datetime | None) -> CommitItem:
    """The item of ``commit``, whose events are encoded already. A large body goes to a blob here."""
    return CommitItem(
        commit.execution_id,
        commit.number,
        t=instants.to_microseconds(commit.time),
        s=commit.first_sequence,
        c=list(commit.command_ids),
        e=bodies.pack(raw_events, form=EVENTS.form, beside=_bytes_beside_events(commit)),
        expires_at=None if expires_at is None else instants.to_epoch_seconds(expires_at),
    )


def from_item(item: CommitItem, bodies: Bodies) -> Commit:
    """The commit of an item. Raises ``Unreadable``, and what reading a blob raises."""
    form, raw_events = bodies.unpack(item.e)
    return Commit(
        execution_id=item.execution_id,
        number=int(item.n),
        time=instants.from_microseconds(int(item.t)),
        first_sequence=int(item.s),
        command_ids=tuple(item.c),
        events=EVENTS.decode(raw_events, form=form),
    )


def decode_commit(new_image: Mapping[str, Mapping[str, Any]], blobs: Blobs) -> Commit:
    """The commit of a stream record's ``NewImage`` as Lambda gets it: binary values are base64 text.

    Raises ``Unreadable``, ``NotFound`` when its blob has expired, ``Unavailable``.
    """
    image = {name: dict(value) for name, value in new_image.items()}
    if isinstance(image["e"]["B"], str):
        image["e"] = {"B": base64.b64decode(image["e"]["B"])}
    return from_item(CommitItem.from_raw_data(image), Bodies(blobs, inline_bytes=0))


def _bytes_beside_events(commit: Commit) -> int:
    ids = sum(len(command_id.encode()) + 1 for command_id in commit.command_ids)
    return _FIXED_BYTES + len(commit.execution_id.encode()) + ids
