"""Watching: a viewer subscribes, is sent a view or what it missed, and is caught up until publishers serve it.

Layer: engine. The subscription is made known to publishers first; then the view is read. What was committed before the
reading is in the view. What came after it finds the subscription and writes into it, so that it is not opened before
what is new was read again and sent. So nothing is missed, and nothing is sent by both. While publishers may not know
yet that somebody watches, the subscriber looks for itself.

A crash before the end leaves a subscription that publishers take for open once ``OPENING_LASTS`` is over. Its viewer
sees by the sequence of what comes that something is missing, and asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain.errors import InvalidRequest, NotFound, Unavailable
from chalicelib.domain.execution.changes import changes_of
from chalicelib.engine.messages import to_message
from chalicelib.engine.queries import Queries
from chalicelib.engine.watchers import ANY, Connection, Position, Topic, Watchers
from chalicelib.ports.entries import Entry
from chalicelib.ports.executions import ExecutionStore, Summary, SummaryQuery
from chalicelib.ports.system import Clock, Waiter
from chalicelib.ports.viewers import Parcel, Viewer, Viewers

LISTED: Final = 50
"""Rows of the view of a workflow."""
MOST_MISSED: Final = 1_000
"""Changes. Whoever missed more is sent the view instead."""
SEND_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.25
_MOST_LOOKS: Final = 20
_MOST_ROUNDS: Final = 20


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a viewer is sent to begin with. Of ``status``, ``executions`` and ``missed`` one is given.

    ``status`` is an execution's as of ``position``, ``executions`` are the newest of a workflow, and ``missed`` the
    changes up to ``position`` after the sequence that was asked for.
    """

    topic: Topic
    workflow_id: str | None = None
    position: Position | None = None
    status: dict[str, Any] | None = None
    executions: tuple[Summary, ...] | None = None
    missed: tuple[dict[str, Any], ...] | None = None


Greet = Callable[[Begun], Sequence[bytes]]
"""Makes the messages that a viewer is sent to begin with."""


