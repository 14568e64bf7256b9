"""Live updates: each change is sent once, in order, to everybody who watches its execution or its workflow.

Layer: engine. Called by the publisher with the commits of one execution as they come, at least once. A mark says how
far the changes of an execution were sent; what comes again is told by it, what is missing before is read from the
store. A crash between sending and marking sends again: viewers drop what is not above the last sequence they have seen.

Whoever cannot be served is cut off and catches up when it comes again, so no viewer holds up the stream. Who watches at
all is read at most once in ``KNOWN_SECONDS``: what nobody watches costs no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.changes import changes_of
from chalicelib.domain.execution.events import Commit
from chalicelib.engine.messages import to_message
from chalicelib.engine.watchers import (
    ANY,
    KNOWN_SECONDS,
    Mark,
    Position,
    Subscription,
    Topic,
    Watchers,
    to_subscription,
    viewer_of,
)
from chalicelib.ports.entries import Entry
from chalicelib.ports.executions import ExecutionStore
from chalicelib.ports.system import Clock
from chalicelib.ports.viewers import Parcel, Viewer, Viewers

SEND_SECONDS: Final = 10.0
"""For all viewers of one execution's commits: what takes longer holds up others."""
MOST_AT_ONCE: Final = 2_000
"""Messages between two marks."""
_MOST_TRIES: Final = 10


class _Watching(msgspec.Struct, frozen=True):
    """A viewer, the sequence it has come to, and whether it is shown events of the execution alone."""

    viewer: Viewer
    after: int
    version: int | None
    coarse: bool = False


class _Change(msgspec.Struct, frozen=True):
    position: Position
    message: bytes
    coarse: bool


