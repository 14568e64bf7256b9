"""Whatever validates runs: to an end, or to where it waits for somebody, and from there to its end when told.

Definitions are changed examples and chains of the grammar; inputs, and what activities and people answer, are anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from chalicelib.activities.registry import BUILT_IN_NAMES, ActivityRegistry
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.definitions.definition import check_definition
from chalicelib.domain.definitions.model import Activity, WorkflowDefinition
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.execution.commands import AnyRequest, Cancel, Resume, Signal, SubmitHuman
from chalicelib.domain.execution.evolve import fold
from chalicelib.domain.execution.state import State
from chalicelib.domain.steps import RUNNABLE_FEATURES, RUNNABLE_STEP_TYPES
from tests.property.definitions.changed import documents, inputs_for
from tests.property.definitions.strategies import Document, json_values
from weftctl.simulation.following import Follower
from weftctl.simulation.mocks import parse_mocks
from weftctl.simulation.pace import VirtualPace
from weftctl.simulation.world import World

pytestmark = [pytest.mark.property, pytest.mark.fuzz]

BEGIN = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
YEARS = timedelta(days=3 * 366)
WAITING = {"waiting_for_event", "waiting_for_human_intervention"}
FAILURE = {"error": {"code": "Boom", "message": "it failed"}}
OUTCOMES: list[dict[str, Any]] = [
    {"result": {"n": 1, "ok": True, "payment_id": "p-1", "quantity": 2}},
    {"result": None},
    FAILURE,
    {"sequence": [FAILURE, {"result": {"n": 2}}]},
    {"error": {"code": "Declined", "message": "no", "retryable": False}},
]
outcomes = st.sampled_from(OUTCOMES) | json_values.map(lambda value: {"result": value})


def valid(document: Document) -> WorkflowDefinition | None:
    """The definition of a document, None if it has findings that forbid it. Whatever else it raises is a failure."""
    report = check_definition(document, runnable_step_types=RUNNABLE_STEP_TYPES, runnable_features=RUNNABLE_FEATURES)
    assert (report.definition is None) == bool(report.errors)
    return report.definition


class Run:
    """One execution of a definition in memory, with whatever its activities answer."""

    def __init__(self, definition: WorkflowDefinition, data: st.DataObject) -> None:
        used = {each.step_type.activity_type for each in definition.steps if isinstance(each.step_type, Activity)}
        mocks = {name: data.draw(outcomes) for name in sorted(used | {*BUILT_IN_NAMES})}
        clock = VirtualClock(BEGIN)
        self.defects: list[str] = []
        self.world = World(
            clock,
            VirtualPace(clock),
            registry=ActivityRegistry(),
            mocks=parse_mocks(mocks, file="mocks"),
            warn=self._note,
        )
        self.world.add(definition)
        self._data = data
        self._definition = definition
        self._numbers = count(1)
        self._until = BEGIN + YEARS

    def _note(self, told: str) -> None:
        """What the engine survived; a notification that could not be sent is no defect of its own."""
        if "ErrandFailed" not in told:
            self.defects.append(told)

    def start(self, input: Any) -> Follower:
        started = self.world.start(self._definition.id, input=input, execution_id="x")
        return self.world.follow(started.execution_id)

    def go_on(self, follower: Follower) -> State:
        self.world.go_on_until_idle(follower, until=self._until)
        return follower.state()

    def ask(self, follower: Follower, request: AnyRequest) -> State:
        self._until = self.world.clock.now() + YEARS
        self.world.send(follower.execution_id, request)
        return self.go_on(follower)

    def answer(self, follower: Follower) -> State:
        """Give what is waited for, as far as somebody outside can."""
        run = next((each for each in follower.state().runs.values() if each.state in WAITING), None)
        number = f"r{next(self._numbers)}"
        if run is None:
            return self.ask(follower, Resume(id=number))
        if run.event_name is not None:
            return self.ask(follower, Signal(id=number, name=run.event_name, payload=self._data.draw(json_values)))
        action = self._data.draw(st.sampled_from(["approve", "reject", "modify_data", "other"]))
        fields = self._data.draw(json_values) if action == "modify_data" else None
        return self.ask(follower, SubmitHuman(id=number, by="ann", step=run.run_id, action=action, data=fields))


def check_history(follower: Follower) -> None:
    """Gapless, and the state is its fold."""
    commits = follower.commits()
    assert [each.number for each in commits] == [*range(1, len(commits) + 1)]
    sequences = [each.first_sequence for each in commits]
    assert sequences == [1 + sum(len(each.events) for each in commits[:index]) for index in range(len(commits))]
    assert fold(commits) == follower.state()


def check_rest(state: State, now: datetime) -> None:
    """What rests has ended, waits for somebody, or for a time that is years away."""
    waits = any(run.state in WAITING for run in state.runs.values())
    deadline = state.earliest_deadline()
    assert state.is_terminal or waits or state.is_paused or (deadline is not None and deadline > now), state.status


@settings(suppress_health_check=[*HealthCheck])
@given(documents, st.data())
def test_definition_runs_to_its_end_when_it_validates(document: Document, data: st.DataObject) -> None:
    definition = valid(document)
    if definition is None:
        event("refused")
        return
    run = Run(definition, data)
    try:
        follower = run.start(data.draw(inputs_for(document)))
    except InvalidInput:
        event("input refused")
        return

    state = run.go_on(follower)
    check_rest(state, run.world.clock.now())
    event(f"rests {state.status}")
    for _ in range(data.draw(st.integers(0, 3))):
        if not state.is_terminal:
            state = run.answer(follower)
            check_rest(state, run.world.clock.now())
    if not state.is_terminal:
        state = run.ask(follower, Cancel(id="end"))

    check_history(follower)
    assert state.is_terminal
    assert run.defects == []
    assert state.error is None or state.error.code != "EngineError"