class Watch:
    """What viewers may ask for."""

    def __init__(
        self,
        watchers: Watchers,
        store: ExecutionStore,
        queries: Queries,
        viewers: Viewers,
        clock: Clock,
        waiter: Waiter,
    ) -> None:
        self.watchers = watchers
        self._store = store
        self._queries = queries
        self._viewers = viewers
        self._clock = clock
        self._waiter = waiter

    def send(self, viewer: Viewer, messages: Sequence[bytes]) -> bool:
        """Send messages in order. False for a viewer that has left, or was closed; it is forgotten."""
        if not self._viewers.deliver([Parcel(viewer=viewer, messages=messages)], within_seconds=SEND_SECONDS):
            return True
        self.watchers.forget(viewer.connection_id)
        return False

    def subscribe(
        self,
        connection: Connection,
        topic: Topic,
        greet: Greet,
        *,
        after_sequence: int | None = None,
        after_version: int | None = None,
    ) -> None:
        """Have a viewer told of changes, after what ``greet`` makes of what there is to begin with.

        ``after_version`` may say in which commit the event ``after_sequence`` is, so that not everything is read.
        Raises ``NotFound`` and ``InvalidRequest``, and then nothing was sent and nothing is watched.
        """
        entry = self.watchers.begin(connection, topic)
        try:
            known_at = self.watchers.announce(topic)
            begun = self._begun(topic, after_sequence, after_version)
        except (NotFound, InvalidRequest):
            self.watchers.end(connection.viewer.connection_id, topic)
            raise
        if not self.send(connection.viewer, greet(begun)):
            return
        if topic.kind == "execution":
            self._open_execution(connection.viewer, begun, entry, known_at)
        else:
            self._open_list(connection.viewer, begun, entry, known_at, greet)

    def executions(self, workflow_id: str) -> tuple[Summary, ...]:
        """The newest executions of a workflow, or of all."""
        query = SummaryQuery(workflow_id=None if workflow_id == ANY else workflow_id)
        return tuple(self._queries.search(query, page_size=LISTED).items)

    def state(self, execution_id: str) -> tuple[dict[str, Any], Position]:
        """The status of an execution, and how far it is in its history. Raises ``NotFound``."""
        status, sequence = self._queries.status_at(execution_id)
        return status, Position(sequence, status["version"])

    def _begun(self, topic: Topic, after_sequence: int | None, after_version: int | None) -> Begun:
        if topic.kind == "workflow":
            return Begun(topic=topic, executions=self.executions(topic.id))
        if after_sequence is not None:
            workflow_id = self._queries.workflow_of(topic.id)
            found = self._missed(topic.id, workflow_id, after_sequence, after_version)
            if found is not None:
                missed, position = found
                return Begun(topic=topic, workflow_id=workflow_id, missed=tuple(missed), position=position)
        status, position = self.state(topic.id)
        return Begun(topic=topic, workflow_id=status["workflow_id"], status=status, position=position)

    # --- until publishers serve the viewer ----------------------------------------------------------------------------

    def _open_execution(self, viewer: Viewer, begun: Begun, entry: Entry, known_at: datetime) -> None:
        position = begun.position
        for _ in self._until(known_at):
            position = self._caught_up(viewer, begun, position)
        present: Entry | None = entry
        for _ in range(_MOST_ROUNDS):
            position = self._caught_up(viewer, begun, position)
            if position is None or present is None:
                return
            if self.watchers.opened(present, position):
                return
            present = self.watchers.again(present)
        raise _busy(begun.topic)

    def _open_list(self, viewer: Viewer, begun: Begun, entry: Entry, known_at: datetime, greet: Greet) -> None:
        """Rows are written before a change is published, so a list that is read after the change has it."""
        for _ in self._until(known_at):
            pass
        present: Entry | None = entry
        for _ in range(_MOST_ROUNDS):
            newer = Begun(topic=begun.topic, executions=self.executions(begun.topic.id))
            if newer != begun and not self.send(viewer, greet(newer)):
                return
            begun = newer
            if present is None or self.watchers.opened(present, None):
                return
            present = self.watchers.again(present)
        raise _busy(begun.topic)

    def _until(self, instant: datetime) -> Iterator[None]:
        for _ in range(_MOST_LOOKS):
            if self._clock.now() >= instant:
                return
            self._waiter.wait(_LOOK_SECONDS)
            yield

    def _caught_up(self, viewer: Viewer, begun: Begun, position: Position | None) -> Position | None:
        """Send what came after ``position`` and give where that ends; None if the viewer has left."""
        if position is None:
            return None
        changes, end = self._after(begun.topic.id, begun.workflow_id, position.sequence, position.version - 1)
        if not changes or end is None:
            return position
        return end if self.send(viewer, [to_message(change) for change in changes]) else None

    # --- what was missed ----------------------------------------------------------------------------------------------

    def _missed(
        self, execution_id: str, workflow_id: str, after_sequence: int, after_version: int | None
    ) -> tuple[list[dict[str, Any]], Position] | None:
        """The changes after a sequence, and where they end; None if they are too many."""
        start = max((after_version or 1) - 1, 0)
        changes, end = self._after(execution_id, workflow_id, after_sequence, start)
        if start and (end is None or (changes and changes[0]["sequence"] != after_sequence + 1)):
            changes, end = self._after(execution_id, workflow_id, after_sequence, 0)  # it is in another commit
        if end is None or end.sequence < after_sequence:
            message = f"The history of {execution_id!r} does not reach {after_sequence}: leave after_sequence out."
            raise InvalidRequest(message)
        return None if len(changes) > MOST_MISSED else (changes, end)

    def _after(
        self, execution_id: str, workflow_id: str | None, sequence: int, version: int
    ) -> tuple[list[dict[str, Any]], Position | None]:
        """The changes after ``sequence``, looked for in commits after ``version``, and where these end."""
        changes: list[dict[str, Any]] = []
        end: Position | None = None
        for commit in self._store.read(execution_id, after=version):
            end = Position(commit.first_sequence + len(commit.events) - 1, commit.number)
            if end.sequence > sequence:
                shown = changes_of(commit, workflow_id)
                changes += [change for change in shown if change["sequence"] > sequence]
        return changes, end


def _busy(topic: Topic) -> Unavailable:
    return Unavailable(f"{topic.id!r} changes too fast to be caught up with: ask again")
