"""What the engine does about children: once or twice, late, and when there is something in the way."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.children import Child, ControlChild, Parent
from chalicelib.domain.execution.commands import (
    Advance,
    AnyRequest,
    Cancel,
    ChildEnded,
    ChildStarted,
    Command,
    FollowParent,
    Retry,
    Signal,
)
from chalicelib.domain.execution.effects import StartChild
from chalicelib.domain.execution.state import State
from chalicelib.engine.children import Children
from chalicelib.engine.control import ControlRefused
from chalicelib.engine.loading import StateLoader
from chalicelib.engine.start import StartExecution, StartRequest
from chalicelib.settings import Settings
from tests.unit.execution.play import BEGIN, activity, chain

ID = "p:s:1:1"
CHILD = Child(execution_id=ID, workflow_id="child")
PARENT = Parent(execution_id="p", run_id="s#1")
SETTINGS = Settings(stage="local")


def state(**fields: Any) -> State:
    """A parent at its seventh commit."""
    known = {"execution_id": "p", "workflow_id": "w", "workflow_version": "1.0.0", "created_at": BEGIN, "commit": 7}
    return State(**{**known, **fields})


def start_of(**child: Any) -> StartChild:
    return StartChild("s#1", 1, Child(execution_id=ID, workflow_id="child", **child), {"n": 1})


CANCEL = ControlChild("s#1", 1, CHILD, "cancel")


class House:
    """The use case over memory, and what it has sent."""

    def __init__(self) -> None:
        self.engine = bootstrap.in_memory(SETTINGS, clock=VirtualClock(BEGIN))
        self.engine.definitions.register(chain(activity("a"), id="child"))
        adapters = self.engine.adapters
        loader, resolve = StateLoader(adapters.store, SETTINGS), self.engine.definitions.resolve
        start = StartExecution(
            adapters.store, loader, adapters.commands, resolve, adapters.clock, adapters.ids, SETTINGS
        )
        self.children = Children(start, resolve, adapters.store, loader, adapters.commands, adapters.clock)

    def sent(self) -> list[tuple[str, Command]]:
        batch = self.engine.adapters.commands.receive(10, now=BEGIN)  # type: ignore[attr-defined]
        return [(each.message.execution_id, each.message.command) for each in batch]

    def status(self) -> dict[str, Any]:
        return self.engine.queries.status(ID)


@pytest.fixture
def house() -> House:
    return House()


def test_child_starts_once_when_it_is_started_twice(house: House) -> None:
    for _ in range(2):
        house.children.start(state(priority="high", depth=2, lineage=3, trace_id="t"), start_of())

    assert house.sent() == [(ID, Advance(cause=1))]
    (commit,) = house.engine.adapters.store.read(ID)
    created = commit.events[0].details
    assert created["parent"] == {"execution_id": "p", "run_id": "s#1"}
    assert (created["depth"], created["lineage"], created["priority"], created["trace_id"]) == (3, 3, "high", "t")


def test_parent_is_told_of_the_start_when_it_waits_for_no_more(house: House) -> None:
    house.children.start(state(), start_of(waits=False))

    assert house.sent() == [(ID, Advance(cause=1)), ("p", ChildStarted(run_id="s#1", attempt=1))]


def test_child_is_paused_when_its_parent_was_before_it_began(house: House) -> None:
    house.children.start(state(status="paused"), start_of())

    assert [command for _, command in house.sent()] == [
        Advance(cause=1),
        FollowParent(parent=PARENT, action="pause", cause=7, reason="the execution around it, p, wants it"),
    ]


def test_start_counts_as_made_when_its_workflow_has_been_deleted_since(house: House) -> None:
    house.children.start(state(), start_of())
    house.sent()
    house.engine.definitions.delete("child", force=True)

    house.children.start(state(), start_of(waits=False))
    house.children.start(state(), start_of())

    assert [type(command) for _, command in house.sent()] == [ChildEnded]  # only of the one that is no such child


def test_step_hears_why_when_the_id_of_its_child_is_taken(house: House) -> None:
    house.engine.start(StartRequest(workflow_id="child", input={}, execution_id=ID))
    house.sent()

    house.children.start(state(), start_of())

    ((execution_id, command),) = house.sent()
    assert isinstance(command, ChildEnded)
    assert (execution_id, command.state) == ("p", "refused")
    assert command.error is not None
    assert (command.error.code, command.error.message) == (
        "ExecutionExists",
        "The execution 'p:s:1:1' exists already, with another parent.",
    )


def test_start_is_tried_again_when_the_store_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> int:
        raise Unavailable("for a while")

    monkeypatch.setattr(house.engine.adapters.store, "append", away)

    with pytest.raises(Unavailable):
        house.children.start(state(), start_of())

    assert house.sent() == []


def test_child_never_begins_when_it_is_cancelled_before_it_is_started(house: House) -> None:
    house.children.control(state(), CANCEL)
    house.children.start(state(), start_of())

    status = house.status()
    assert (status["state"], status["workflow_version"]) == ("canceled", "1.0.0")
    assert status["parent"]["execution_id"] == "p"
    assert house.sent() == []


def test_child_that_has_begun_is_told_to_cancel(house: House) -> None:
    house.children.start(state(), start_of())
    house.children.control(state(), CANCEL)

    follow = FollowParent(parent=PARENT, action="cancel", cause=7, reason="the execution around it, p, wants it")
    assert [command for _, command in house.sent()] == [Advance(cause=1), follow]


@pytest.mark.parametrize(("version", "shown"), [("3.0.0", "3.0.0"), (None, "")])
def test_child_of_a_workflow_that_is_not_there_can_be_cancelled(house: House, version: str | None, shown: str) -> None:
    child = Child(execution_id=ID, workflow_id="absent", version=version)

    house.children.control(state(), ControlChild("s#1", 1, child, "cancel"))

    assert (house.status()["state"], house.status()["workflow_version"]) == ("canceled", shown)


@pytest.mark.parametrize("version", ["3.0.0", None])
def test_nothing_is_decided_on_a_child_when_it_was_cancelled_before_it_began_and_has_no_workflow(
    house: House, version: str | None
) -> None:
    cancel = ControlChild("s#1", 1, Child(execution_id=ID, workflow_id="absent", version=version), "cancel")
    commands: Any = house.engine.adapters.commands
    house.children.control(state(), cancel)
    house.engine.publish.handle(ID, list(house.engine.adapters.store.read(ID)))  # has it begin, as it has every other
    house.children.control(state(commit=8), cancel)  # its parent tells it again

    received = commands.receive(10, now=BEGIN)
    failed = house.engine.advance.handle(received)

    assert [type(each.message.command) for each in received] == [Advance, FollowParent]
    assert failed == []
    assert house.status()["state"] == "canceled"


@pytest.mark.parametrize("request_", [Cancel(id="1"), Retry(id="1", step="s"), Signal(id="1", name="go")])
def test_request_is_refused_when_its_execution_has_ended_and_never_had_a_workflow(
    house: House, request_: AnyRequest
) -> None:
    house.children.control(state(), ControlChild("s#1", 1, Child(execution_id=ID, workflow_id="absent"), "cancel"))

    with pytest.raises(ControlRefused, match="canceled and whose definition is gone") as caught:
        house.engine.control(ID, request_)

    assert (caught.value.code, caught.value.state) == ("InvalidState", "canceled")
    assert house.sent() == []
