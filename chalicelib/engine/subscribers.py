"""Starting workflows by events: those that somebody publishes, and the ends of other executions.

Layer: engine. What a subscription starts by one event has an id derived from the two, so it starts once however often
the event is told. What cannot be started (an input that does not fit, a condition that fails) is reported, and
no reason to tell the event again; what may work later is raised.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.definition import LoadedDefinition
from chalicelib.domain.definitions.model import Subscription
from chalicelib.domain.errors import NotFound, WeftError
from chalicelib.domain.expressions import NOTHING, ExpressionFailure, compile_expression, compile_mapping
from chalicelib.domain.published import PublishedEvent, check_lineage
from chalicelib.engine.start import StartExecution, StartRequest
from chalicelib.engine.subscription_index import digest, partition
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.system import Clock

Resolve = Callable[[str, str | None], LoadedDefinition]


class Subscribers:
    """Starts what subscribes. ``on_error`` is told of what cannot be started, with the execution's id."""

    def __init__(
        self,
        entries: Entries,
        resolve: Resolve,
        start: StartExecution,
        clock: Clock,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._entries = entries
        self._resolve = resolve
        self._start = start
        self._clock = clock
        self._on_error = on_error

    def tell(self, event: PublishedEvent, *, after: str = "", limit: int) -> str | None:
        """Start what subscribes to a published event, at most ``limit``; gives where to go on, None at the end."""
        partitions = [partition("event", event.name), partition("event", "*")]
        found = list(islice(self._read(partitions, after), limit))
        for entry in found:
            self._start_by(entry, event)
        return found[-1].key if len(found) == limit else None

    def tell_ending(self, event: PublishedEvent, workflow_id: str) -> None:
        """Start what subscribes to the end of an execution of ``workflow_id``; the event's name says how it ended."""
        partitions = [partition("ending", event.name), partition("ending", "*")]
        if event.name == "WorkflowCompleted":
            partitions.append(partition("workflow", workflow_id))
        for entry in self._read(partitions, ""):
            self._start_by(entry, event)

    def _read(self, partitions: Iterable[str], after: str) -> Iterator[Entry]:
        return heapq.merge(*(self._entries.read(each, after=after) for each in partitions), key=lambda entry: entry.key)

    def _start_by(self, entry: Entry, event: PublishedEvent) -> None:
        execution_id = _execution_id(entry, event)
        try:
            subscription = self._subscription(entry)
            if subscription is None:
                self._entries.remove(entry)  # unless it was written again meanwhile
            elif self._holds(subscription, event):
                self._start(self._request(entry, subscription, event, execution_id))
        except (WeftError, ExpressionFailure) as error:
            if getattr(error, "retryable", False):
                raise
            if getattr(error, "code", "") != "ExecutionExists":  # a newer version may map the input otherwise
                self._on_error(execution_id, error)

    def _subscription(self, entry: Entry) -> Subscription | None:
        """The subscription of an entry; None if it does not hold any more."""
        if entry.key.startswith("own#"):
            return msgspec.convert(entry.body["subscription"], Subscription)
        try:
            definition = self._resolve(entry.body["workflow_id"], None).definition
        except NotFound:
            return None
        wanted = entry.key.rpartition("#")[2]
        return next((each for each in definition.subscriptions if digest(each) == wanted), None)

    def _holds(self, subscription: Subscription, event: PublishedEvent) -> bool:
        if subscription.condition is None:
            return True
        return compile_expression(subscription.condition).holds({"event": event.data}, self._clock.now())

    def _request(
        self, entry: Entry, subscription: Subscription, event: PublishedEvent, execution_id: str
    ) -> StartRequest:
        check_lineage(event.lineage)
        value: Any = event.data
        if subscription.input_mapping is not None:
            mapped = compile_mapping(subscription.input_mapping).evaluate({"event": event.data}, now=self._clock.now())
            value = {} if mapped is NOTHING else mapped
        return StartRequest(
            workflow_id=entry.body["workflow_id"],
            input=value,
            execution_id=execution_id,
            metadata={"event_id": event.event_id, "event_name": event.name},
            caller=f"subscription:{entry.key}",
            lineage=event.lineage,
        )


def _execution_id(entry: Entry, event: PublishedEvent) -> str:
    return hashlib.sha256(jsonvalue.dumps([event.event_id, entry.key])).hexdigest()[:40]
