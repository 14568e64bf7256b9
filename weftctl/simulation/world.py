"""An engine in memory with its clock and its mocks: what `weft run` and tests of workflows drive.

Layer: command line. Nothing happens by itself: starts and requests are put into the engine's queues, and ``go_on_to``
and ``go_on_until_idle`` work them off and let time pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib import bootstrap
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.adapters.memory import (
    MemoryCommandQueue,
    MemoryEntries,
    MemoryExecutionStore,
    MemoryNotifier,
    MemoryTaskQueue,
    MemoryWakeUpQueue,
)
from chalicelib.bootstrap import Engine, ErrorListener
from chalicelib.domain.definitions.definition import content_hash, to_document
from chalicelib.domain.definitions.model import Activity, WorkflowDefinition
from chalicelib.domain.execution.arrivals import correlation_text
from chalicelib.domain.execution.commands import AnyRequest
from chalicelib.engine.notices import Notices
from chalicelib.engine.start import Started, StartRequest
from chalicelib.ports.definitions import StoredDefinition
from chalicelib.ports.entries import Entries
from chalicelib.ports.notifications import PostOffice
from chalicelib.ports.queues import CommandMessage
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings
from weftctl.simulation.agenda import Agenda, DelayedOutcomes
from weftctl.simulation.following import Follower
from weftctl.simulation.mocked_activities import MockedActivities
from weftctl.simulation.mocks import Mocks
from weftctl.simulation.pace import Pace
from weftctl.simulation.runtime import Consumers, Runtime

Warn = Callable[[str], None]


class World:
    """One engine and everything in it. ``warn`` is told of defects that the engine survived."""

    def __init__(self, clock: Clock, pace: Pace, *, registry: ActivityRegistry, mocks: Mocks, warn: Warn) -> None:
        self.clock = clock
        self.agenda = Agenda()
        self._mocks = mocks

        def on_error(execution_id: str, error: Exception) -> None:
            warn(f"{execution_id}: {type(error).__name__}: {error}")

        # Nothing leaves: what notify.send is asked to send is kept here.
        entries = MemoryEntries(clock)
        notices = Notices(entries, clock, kept_days=0)
        self.notifier = MemoryNotifier(notices)
        office = PostOffice(log=notices, board=notices, notifier=self.notifier)
        self._engine, consumers = _engine(clock, self.agenda, registry, mocks, on_error, entries, office)
        self._runtime = Runtime(self._engine, consumers, self.agenda, pace, on_error)

    def add(self, definition: WorkflowDefinition) -> None:
        """Have ``definition`` known, so that it can be started."""
        shown = _delayed_are_queued(definition, self._mocks)
        stored = StoredDefinition(
            workflow_id=shown.id,
            version=shown.version,
            name=shown.name,
            digest=content_hash(shown),
            document=to_document(shown),
            created_at=self.clock.now(),
            description=shown.description,
        )
        self._engine.adapters.definitions.add(stored)

    def start(self, workflow_id: str, **details: Any) -> Started:
        """Start an execution; ``details`` are those of a ``StartRequest``. Raises ``InvalidInput`` and the like."""
        return self._engine.start(StartRequest(workflow_id=workflow_id, **details))

    def send(self, execution_id: str, request: AnyRequest) -> None:
        """Ask something of an execution; the answer is in its history once it has gone on."""
        message = CommandMessage(execution_id=execution_id, command=request)
        self._engine.adapters.commands.send(message, deduplication_id=request.command_id)

    def publish(self, name: str, data: Any, *, event_id: str, correlation: Any = None) -> None:
        """Publish an event to every execution here. Raises ``TooLarge`` and the like."""
        text = None if correlation is None else correlation_text(correlation)
        self._engine.publish_event(name, data, event_id=event_id, correlation=text)

    def follow(self, execution_id: str) -> Follower:
        """The commits of an execution as they come."""
        return Follower(
            self._engine.adapters.store,
            execution_id,
            lambda workflow_id, version: self._engine.definitions.load(workflow_id, version).definition,
        )

    def go_on_to(self, until: datetime) -> None:
        """Do everything that is due up to ``until``; time stops there, or before if nothing more can happen."""
        self._runtime.run(until, lambda _: False)

    def go_on_until_idle(
        self, follower: Follower, is_over: Callable[[], bool] = lambda: True, *, until: datetime | None = None
    ) -> None:
        """Go on until the execution followed and what it began have ended and ``is_over``, or nothing more is due.

        Not beyond ``until``.
        """
        self._runtime.run(until, lambda _: is_over() and follower.has_ended)


def names_in(definitions: Iterable[WorkflowDefinition]) -> set[str]:
    """The step ids and activity types that mocks may name."""
    steps = [step for definition in definitions for step in definition.steps]
    types = {step.step_type.activity_type for step in steps if isinstance(step.step_type, Activity)}
    return {step.id for step in steps} | types


def _engine(
    clock: Clock,
    agenda: Agenda,
    registry: ActivityRegistry,
    mocks: Mocks,
    on_error: ErrorListener,
    entries: Entries,
    office: PostOffice,
) -> tuple[Engine, Consumers]:
    """An engine in memory, with mocked activities whose outcomes may come later."""
    # Nothing expires in memory, so nothing is too old: a timer of years is as good as any.
    settings = msgspec.structs.replace(Settings.from_env(os.environ), stage="local", retention_days=0)
    functions = RegisteredActivities(mocks.functions, settings, clock=clock)
    real = RegisteredActivities(registry, settings, clock=clock, post_office=office)
    activities = MockedActivities(real, functions, mocks, clock)

    adapters = bootstrap.in_memory(settings, clock=clock, runner=activities, entries=entries).adapters
    commands, tasks, wakeups, store = adapters.commands, adapters.tasks, adapters.wakeups, adapters.store
    assert isinstance(commands, MemoryCommandQueue)  # noqa: S101  # it is the engine in memory
    assert isinstance(tasks, MemoryTaskQueue)  # noqa: S101
    assert isinstance(wakeups, MemoryWakeUpQueue)  # noqa: S101
    assert isinstance(store, MemoryExecutionStore)  # noqa: S101
    delayed = DelayedOutcomes(commands, activities, agenda, clock)
    engine = bootstrap.assemble(
        settings, msgspec.structs.replace(adapters, commands=delayed), on_error, workers_inside=True
    )
    return engine, Consumers(commands, tasks, wakeups, store)


def _delayed_are_queued(definition: WorkflowDefinition, mocks: Mocks) -> WorkflowDefinition:
    """The definition with every activity queued whose mock has a delay.

    An inline activity would hold up the decider for that time, and with it the clock; the outcome is the same.
    """
    steps = []
    for step in definition.steps:
        kind = step.step_type
        if isinstance(kind, Activity) and any(
            outcome.delay_seconds for outcome in mocks.outcomes(step.id, kind.activity_type)
        ):
            queued = msgspec.structs.replace(kind, inline=False)
            steps.append(msgspec.structs.replace(step, step_type=queued))
        else:
            steps.append(step)
    return msgspec.structs.replace(definition, steps=steps)