class Live:
    """Sends changes to viewers. ``on_error`` is told, by execution, of viewers that could not be served."""

    def __init__(
        self,
        watchers: Watchers,
        store: ExecutionStore,
        viewers: Viewers,
        clock: Clock,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._watchers = watchers
        self._store = store
        self._viewers = viewers
        self._clock = clock
        self._on_error = on_error
        self._watched: frozenset[str] | None = None
        self._watched_at: datetime | None = None

    def tell(self, execution_id: str, commits: Sequence[Commit], workflow_of: Callable[[], str | None]) -> None:
        """Send what is new in ``commits``, which are in order, to whoever watches. Raises what the stores raise.

        ``workflow_of`` gives the execution's workflow; it is asked only if somebody may watch.
        """
        watched = self._known(self._clock.now())
        if watched is not None and not watched:
            return
        workflow_id = workflow_of()
        own = Topic("execution", execution_id)
        others = [Topic("workflow", ANY), *([] if workflow_id is None else [Topic("workflow", workflow_id)])]
        topics = [topic for topic in (own, *others) if watched is None or topic.key in watched]
        if not topics:
            return
        mark, watching = self._find(own, topics, commits)
        if watching:
            self._send(own, watching, self._changes(commits, workflow_id, watching), mark)

    def _known(self, now: datetime) -> frozenset[str] | None:
        at = self._watched_at
        if at is None or not at <= now < at + timedelta(seconds=KNOWN_SECONDS):
            # Noted before the reading: what is written during it may be missed by it, and is not for longer than that.
            self._watched_at = now
            self._watched = self._watchers.watched()
        return self._watched

    # --- who is to be told what ---------------------------------------------------------------------------------------

    def _find(
        self, own: Topic, topics: Sequence[Topic], commits: Sequence[Commit]
    ) -> tuple[Mark | None, list[_Watching]]:
        mark, entries = self._watchers.of(own) if own in topics else (self._watchers.mark_of(own), [])
        before = commits[0].first_sequence - 1
        found = [self._in_execution(viewer, each, mark, before) for viewer, each in self._open(entries)]
        told = {each.viewer.connection_id for each in found}
        for topic in topics:
            if topic.kind == "workflow":
                for viewer, subscription in self._open(self._watchers.of(topic)[1]):
                    if viewer.connection_id not in told:
                        told.add(viewer.connection_id)
                        found.append(_in_workflow(viewer, subscription, mark, before, coarse=topic.id == ANY))
        return mark, found

    def _open(self, entries: Sequence[Entry]) -> list[tuple[Viewer, Subscription]]:
        """Those to send to; those that are being opened are told that there is more."""
        open_: list[tuple[Viewer, Subscription]] = []
        for entry in entries:
            subscription = self._open_or_noted(entry)
            if subscription is not None:
                open_.append((viewer_of(entry, subscription), subscription))
        return open_

    def _open_or_noted(self, entry: Entry) -> Subscription | None:
        present: Entry | None = entry
        for _ in range(_MOST_TRIES):
            if present is None:
                return None
            subscription = to_subscription(present)
            opening_until = subscription.opening_until
            if opening_until is None or opening_until <= self._clock.now():
                return subscription
            if self._watchers.note(present):
                return None
            present = self._watchers.again(present)
        message = f"the subscription {entry.key} of {entry.partition} is changed by others all the time"
        raise Unavailable(message)

    @staticmethod
    def _in_execution(viewer: Viewer, subscription: Subscription, mark: Mark | None, before: int) -> _Watching:
        position = subscription.position
        if position is None:  # nobody knows what it has seen: it will ask for what is missing
            return _Watching(viewer, before, None)
        if mark is not None and mark.position.sequence > position.sequence:
            position = mark.position
        return _Watching(viewer, position.sequence, position.version)

    # --- what there is to tell ----------------------------------------------------------------------------------------

    def _changes(self, commits: Sequence[Commit], workflow_id: str | None, watching: list[_Watching]) -> list[_Change]:
        """What is new to somebody: of ``commits``, and of those before that nobody was sent."""
        first, last = commits[0], commits[-1]
        behind = [
            each.version for each in watching if each.version is not None and each.after < first.first_sequence - 1
        ]
        earlier: list[Commit] = []
        if behind:
            read = self._store.read(first.execution_id, after=min(behind) - 1)
            earlier = [commit for commit in read if commit.number < first.number]
        least = min(each.after for each in watching)
        in_order = {commit.number: commit for commit in (*earlier, *commits) if commit.number <= last.number}
        return [
            _Change(
                Position(shown["sequence"], commit.number),
                to_message(shown),
                shown["event_type"].startswith("workflow."),
            )
            for _, commit in sorted(in_order.items())
            for shown in changes_of(commit, workflow_id)
            if shown["sequence"] > least
        ]

    def _send(self, own: Topic, watching: list[_Watching], changes: list[_Change], mark: Mark | None) -> None:
        size = max(MOST_AT_ONCE // len(watching), 1)
        for start in range(0, len(changes), size):
            part = changes[start : start + size]
            unserved = self._deliver(own, watching, part)
            watching = [each for each in watching if each.viewer.connection_id not in unserved]
            end = part[-1].position
            if mark is None or end.sequence > mark.position.sequence:
                self._watchers.mark(own, end)
            if not watching:
                return

    def _deliver(self, own: Topic, watching: list[_Watching], changes: list[_Change]) -> set[str]:
        parcels = [
            Parcel(viewer=each.viewer, messages=messages) for each in watching if (messages := _for(each, changes))
        ]
        unserved = self._viewers.deliver(parcels, within_seconds=SEND_SECONDS)
        for each in unserved:
            self._watchers.forget(each.viewer.connection_id)
            if each.error is not None:
                self._on_error(own.id, each.error)
        return {each.viewer.connection_id for each in unserved}


def _in_workflow(
    viewer: Viewer, subscription: Subscription, mark: Mark | None, before: int, *, coarse: bool
) -> _Watching:
    """Who watches a workflow has seen everything up to the mark if that was set after it came."""
    if mark is None or mark.at < subscription.since:
        return _Watching(viewer, before, None, coarse)
    return _Watching(viewer, mark.position.sequence, mark.position.version, coarse)


def _for(watching: _Watching, changes: Sequence[_Change]) -> list[bytes]:
    return [
        change.message
        for change in changes
        if change.position.sequence > watching.after and (change.coarse or not watching.coarse)
    ]
