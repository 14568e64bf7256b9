"""Publishing, waiting and starting by events, over the adapters in memory. Layer: tests."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import MemoryEventBus, VirtualClock
from chalicelib.domain.errors import Conflict, TooLarge, Unavailable
from chalicelib.domain.execution.commands import DeliverEvent, Signal
from chalicelib.domain.execution.effects import Listen, Unlisten
from chalicelib.domain.execution.evolve import request_hash
from chalicelib.domain.execution.state import State
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.published import MOST_LINEAGE, LineageExceeded, PublishedEvent, to_correlation
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.fan_out import MOST_AT_ONCE
from chalicelib.engine.listening import Listening
from chalicelib.engine.outreach import Outreach, UnknownTarget
from chalicelib.engine.start import StartRequest
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
    had = {request_hash("event:p-0"): 1}

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


# --- at the very same moment ----------------------------------------------------------------------------------------


class Baton:
    """Lets one of several threads go on at a time, from port call to port call, as ``choose`` says."""

    def __init__(self, choose: Callable[[list[int]], int]) -> None:
        self._choose = choose
        self._lock = threading.Condition()
        self._ready: dict[int, bool] = {}
        self._running: int | None = None
        self._mine = threading.local()

    def run(self, *actions: Callable[[], object]) -> None:
        threads = [threading.Thread(target=self._play, args=(n, each)) for n, each in enumerate(actions)]
        self._ready = dict.fromkeys(range(len(actions)), False)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()

    def pause(self) -> None:
        """Wait for one's turn. Called before every call of a port."""
        number = getattr(self._mine, "number", None)
        if number is None:
            return
        with self._lock:
            self._ready[number] = True
            self._running = None
            self._hand_on()
            self._lock.wait_for(lambda: self._running == number, timeout=30)
            self._ready[number] = False

    def _hand_on(self) -> None:
        if self._running is None and self._ready and all(self._ready.values()):
            self._running = self._choose(sorted(self._ready))
            self._lock.notify_all()

    def _play(self, number: int, action: Callable[[], object]) -> None:
        self._mine.number = number
        self.pause()
        action()
        with self._lock:
            del self._ready[number]
            self._running = None
            self._hand_on()


class Paused:
    """A port that waits for its thread's turn before each call, and gives what is read as a page."""

    def __init__(self, target: Any, baton: Baton) -> None:
        self._target, self._baton = target, baton

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._baton.pause()
            result = method(*args, **kwargs)
            return iter(list(result)) if name == "read" else result

        return call


def _orders() -> Iterator[Callable[[list[int]], int]]:
    """Ways of choosing who goes on: always one side as far as it can, and at random."""
    yield min
    yield max
    for seed in range(998):
        yield random.Random(seed).choice


def test_an_event_is_never_missed_when_it_is_published_at_the_very_moment_a_step_begins_to_wait() -> None:
    orders = set()
    for choose in _orders():
        # given two sides that go on in turns, from one port call to the next
        world = Setting()
        real = world.adapters
        taken: list[int] = []

        def noting(ready: list[int], choose: Callable[[list[int]], int] = choose, taken: list[int] = taken) -> int:
            taken.append(choose(ready))
            return taken[-1]

        baton = Baton(noting)
        entries, commands = Paused(real.entries, baton), Paused(real.commands, baton)
        adapters = msgspec.structs.replace(real, entries=entries, commands=commands)
        world.engine = bootstrap.assemble(world.settings, adapters)
        world.listening = Listening(EventIndex(entries), commands, lambda at: None)

        # when
        baton.run(partial(world.publish, correlation="k"), partial(world.listen, "x", "k"))

        # then it is told, and every telling has the id by which the execution takes it once
        orders.add(tuple(taken))
        commands_sent = world.sent()
        assert commands_sent, taken
        assert {each.command.command_id for each in commands_sent} == {"event:p-1"}
        assert len(commands_sent) <= 2
    assert len(orders) > 50


# --- starting -------------------------------------------------------------------------------------------------------


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "event", "event_name": name, **more}


def test_each_subscription_starts_once_when_an_event_is_published_again_and_again(world: Setting) -> None:
    world.register("a", event(NAME), event(NAME, input_mapping={"m": "$.event.n"}))
    world.register("b", event("*"))
    world.register("c", event("other"))

    for _ in range(3):
        world.publish()

    assert Counter(repr(each) for each in world.started()) == Counter(
        map(repr, [("a", {"n": 1}), ("a", {"m": 1}), ("b", {"n": 1})])
    )


def test_the_default_version_counts_when_a_newer_one_subscribes_otherwise(world: Setting) -> None:
    world.register("w", event(NAME), version="1.0.0")
    world.register("w", event("other"), version="2.0.0")
    world.register("w", event(NAME), version="1.5.0")

    world.publish("p-1")
    assert world.started() == []
    world.publish("p-2", name="other")
    assert world.started() == [("w", {"n": 1})]


