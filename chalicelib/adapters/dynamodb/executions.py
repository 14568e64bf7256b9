"""Commits and snapshots in DynamoDB.

Layer: adapters. Appending is one PutItem under the condition that no such item exists: that is the whole lock, and the
whole cost. botocore repeats a request whose answer was lost, so the condition may also fail on our own write; the
engine tells by the command ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from chalicelib.adapters.aws import Aws, AwsRefused
from chalicelib.adapters.bodies import Blobs, Bodies
from chalicelib.adapters.codecs import Unreadable
from chalicelib.adapters.dynamodb import commits
from chalicelib.adapters.dynamodb.items import CommitItem, SnapshotItem
from chalicelib.adapters.dynamodb.table import ConditionFailed, Table
from chalicelib.adapters.instants import to_epoch_seconds
from chalicelib.domain.errors import NotFound, VersionConflict
from chalicelib.domain.execution.events import Commit
from chalicelib.ports.executions import Snapshot
from chalicelib.settings import Settings

# A snapshot's state is opaque here: what it means depends on the version of evolve beside it.
_SNAPSHOT_FORM: Final = 1
_SNAPSHOT_BYTES_BESIDE: Final = 80


class DynamoExecutionStore:
    """``ExecutionStore`` over the commits and the snapshots table."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._commits = Table(aws, settings.commits_table, CommitItem)
        self._snapshots = Table(aws, settings.snapshots_table, SnapshotItem)
        self._bodies = Bodies(blobs, inline_bytes=settings.inline_payload_bytes)

    def append(self, commit: Commit, *, expires_at: datetime | None = None) -> int:
        raw_events = commits.EVENTS.encode(commit.events)
        item = commits.to_item(commit, raw_events, self._bodies, expires_at)
        try:
            self._commits.put(item, CommitItem.n.does_not_exist())
        except ConditionFailed as error:
            message = f"commit {commit.number} of {commit.execution_id} exists already"
            raise VersionConflict(message) from error
        return len(raw_events)

    def read(self, execution_id: str, *, after: int = 0) -> Iterator[Commit]:
        for item in self._commits.query(execution_id, CommitItem.n > after):
            yield commits.from_item(item, self._bodies)

    def load_snapshot(self, execution_id: str) -> Snapshot | None:
        # An older one than the newest costs a longer tail to read, a consistent read would always cost twice.
        item = self._snapshots.get(execution_id, consistent=False)
        if item is None:
            return None
        try:
            _, state = self._bodies.unpack(item.b)
        except (AwsRefused, NotFound, Unreadable):
            # Its blob has expired (S3 says so only to those who may list the bucket, others it refuses), or a newer
            # release packed it: the commits have it all.
            return None
        return Snapshot(execution_id=execution_id, commit_number=int(item.n), evolve_version=int(item.v), state=state)

    def save_snapshot(self, snapshot: Snapshot, *, expires_at: datetime | None = None) -> None:
        beside = _SNAPSHOT_BYTES_BESIDE + len(snapshot.execution_id)
        item = SnapshotItem(
            snapshot.execution_id,
            n=snapshot.commit_number,
            v=snapshot.evolve_version,
            b=self._bodies.pack(snapshot.state, form=_SNAPSHOT_FORM, beside=beside),
            expires_at=None if expires_at is None else to_epoch_seconds(expires_at),
        )
        newest = SnapshotItem.n.does_not_exist() | (SnapshotItem.n <= snapshot.commit_number)
        with suppress(ConditionFailed):
            self._snapshots.put(item, newest)
