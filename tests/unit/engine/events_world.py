"""An engine in memory for tests of events, whose queues are emptied by hand. Layer: tests."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.execution.commands import DeliverEvent
from chalicelib.domain.execution.effects import Listen, Unlisten
from chalicelib.domain.execution.state import State
from chalicelib.domain.published import PublishedEvent
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.listening import Listening
from chalicelib.ports.queues import CommandMessage
from chalicelib.settings import Settings
from tests.unit.execution.play import chain

BEGIN = datetime(2026, 1, 1, 9, tzinfo=UTC)
LATER = BEGIN + timedelta(minutes=1)
NAME = "parcel"


class Setting:
    """An engine in memory, whose queues are emptied by hand."""

    def __init__(self) -> None:
        self.clock = VirtualClock(BEGIN)
        self.errors: list[tuple[str, Exception]] = []
        self.settings = Settings(stage="local", max_payload_bytes=10_000)
        self.engine = bootstrap.in_memory(
            self.settings, clock=self.clock, on_error=lambda *error: self.errors.append(error)
        )
        self.adapters: Any = self.engine.adapters
        self.index = EventIndex(self.adapters.entries)
        self.listening = Listening(self.index, self.adapters.commands, lambda at: at + timedelta(days=400))
        self.clock.advance_to(LATER)

    @classmethod
    def over(cls, other: Setting) -> Setting:
        """Another process over the same stores and queues."""
        made = cls()
        made.adapters = other.adapters
        made.engine = bootstrap.assemble(other.settings, other.adapters, lambda *error: made.errors.append(error))
        return made

    def publish(self, event_id: str = "p-1", *, name: str = NAME, **fields: Any) -> PublishedEvent:
        return self.engine.publish_event(name, {"n": 1}, event_id=event_id, **fields).event

    def listen(self, execution_id: str, correlation: str | None = None, listener: str = "wait#1", **of: Any) -> None:
        state = State(execution_id=execution_id, workflow_id="w", workflow_version="1", created_at=BEGIN, **of)
        self.listening.listen(state, Listen(listener, NAME, correlation, BEGIN))

    def unlisten(self, execution_id: str, correlation: str | None = None) -> None:
        state = State(execution_id=execution_id, workflow_id="w", workflow_version="1", created_at=BEGIN)
        self.listening.unlisten(state, Unlisten("wait#1", NAME, correlation))

    def sent(self) -> list[CommandMessage]:
        """Every command sent since it was asked last."""
        found: list[CommandMessage] = []
        while batch := self.adapters.commands.receive(100, now=self.clock.now()):
            for delivery in batch:
                found.append(delivery.message)
                self.adapters.commands.acknowledge(delivery.delivery_id)
        return found

    def told(self) -> Counter[tuple[str, str]]:
        """How often each execution was told of each event since it was asked last."""
        commands = [(each.execution_id, each.command) for each in self.sent()]
        return Counter((to, command.event_id) for to, command in commands if isinstance(command, DeliverEvent))

    def drain(self, *, crash_first: bool = False) -> int:
        """Handle every message of the waker; gives how many. ``crash_first`` has each die once after it was handled."""
        handled = 0
        while batch := self.adapters.wakeups.receive(10, now=self.clock.now()):
            for delivery in batch:
                self.engine.wake.handle(delivery)
                handled += 1
                if crash_first and delivery.receive_count == 1:
                    self.adapters.wakeups.release(delivery.delivery_id)
                else:
                    self.adapters.wakeups.acknowledge(delivery.delivery_id)
        return handled

    def register(self, workflow_id: str, *subscriptions: dict[str, Any], **more: Any) -> None:
        self.engine.definitions.register(chain(id=workflow_id, subscriptions=list(subscriptions), **more))

    def started(self) -> list[tuple[str, Any]]:
        """Workflow and input of every execution there is."""
        store = self.adapters.store
        firsts = [
            store.at(execution_id, number) for execution_id, number in store.stream.receive(10_000) if number == 1
        ]
        return [(each.events[0].details["workflow_id"], each.events[0].details["input"]) for each in firsts]
