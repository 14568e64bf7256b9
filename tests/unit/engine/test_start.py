"""Starting executions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import (
    Conflict,
    InvalidInput,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unavailable,
    VersionConflict,
)
from chalicelib.engine.start import Started, StartRequest
from chalicelib.settings import Settings
from tests.unit.execution.play import BEGIN, activity, chain

TYPED = {
    "fields": [
        {"name": "name", "field_type": {"type": "string"}, "required": True},
        {"name": "count", "field_type": {"type": "integer"}, "default": 1},
    ]
}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(BEGIN)


@pytest.fixture
def engine(clock: VirtualClock) -> bootstrap.Engine:
    engine = bootstrap.in_memory(Settings(stage="local", max_payload_bytes=1_000), clock=clock)
    engine.definitions.register(chain(activity("a"), input_type=TYPED, tags={"team": "x", "kind": "y"}))
    return engine


def start(engine: bootstrap.Engine, input: Any = None, **fields: Any) -> Started:
    given = {"name": "X"} if input is None else input
    return engine.start(StartRequest(workflow_id="w", input=given, **fields))


def test_execution_begins_with_everything_the_request_says(engine: bootstrap.Engine) -> None:
    deadline = BEGIN + timedelta(hours=1)

    started = start(engine, priority="high", deadline=deadline, trace_id="t", metadata={"m": 1}, tags={"kind": "z"})

    status = engine.queries.status(started.execution_id)
    assert started.created
    assert status["state"] == "pending"
    assert status["input"] == {"name": "X", "count": 1}
    assert (status["priority"], status["deadline"]) == ("high", "2026-01-01T01:00:00.000Z")
    assert (status["metadata"], status["tags"]) == ({"m": 1}, {"team": "x", "kind": "z"})


def test_one_command_is_sent_when_an_execution_is_started_twice(engine: bootstrap.Engine) -> None:
    first, second = start(engine, execution_id="e"), start(engine, execution_id="e")

    assert (first.created, second.created) == (True, False)
    assert (second.execution_id, second.workflow_version, second.started_at) == ("e", "1.0.0", first.started_at)
    assert len(engine.adapters.commands.receive(10, now=BEGIN)) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("other", [{"input": {"name": "Y"}}, {"input": {"name": "X", "count": 2}}])
def test_conflict_when_an_execution_id_comes_again_with_another_input(
    engine: bootstrap.Engine, other: dict[str, Any]
) -> None:
    start(engine, execution_id="e")

    with pytest.raises(Conflict) as raised:
        start(engine, execution_id="e", **other)

    assert raised.value.code == "ExecutionExists"
    assert raised.value.message == "The execution 'e' exists already, with another input."
    assert engine.queries.status("e")["input"] == {"name": "X", "count": 1}


def test_conflict_when_an_execution_id_comes_again_for_another_version(engine: bootstrap.Engine) -> None:
    engine.definitions.register(chain(activity("a"), version="1.1.0", input_type=TYPED))
    start(engine, execution_id="e", version="1.0.0")

    with pytest.raises(Conflict, match=r"with another version\.$"):
        start(engine, execution_id="e", version="1.1.0")


def test_conflict_names_everything_that_differs_when_several_things_do(engine: bootstrap.Engine) -> None:
    engine.definitions.register(chain(activity("a"), id="other"))
    start(engine, execution_id="e")

    with pytest.raises(Conflict, match="with another workflow and another input"):
        engine.start(StartRequest(workflow_id="other", input={"name": "Y"}, execution_id="e"))


def test_conflict_names_the_key_when_it_comes_again_with_another_input(engine: bootstrap.Engine) -> None:
    first = start(engine, idempotency_key="k")

    with pytest.raises(Conflict) as raised:
        start(engine, {"name": "Y"}, idempotency_key="k")

    words = f"The Idempotency-Key 'k' has started {first.execution_id!r} already, with another input."
    assert raised.value.message == words


@pytest.mark.parametrize("late_seconds", [0, 60])
def test_start_is_refused_when_its_deadline_is_not_after_now(engine: bootstrap.Engine, late_seconds: int) -> None:
    with pytest.raises(InvalidRequest) as raised:
        start(engine, execution_id="e", deadline=BEGIN - timedelta(seconds=late_seconds))

    assert [(finding.code, finding.pointer) for finding in raised.value.findings] == [("InvalidValue", "/deadline")]
    assert raised.value.message.startswith("The deadline 20")
    assert list(engine.adapters.store.read("e")) == []


def test_execution_is_found_when_its_start_comes_again_after_its_deadline(
    engine: bootstrap.Engine, clock: VirtualClock
) -> None:
    deadline = BEGIN + timedelta(seconds=1)
    first = start(engine, execution_id="e", deadline=deadline)
    clock.advance_to(BEGIN + timedelta(seconds=2))

    again = start(engine, execution_id="e", deadline=deadline)

    assert (again.created, again.started_at) == (False, first.started_at)


def test_same_execution_is_found_when_its_input_takes_the_default_explicitly(engine: bootstrap.Engine) -> None:
    start(engine, execution_id="e")

    assert not start(engine, {"name": "X", "count": 1}, execution_id="e").created


def test_idempotency_key_names_one_execution_for_each_caller(engine: bootstrap.Engine) -> None:
    first = start(engine, idempotency_key="k", caller="a")

    assert start(engine, idempotency_key="k", caller="a").execution_id == first.execution_id
    assert start(engine, idempotency_key="k", caller="b").execution_id != first.execution_id
    assert start(engine, idempotency_key="l", caller="a").created


def test_start_is_to_be_tried_again_when_it_is_refused_although_there_is_nothing(
    engine: bootstrap.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        message = "commit 1 exists already"
        raise VersionConflict(message)

    with monkeypatch.context() as patch:
        patch.setattr(type(engine.adapters.store), "append", refuse)
        with pytest.raises(Unavailable):
            start(engine, execution_id="x")

    assert start(engine, execution_id="x").created


def test_highest_version_is_started_when_none_is_asked_for(engine: bootstrap.Engine) -> None:
    for version in ("1.10.0", "1.9.0", "2.0.0-rc.1"):
        engine.definitions.register(chain(activity("a"), version=version))

    assert start(engine).workflow_version == "1.10.0"


def test_input_is_refused_with_every_place_that_does_not_fit(engine: bootstrap.Engine) -> None:
    with pytest.raises(InvalidInput) as raised:
        start(engine, {"name": 5, "count": "many"}, execution_id="e")

    assert sorted(finding.pointer for finding in raised.value.findings) == ["/count", "/name"]
    assert list(engine.adapters.store.read("e")) == []


def test_input_is_refused_when_it_is_too_large(engine: bootstrap.Engine) -> None:
    with pytest.raises(TooLarge, match="max_payload_bytes"):
        start(engine, {"name": "x" * 2_000}, execution_id="e")

    assert list(engine.adapters.store.read("e")) == []


@pytest.mark.parametrize(
    "request_", [StartRequest(workflow_id="none", input=1), StartRequest(workflow_id="w", version="9.0.0", input=1)]
)
def test_unknown_workflow_or_version_is_not_found(engine: bootstrap.Engine, request_: StartRequest) -> None:
    with pytest.raises(NotFound):
        engine.start(request_)
