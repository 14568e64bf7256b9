"""One run in memory, from a definition and its script to what `weft run` prints. Layer: command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib import bootstrap
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.adapters.memory import MemoryCommandQueue, MemoryTaskQueue, MemoryWakeUpQueue, VirtualClock
from chalicelib.adapters.system import SystemClock
from chalicelib.bootstrap import Engine
from chalicelib.domain.definitions.definition import content_hash, to_document
from chalicelib.domain.definitions.model import Activity, WorkflowDefinition
from chalicelib.engine.start import StartRequest
from chalicelib.ports.definitions import StoredDefinition
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings
from weftctl.failures import UsageFailure
from weftctl.simulation.agenda import Agenda, DelayedOutcomes
from weftctl.simulation.following import Follower
from weftctl.simulation.mocked_activities import MockedActivities
from weftctl.simulation.mocks import Mocks
from weftctl.simulation.pace import Pace, RealPace, VirtualPace
from weftctl.simulation.report import report
from weftctl.simulation.runtime import Consumers, Runtime
from weftctl.simulation.scripting import Script
from weftctl.simulation.signals import Scripted

LAST_YEAR: Final = 9_000  # what is due after the start has to have a date too
Warn = Callable[[str], None]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run, and what happens meanwhile. ``others`` are further definitions; times are aware UTC."""

    definition: WorkflowDefinition
    registry: ActivityRegistry
    mocks: Mocks
    input: Any = None
    others: Sequence[WorkflowDefinition] = ()
    signals: Sequence[Scripted] = ()
    start_at: datetime | None = None
    until: datetime | None = None
    execution_id: str | None = None
    user: str | None = None
    groups: tuple[str, ...] = ()
    virtual_time: bool = True


def simulate(scenario: Scenario, *, warn: Warn) -> dict[str, Any]:
    """Run ``scenario`` to its end and report it. Raises ``InvalidInput`` and the like for what cannot be started."""
    clock, pace = _time(scenario)
    if scenario.until is not None and scenario.until < clock.now():
        raise UsageFailure(f"--until lies before the start of the run, {clock.now().isoformat()}.")
    agenda, script = Agenda(), Script(scenario.signals)
    engine, consumers = _engine(scenario, clock, agenda, warn)
    for definition in (scenario.definition, *scenario.others):
        _add(engine, _delayed_are_queued(definition, scenario.mocks), clock)
    for warning in scenario.mocks.unmatched(_names((scenario.definition, *scenario.others))):
        warn(warning)
    started = engine.start(
        StartRequest(
            workflow_id=scenario.definition.id,
            version=scenario.definition.version,
            input=scenario.input,
            execution_id=scenario.execution_id,
            caller=scenario.user or "",
        )
    )
    script.enter(agenda, started.started_at)
    follower = Follower(engine.adapters.store, started.execution_id)
    Runtime(engine, consumers, agenda, pace, lambda: script.is_over and follower.has_ended()).run(scenario.until)
    return {**report(follower.commits()), "refused": script.refused}


def _time(scenario: Scenario) -> tuple[Clock, Pace]:
    if scenario.start_at is not None and scenario.start_at.year > LAST_YEAR:
        raise UsageFailure(f"--start-at lies too far ahead: the last year that a run may start in is {LAST_YEAR}.")
    if not scenario.virtual_time:
        system = SystemClock()
        return system, RealPace(system)
    virtual = VirtualClock(scenario.start_at or SystemClock().now())
    return virtual, VirtualPace(virtual)


def _engine(scenario: Scenario, clock: Clock, agenda: Agenda, warn: Warn) -> tuple[Engine, Consumers]:
    """An engine in memory, with mocked activities whose outcomes may come later."""
    settings = msgspec.structs.replace(Settings.from_env(os.environ), stage="local")
    real = RegisteredActivities(scenario.registry, settings, clock=clock)
    activities = MockedActivities(real, scenario.mocks, clock)

    def on_error(execution_id: str, error: Exception) -> None:
        warn(f"{execution_id}: {type(error).__name__}: {error}")

    adapters = bootstrap.in_memory(settings, clock=clock, runner=activities).adapters
    commands, tasks, wakeups = adapters.commands, adapters.tasks, adapters.wakeups
    assert isinstance(commands, MemoryCommandQueue)  # noqa: S101  # it is the engine in memory
    assert isinstance(tasks, MemoryTaskQueue)  # noqa: S101
    assert isinstance(wakeups, MemoryWakeUpQueue)  # noqa: S101
    delayed = DelayedOutcomes(commands, activities, agenda, clock)
    engine = bootstrap.assemble(settings, msgspec.structs.replace(adapters, commands=delayed), on_error)
    return engine, Consumers(commands, tasks, wakeups)


def _add(engine: Engine, definition: WorkflowDefinition, clock: Clock) -> None:
    stored = StoredDefinition(
        workflow_id=definition.id,
        version=definition.version,
        name=definition.name,
        digest=content_hash(definition),
        document=to_document(definition),
        created_at=clock.now(),
        description=definition.description,
    )
    engine.adapters.definitions.add(stored)


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


def _names(definitions: Iterable[WorkflowDefinition]) -> set[str]:
    """The step ids and activity types that mocks may name."""
    steps = [step for definition in definitions for step in definition.steps]
    types = {step.step_type.activity_type for step in steps if isinstance(step.step_type, Activity)}
    return {step.id for step in steps} | types
