"""Who watches what, as entries.

Layer: engine. What is watched is a topic: an execution, or a workflow with all its executions (``*``: any workflow).

    viewer#<connection>        @                 the connection: its gateway, and whose it is
                               <topic>           what it watches
    watch#<topic>              c#<connection>    the subscription: how far the viewer has come
                               @pushed           how far an execution's changes were sent to whoever watches
    watched                    <topic>           that somebody watches at all

The last is what the publisher reads, and remembers for ``KNOWN_SECONDS``: nothing more is paid for what nobody watches.
A subscription is ``opening`` until its viewer has been sent the view it begins with. Whoever publishes meanwhile writes
into it that there is more, so that the subscriber, who opens it on condition that it is unchanged, looks again.
Everything expires: a connection lasts two hours at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from chalicelib.domain.errors import InvalidRequest, Unauthorized
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.system import Clock
from chalicelib.ports.viewers import Viewer

KNOWN_SECONDS: Final = 0.5
"""How long a publisher goes by what it read of ``watched``."""
UNSEEN_SECONDS: Final = 1.0
"""How long after its entry a publisher may not know of a topic: the former, and what two clocks may differ by."""
CONNECTION_LASTS: Final = timedelta(hours=2, minutes=10)
"""A little more than the gateway lets one live."""
SUBSCRIPTION_LASTS: Final = timedelta(minutes=30)
"""Then the viewer is to ask again, and its right to watch is looked at again."""
OPENING_LASTS: Final = timedelta(seconds=30)
"""More than the function may run that opens it: then nobody does any more."""
MARK_LASTS: Final = timedelta(days=2)
"""More than the day that a stream keeps what it may deliver again."""
MOST_TOPICS: Final = 100
"""What one connection may watch at once."""
MOST_WATCHED: Final = 200
"""So many topics are remembered; where more are watched, each is looked for."""
ANY: Final = "*"

_CONNECTION: Final = "@"
_MARK: Final = "@pushed"
_WATCHED: Final = "watched"
_SLACK: Final = timedelta(minutes=10)


class Topic(msgspec.Struct, frozen=True):
    """What is watched: an execution, or a workflow by its id (``*``: all of them)."""

    kind: Literal["execution", "workflow"]
    id: str

    @property
    def key(self) -> str:
        """As it stands in keys and partitions."""
        return f"{self.kind}#{self.id if self.id == ANY else quote(self.id, safe='')}"


class Position(msgspec.Struct, frozen=True):
    """How far somebody has come in an execution: the ``sequence`` of the last event, in commit ``version``."""

    sequence: int
    version: int


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A viewer's connection: whose it is (as ``caller`` was written), until when, and what it watches."""

    viewer: Viewer
    caller: dict[str, Any]
    expires_at: datetime
    topics: frozenset[str] = frozenset()


class Subscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a viewer watches a topic, since then. It has been sent everything up to ``position``, if that is known.

    ``opening_until`` is set while it is being opened, ``noted`` counts what was published meanwhile.
    """

    gateway: str
    since: datetime
    position: Position | None = None
    opening_until: datetime | None = None
    noted: int = 0


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """That at ``at`` whoever watched an execution had been sent everything up to ``position``."""

    position: Position
    at: datetime


class Watchers:
    """Connections and subscriptions over ``entries``. Every method raises ``Unavailable``."""

    def __init__(self, entries: Entries, clock: Clock) -> None:
        self._entries = entries
        self._clock = clock

    # --- connections --------------------------------------------------------------------------------------------------

    def admit(self, viewer: Viewer, caller: Mapping[str, Any], until: datetime | None) -> None:
        """Note a connection, and whose it is; it counts until then at the latest."""
        longest = self._clock.now() + CONNECTION_LASTS
        expires_at = longest if until is None else min(until, longest)
        body = {"gateway": viewer.gateway, "caller": dict(caller)}
        self._entries.put(_connection(viewer.connection_id), _CONNECTION, body, expires_at=expires_at)

    def connection(self, connection_id: str) -> Connection:
        """A connection. Raises ``Unauthorized`` for one that is over."""
        entries = list(self._entries.read(_connection(connection_id)))
        if not entries or entries[0].key != _CONNECTION:
            message = "This connection is not known, or no longer: connect again."
            raise Unauthorized(message)
        body, expires_at = entries[0].body, entries[0].expires_at
        return Connection(
            viewer=Viewer(connection_id=connection_id, gateway=body["gateway"]),
            caller=body["caller"],
            expires_at=expires_at or self._clock.now(),
            topics=frozenset(entry.key for entry in entries[1:]),
        )

    def forget(self, connection_id: str) -> None:
        """Forget a connection, and everything it watched."""
        for entry in list(self._entries.read(_connection(connection_id))):
            if entry.key != _CONNECTION:
                self._entries.delete(f"watch#{entry.key}", _subscription(connection_id))
            self._entries.delete(entry.partition, entry.key)

    # --- subscriptions ------------------------------------------------------------------------------------------------

    def begin(self, connection: Connection, topic: Topic) -> Entry:
        """Let publishers find a subscription, which is ``opening``, or is so again. Raises ``InvalidRequest``.

        A crash in between leaves under the connection what it does not watch; that goes with it.
        """
        viewer = connection.viewer
        if topic.key not in connection.topics:
            if len(connection.topics) >= MOST_TOPICS:
                message = f"A connection watches {MOST_TOPICS} things at most: unsubscribe from one, or open another."
                raise InvalidRequest(message, code="LimitExceeded")
            self._entries.put(_connection(viewer.connection_id), topic.key, {}, expires_at=connection.expires_at)
        now = self._clock.now()
        subscription = Subscription(gateway=viewer.gateway, since=now, opening_until=now + OPENING_LASTS)
        expires_at = min(now + SUBSCRIPTION_LASTS, connection.expires_at)
        partition, key = _partition(topic), _subscription(viewer.connection_id)
        self._entries.put(partition, key, _body(subscription), expires_at=expires_at)
        found = self._entries.get(partition, key)
        if found is None:
            message = "This connection is over: connect again."
            raise Unauthorized(message)
        return found

    def opened(self, entry: Entry, position: Position | None) -> bool:
        """Open a subscription whose viewer is at ``position``; False if more was published, or it is over."""
        subscription = to_subscription(entry)
        body = _body(Subscription(gateway=subscription.gateway, since=subscription.since, position=position))
        return self._entries.replace(entry, body, expires_at=entry.expires_at)

    def again(self, entry: Entry) -> Entry | None:
        """A subscription as it is by now, or None if it is over."""
        return self._entries.get(entry.partition, entry.key)

    def end(self, connection_id: str, topic: Topic) -> None:
        """End a subscription, if there is one."""
        self._entries.delete(_partition(topic), _subscription(connection_id))
        self._entries.delete(_connection(connection_id), topic.key)

    def announce(self, topic: Topic) -> datetime:
        """Let publishers know that somebody watches ``topic``; gives when each of them does."""
        now = self._clock.now()
        present = self._entries.get(_WATCHED, topic.key)
        since = now if present is None else min(_since(present), now)  # a clock may be ahead: nobody waits for long
        if present is None or (present.expires_at or now) < now + SUBSCRIPTION_LASTS + _SLACK:
            expires_at = now + 2 * (SUBSCRIPTION_LASTS + _SLACK)
            self._entries.put(_WATCHED, topic.key, {"since": timestamp(since)}, expires_at=expires_at)
        written = self._clock.now() if present is None else since
        return written + timedelta(seconds=UNSEEN_SECONDS)

    # --- the publisher's side -----------------------------------------------------------------------------------------

    def watched(self) -> frozenset[str] | None:
        """The keys of all topics that somebody watches or did a while ago; None if there are very many."""
        found = [entry.key for entry in self._entries.read(_WATCHED, limit=MOST_WATCHED + 1)]
        return None if len(found) > MOST_WATCHED else frozenset(found)

    def of(self, topic: Topic) -> tuple[Mark | None, list[Entry]]:
        """How far a topic's changes were sent, and the entries of those who watch it."""
        mark: Mark | None = None
        watching: list[Entry] = []
        for entry in self._entries.read(_partition(topic)):
            if entry.key == _MARK:
                mark = msgspec.convert(entry.body, Mark)
            else:
                watching.append(entry)
        return mark, watching

    def mark_of(self, topic: Topic) -> Mark | None:
        """How far a topic's changes were sent."""
        found = self._entries.get(_partition(topic), _MARK)
        return None if found is None else msgspec.convert(found.body, Mark)

    def mark(self, topic: Topic, position: Position) -> None:
        """Remember how far a topic's changes were sent. A crash before: they are sent again."""
        now = self._clock.now()
        self._entries.put(_partition(topic), _MARK, _body(Mark(position=position, at=now)), expires_at=now + MARK_LASTS)

    def note(self, entry: Entry) -> bool:
        """Tell who is opening a subscription that something was published; False if it changed since it was read."""
        subscription = to_subscription(entry)
        noted = msgspec.structs.replace(subscription, noted=subscription.noted + 1)
        return self._entries.replace(entry, _body(noted), expires_at=entry.expires_at)


def viewer_of(entry: Entry, subscription: Subscription) -> Viewer:
    """The viewer behind the entry of a subscription."""
    return Viewer(connection_id=entry.key.partition("#")[2], gateway=subscription.gateway)


def to_subscription(entry: Entry) -> Subscription:
    """The subscription in an entry."""
    return msgspec.convert(entry.body, Subscription)


def _body(value: Subscription | Mark) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(Decimal,))
    return body


def _since(entry: Entry) -> datetime:
    return datetime.fromisoformat(str(entry.body["since"]))


def _connection(connection_id: str) -> str:
    return f"viewer#{connection_id}"


def _partition(topic: Topic) -> str:
    return f"watch#{topic.key}"


def _subscription(connection_id: str) -> str:
    return f"c#{connection_id}"