def test_nothing_starts_when_the_workflow_was_deleted_until_it_is_registered_again(world: Setting) -> None:
    world.register("w", event(NAME))
    world.engine.definitions.delete("w", force=True)
    world.publish("p-1")
    assert world.started() == []

    world.register("w", event(NAME))
    world.publish("p-2")
    assert world.started() == [("w", {"n": 1})]


@pytest.mark.parametrize(
    ("condition", "starts"),
    [("$.event.n = 1", True), ("$.event.n", False), ("$.event.m > 1", False), ("$.event.n > 'a'", False)],
)
def test_a_workflow_starts_when_the_condition_is_true_alone(world: Setting, condition: str, starts: bool) -> None:
    world.register("w", event(NAME, condition=condition))

    world.publish()

    assert bool(world.started()) is starts


def test_what_cannot_start_is_reported_and_holds_up_no_other(world: Setting) -> None:
    typed = {"fields": [{"name": "must", "field_type": {"type": "string"}, "required": True}]}
    world.register("a", event(NAME), input_type=typed)
    world.register("b", event(NAME))

    world.publish()

    assert world.started() == [("b", {"n": 1})]
    ((_, error),) = world.errors
    assert "input type" in str(error)


def test_hundreds_of_subscriptions_each_start_once_when_they_are_told_in_steps(world: Setting) -> None:
    for n in range(130):
        world.register(f"w{n:03}", event(NAME))

    world.publish()
    world.drain(crash_first=True)

    assert sorted(workflow_id for workflow_id, _ in world.started()) == [f"w{n:03}" for n in range(130)]


# --- the engine's own activities ------------------------------------------------------------------------------------


def task(activity_type: str, given: Any) -> Task:
    return Task(
        execution_id="x",
        workflow_id="w",
        run_id="e#1",
        attempt=1,
        activity_type=activity_type,
        input=given,
        cause=1,
    )


@pytest.fixture
def outreach(world: Setting) -> Outreach:
    adapters = world.adapters
    return Outreach(world.engine.publish_event, world.engine.start, adapters.store, adapters.commands, adapters.bus)


def test_an_event_of_an_execution_goes_to_who_waits_and_to_the_bus(world: Setting, outreach: Outreach) -> None:
    world.listen("y")
    given = {"event_id": "x:e#1", "event_type": NAME, "payload": {"n": 2}, "lineage": 3}

    output = outreach.activities["weft.publish"](task("weft.publish", given))

    (message,) = world.sent()
    assert isinstance(message.command, DeliverEvent)
    assert (message.command.data, message.command.lineage, message.command.source) == ({"n": 2}, 3, "execution:x")
    assert output["event_id"] == "x:e#1"
    bus = world.adapters.bus
    assert isinstance(bus, MemoryEventBus)
    assert [(each.type, each.detail["data"], each.detail["step_id"]) for each in bus.sent] == [(NAME, {"n": 2}, "e")]


def test_another_execution_is_signalled_once_when_the_event_has_a_target(world: Setting, outreach: Outreach) -> None:
    world.register("w")
    world.engine.start(StartRequest(workflow_id="w", input={}, execution_id="y"))
    world.sent()
    given = {"event_id": "x:e#1", "event_type": NAME, "payload": 5, "target": "y", "lineage": 1}

    for _ in range(2):
        outreach.activities["weft.publish"](task("weft.publish", given))
    outreach.activities["weft.signal"](
        task("weft.signal", {"target": "y", "signal_name": "go", "payload": 6, "id": "h:1"})
    )

    signals = [each.command for each in world.sent()]
    assert all(isinstance(each, Signal) for each in signals)
    assert [(each.name, each.payload, each.by) for each in signals if isinstance(each, Signal)] == [
        (NAME, 5, "execution:x"),
        ("go", 6, "execution:x"),
    ]


@pytest.mark.parametrize("target", ["nobody", 5, None])
def test_a_signal_fails_when_its_target_is_no_execution(outreach: Outreach, target: Any) -> None:
    with pytest.raises(UnknownTarget, match="no execution"):
        outreach.signal(task("weft.signal", {"target": target, "signal_name": "go", "id": "1"}))


def test_a_workflow_is_started_once_with_the_lineage_of_its_event(world: Setting, outreach: Outreach) -> None:
    world.register("w")
    given = {"workflow_id": "w", "input": {"a": 1}, "execution_id": "z", "lineage": 4}

    outputs = [outreach.start(task("weft.start", given)) for _ in range(2)]

    assert outputs == [{"execution_id": "z", "workflow_id": "w"}] * 2
    assert world.started() == [("w", {"a": 1})]
    assert world.adapters.store.at("z", 1).events[0].details["lineage"] == 4
    with pytest.raises(LineageExceeded):
        outreach.start(task("weft.start", {**given, "lineage": MOST_LINEAGE + 1}))


def _unavailable(*_: Any, **__: Any) -> None:
    message = "the queue does not answer"
    raise Unavailable(message)
