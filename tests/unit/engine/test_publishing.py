"""Who is told of an event. Layer: tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import Conflict, TooLarge, Unavailable
from chalicelib.domain.execution.arrivals_fold import asked_id, taken_id
from chalicelib.domain.execution.remembered import request_hash
from chalicelib.domain.published import MOST_LINEAGE, LineageExceeded, PublishedEvent, to_correlation
from chalicelib.engine.fan_out import MOST_AT_ONCE
from tests.unit.engine.events_world import BEGIN, LATER, NAME, Setting


@pytest.fixture
def world() -> Setting:
    return Setting()


# --- who is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting_first", [True, False])
@pytest.mark.parametrize(
    ("wanted", "given", "is_told"),
    [(None, None, True), (None, "a", True), ("a", "a", True), ("a", "b", False), ("a", None, False)],
)
def test_an_execution_is_told_when_its_correlation_is_the_events_or_none(
    world: Setting, waiting_first: bool, wanted: str | None, given: str | None, is_told: bool
) -> None:
    if waiting_first:
        world.listen("x", wanted)
        world.publish(correlation=given)
    else:
        world.publish(correlation=given)
        world.listen("x", wanted)

    assert bool(world.told()) is is_told


@pytest.mark.parametrize("text", ["a", "a#b", "a/b %", "", "é" * 400, "*", "x" * 5_000])
def test_correlations_are_told_apart_when_they_hold_any_characters(world: Setting, text: str) -> None:
    world.listen("same", text)
    world.listen("other", text + "#")
    world.listen("hash", "=" + text)

    world.publish(correlation=text)

    assert {execution_id for execution_id, _ in world.told()} == {"same"}


def test_an_execution_is_told_what_was_published_since_it_began_and_nothing_older(world: Setting) -> None:
    world.clock = VirtualClock(BEGIN)
    early = PublishedEvent(event_id="early", name=NAME, published_at=BEGIN - timedelta(seconds=1))
    exact = PublishedEvent(event_id="exact", name=NAME, published_at=BEGIN)
    for event in (early, exact):
        world.index.keep(event)

    world.listen("x", listener="handler:h")

    assert world.told() == {("x", "exact"): 1}


def test_a_run_is_told_one_event_it_has_not_had_and_a_handler_all(world: Setting) -> None:
    for n in range(3):
        world.publish(f"p-{n}")
    had = {request_hash(taken_id("p-0")): 1, request_hash(asked_id("p-0")): 1}

    world.listen("run", requests=had)
    world.listen("handler", listener="handler:h", requests=had)

    assert world.told() == {("run", "p-1"): 1, ("handler", "p-1"): 1, ("handler", "p-2"): 1}


def test_nobody_is_told_when_they_wait_no_more(world: Setting) -> None:
    world.listen("x", "a")
    world.unlisten("x", "a")
    world.unlisten("x", "a")

    world.publish(correlation="a")

    assert world.told() == {}


def test_events_and_waiters_are_gone_when_their_time_is_over(world: Setting) -> None:
    world.publish()
    world.clock.advance_to(LATER + timedelta(days=14, seconds=1))
    world.listen("late")
    assert world.told() == {}

    world.clock.advance_to(LATER + timedelta(days=500))
    world.publish("p-2")
    assert world.told() == {}


def test_an_execution_is_told_once_when_several_of_its_runs_wait(world: Setting) -> None:
    for listener in ("a#1", "b#1", "handler:h"):
        world.listen("x", listener=listener)
    world.listen("x", "k")
    world.sent()

    world.publish(correlation="k")

    assert world.told() == {("x", "p-1"): 1}


# --- publishing -----------------------------------------------------------------------------------------------------


def test_the_first_event_counts_when_an_id_is_published_twice(world: Setting) -> None:
    first = world.publish(correlation="a")
    world.clock.advance_to(LATER + timedelta(hours=1))

    again = world.engine.publish_event(NAME, {"n": 1}, event_id="p-1", correlation="a", source="another")

    assert (again.created, again.event) == (False, first)
    with pytest.raises(Conflict) as refused:
        world.publish(correlation="b")
    assert refused.value.code == "EventExists"


def test_publishing_again_tells_whoever_was_not_told_because_of_a_crash(world: Setting) -> None:
    world.listen("x")
    sending = world.adapters.commands.send
    world.adapters.commands.send = _unavailable
    with pytest.raises(Unavailable):
        world.publish()
    world.adapters.commands.send = sending

    world.publish()

    assert world.told() == {("x", "p-1"): 1}


def test_an_event_is_refused_when_it_is_too_large_or_too_many_executions_led_to_it(world: Setting) -> None:
    with pytest.raises(TooLarge, match="max_payload_bytes"):
        world.engine.publish_event(NAME, "x" * 10_001, event_id="p-1")
    with pytest.raises(LineageExceeded) as refused:
        world.publish(lineage=MOST_LINEAGE + 1)
    assert refused.value.code == "LimitExceeded"
    assert world.publish(lineage=MOST_LINEAGE).lineage == MOST_LINEAGE


@pytest.mark.parametrize(("value", "text"), [("a", "a"), (7, "7"), (None, None), ({"b": 1, "a": 2}, '{"a":2,"b":1}')])
def test_a_correlation_is_compared_as_text(value: Any, text: str | None) -> None:
    assert to_correlation(value) == text


# --- many -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crash_first", [False, True])
def test_each_of_a_thousand_executions_is_told_once_when_an_event_is_for_all(world: Setting, crash_first: bool) -> None:
    names = [f"x{n:04}" for n in range(1_000)]
    for n, name in enumerate(names):
        world.listen(name, "k" if n % 3 else None)

    world.publish(correlation="k")
    first = len(world.adapters.commands)
    messages = world.drain(crash_first=crash_first)

    assert first == MOST_AT_ONCE
    assert messages >= 1_000 / MOST_AT_ONCE - 1
    assert world.told() == {(name, "p-1"): 1 for name in names}


def test_ids_that_begin_alike_are_each_told_when_the_cursor_stands_between_them(world: Setting) -> None:
    names = {f"x{suffix}" for suffix in ("", "-1", ".1", ":1", "0", "A", "_", "a", "-", *map(str, range(100)))}
    for name in names:
        world.listen(name)

    world.publish()
    world.drain()

    assert world.told() == {(name, "p-1"): 1 for name in names}


def _unavailable(*_: Any, **__: Any) -> None:
    message = "the queue does not answer"
    raise Unavailable(message)
