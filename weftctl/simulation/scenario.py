"""One run in memory, from a definition and its script to what `weft run` prints. Layer: command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.activities.registry import ActivityRegistry
from chalicelib.adapters.memory import VirtualClock
from chalicelib.adapters.system import SystemClock
from chalicelib.domain.definitions.model import SubWorkflow, WorkflowDefinition
from chalicelib.ports.system import Clock
from weftctl.failures import UsageFailure
from weftctl.simulation.mocks import Mocks
from weftctl.simulation.pace import Pace, RealPace, VirtualPace
from weftctl.simulation.report import report
from weftctl.simulation.scripting import Script
from weftctl.simulation.signals import Scripted
from weftctl.simulation.world import Warn, World, names_in

LAST_YEAR: Final = 9_000  # what is due after the start has to have a date too


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
    definitions = (scenario.definition, *scenario.others)
    world = World(clock, pace, registry=scenario.registry, mocks=scenario.mocks, warn=warn)
    for definition in definitions:
        world.add(definition)
    for warning in scenario.mocks.unmatched(names_in(definitions)):
        warn(warning)
    for warning in _missing(definitions):
        warn(warning)
    started = world.start(
        scenario.definition.id,
        version=scenario.definition.version,
        input=scenario.input,
        execution_id=scenario.execution_id,
        caller=scenario.user or "",
    )
    follower = world.follow(started.execution_id)
    script = Script(scenario.signals, by=scenario.user, groups=scenario.groups or None)
    script.enter(world, started.execution_id, started.started_at)
    world.go_on_until_idle(follower, lambda: script.is_over, until=scenario.until)
    return report(follower, script, world.notifier.outbox)


def _missing(definitions: Sequence[WorkflowDefinition]) -> list[str]:
    """A warning for each step that starts a workflow which nobody gave."""
    known = {definition.id for definition in definitions}
    return [
        f"{step.id!r} starts the workflow {step.step_type.workflow_id!r}, which is not given: add it by --with"
        for definition in definitions
        for step in definition.steps
        if isinstance(step.step_type, SubWorkflow) and step.step_type.workflow_id not in known
    ]


def _time(scenario: Scenario) -> tuple[Clock, Pace]:
    if scenario.start_at is not None and scenario.start_at.year > LAST_YEAR:
        raise UsageFailure(f"--start-at lies too far ahead: the last year that a run may start in is {LAST_YEAR}.")
    if not scenario.virtual_time:
        system = SystemClock()
        return system, RealPace(system)
    virtual = VirtualClock(scenario.start_at or SystemClock().now())
    return virtual, VirtualPace(virtual)
