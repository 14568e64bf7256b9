"""Telling everybody of an event: executions that wait for it, then workflows that start by it.

Layer: engine. Told are a few dozen at once; the rest go on from a cursor in a queue message, so an event for thousands
takes no longer to publish than one for ten. Whoever is told knows the event by its id, so a message that comes twice,
or a crash before it is acknowledged, tells nobody twice in effect.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Final

from chalicelib.domain.published import PublishedEvent
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.subscribers import Subscribers
from chalicelib.ports.queues import CommandMessage, CommandQueue, FanOutMessage, FanOutQueue

MOST_AT_ONCE: Final = 50
"""Told by one message: ten of them in a batch stay well inside the time that their consumer has."""


class FanOut:
    """Tells of events, in steps."""

    def __init__(self, index: EventIndex, subscribers: Subscribers, commands: CommandQueue, queue: FanOutQueue) -> None:
        self._index = index
        self._subscribers = subscribers
        self._commands = commands
        self._queue = queue

    def begin(self, event: PublishedEvent) -> None:
        """Tell the first, and have the rest told; of an event that was published before, those once more."""
        self.go_on(FanOutMessage(event=event))

    def go_on(self, message: FanOutMessage) -> None:
        """Tell the next, and send a message for those after them if there are any."""
        place = f"{message.to}#{message.after}"
        if self._index.has_passed(message.event, place):
            return  # a message that came twice: going on from here a second time would double all that follows
        rest: FanOutMessage | None = message
        if message.to == "waiters":
            rest = self._tell_waiters(message)
        if rest is not None and rest.to == "subscribers":
            rest = self._tell_subscribers(rest)
        if rest is not None:
            self._queue.send(rest)  # a crash before this line repeats what was told above, which is harmless
            self._index.passed(message.event, place)  # and one before this line tells the rest twice, harmless too

    def _tell_waiters(self, message: FanOutMessage) -> FanOutMessage:
        event = message.event
        told = list(islice(self._index.waiting(event, after=message.after), MOST_AT_ONCE))
        for execution_id in told:
            tell(self._commands, execution_id, event, cause="published")
        if len(told) == MOST_AT_ONCE:
            return FanOutMessage(event=event, after=told[-1])
        return FanOutMessage(event=event, to="subscribers")

    def _tell_subscribers(self, message: FanOutMessage) -> FanOutMessage | None:
        last = self._subscribers.tell(message.event, after=message.after, limit=MOST_AT_ONCE)
        return None if last is None else FanOutMessage(event=message.event, to="subscribers", after=last)


Tell = Callable[[PublishedEvent], None]


def tell(commands: CommandQueue, execution_id: str, event: PublishedEvent, *, cause: str) -> None:
    """Send the event to one execution. ``cause`` tells sendings apart that the queue must not take for repeats."""
    command = event.to_command()
    message = CommandMessage(execution_id=execution_id, command=command)
    commands.send(message, deduplication_id=f"{command.command_id}@{cause}")
