"""Requests from outside under crashes, repetition and crowding: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.execution.commands import AnyRequest, Pause, Resume, SetVariables, Signal, Skip
from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.evolve import fold
from chalicelib.engine.control import Controlled, ControlRefused
from chalicelib.engine.start import StartRequest
from chalicelib.ports.queues import CommandMessage, Delivery
from chalicelib.settings import Settings
from tests.faults.world import BEGIN, Effects, Fuse, World
from tests.unit.execution.play import chain
from tests.unit.execution.test_waiting import wait

WAITING = chain(
    wait("first", of={"output_mapping": {"$": "$.context.first"}}),
    wait("second", skippable=True, of={"output_mapping": {"$": "$.context.second"}}),
    wait("last", name="stop"),
    id="waiting",
)


def events_of(commits: list[Commit], kind: str) -> list[Event]:
    return [event for commit in commits for event in commit.events if event.type == kind]


def must_be_sound(commits: list[Commit]) -> None:
    """No gap in either numbering, and a history that can be folded."""
    assert [commit.number for commit in commits] == list(range(1, len(commits) + 1))
    sequence = 1
    for commit in commits:
        assert commit.first_sequence == sequence
        sequence += len(commit.events)
    assert fold(commits) is not None


# --- crashes ----------------------------------------------------------------------------------------------------------

SCRIPT: tuple[AnyRequest, ...] = (
    Pause(id="p"),
    Signal(id="s", name="go", payload=1),
    SetVariables(id="v", variables={"n": 1}),
    Resume(id="r"),
    Skip(id="k", step="second"),
    Signal(id="e", name="stop"),
)


def at_the_first_wait(*, after: bool = False) -> World:
    """An execution that has come to its first wait."""
    world = World(Effects().registry, Fuse(after=after))
    world.register(WAITING)
    world.start("waiting", {})
    world.settle()
    world.fuse.calls.clear()
    return world


def ask(world: World, request: AnyRequest) -> Controlled:
    """Asks the process that runs now; nobody decides meanwhile."""
    return world.engine.control("x", request, wait_seconds=0)


def play(at: int | None = None, *, after: bool = False) -> World:
    """Asks every request of ``SCRIPT``, each again until there is an answer, as a client does that has a key for it.

    The process is killed at its call number ``at``, the first request's first call being 1.
    """
    world = at_the_first_wait(after=after)
    world.fuse.at = at
    for request in SCRIPT:
        while world.guarded(partial(ask, world, request)) is None:
            pass
        world.settle()
    return world


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_requests_have_their_effect_once_when_any_call_of_a_port_is_the_last_of_its_process(after: bool) -> None:
    smooth = play()
    calls = len(smooth.fuse.calls)
    expected = smooth.status()
    assert (expected["state"], expected["variables"]) == ("completed", {"first": 1, "n": 1})
    assert calls > 30

    for at in range(1, calls + 1):
        world = play(at, after=after)
        assert world.fuse.blown
        world.check()
        status = world.status()
        assert {name: status[name] for name in ("state", "variables", "output")} == {
            name: expected[name] for name in ("state", "variables", "output")
        }
        kinds = Counter(event.type for commit in world.commits() for event in commit.events)
        assert kinds["SignalReceived"] == 2
        assert kinds["WorkflowPaused"] == kinds["WorkflowResumed"] == kinds["StepSkipped"] == 1
        assert kinds["RequestRefused"] == 0


def test_nothing_has_happened_when_the_process_dies_before_the_request_is_sent() -> None:
    world = at_the_first_wait()
    before = len(world.commits())
    world.fuse.at = 2  # the state has been read
    assert world.guarded(partial(ask, world, SCRIPT[0])) is None
    assert world.fuse.calls[-1] == "commands.send"

    world.settle()

    assert len(world.commits()) == before


# --- messages that come twice -----------------------------------------------------------------------------------------


def test_request_counts_once_when_its_message_comes_again_and_again() -> None:
    world = at_the_first_wait()
    command = CommandMessage(execution_id="x", command=Signal(id="s", name="other", payload=1))
    copies = [Delivery(delivery_id=f"d{number}", message=command, receive_count=number) for number in (1, 2, 3)]

    assert world.engine.advance.handle(copies) == []
    assert world.engine.advance.handle(copies) == []

    assert len(events_of(world.commits(), "SignalReceived")) == 1
    must_be_sound(world.commits())


# --- crowds -----------------------------------------------------------------------------------------------------------


class Crowded:
    """An engine for many threads: whoever waits for an answer turns the crank, one at a time."""

    def __init__(self) -> None:
        self.clock = VirtualClock(BEGIN)
        self.engine = bootstrap.in_memory(Settings(stage="local"), clock=self.clock, waiter=self)
        self._turn = threading.Lock()
        self.engine.definitions.register(WAITING)
        self.engine.start(StartRequest(workflow_id="waiting", input={}, execution_id="x"))
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Decide all there is. The commands of whoever waits are decided when it has had its turn."""
        commands: Any = self.engine.adapters.commands
        with self._turn:
            while batch := commands.receive(10, now=self.clock.now()):
                assert self.engine.advance.handle(batch) == []
                for delivery in batch:
                    commands.acknowledge(delivery.delivery_id)

    @property
    def commits(self) -> list[Commit]:
        return list(self.engine.adapters.store.read("x"))

    def ask(self, request: AnyRequest) -> str:
        """The outcome, or ``refused``."""
        try:
            return self.engine.control("x", request).outcome
        except ControlRefused:
            return "refused"

    def ask_all(self, requests: list[AnyRequest]) -> dict[str, list[str]]:
        """The outcomes of requests made side by side, by request id; ids may come more than once."""
        with ThreadPoolExecutor(max_workers=16) as pool:
            found = list(pool.map(self.ask, requests))
        outcomes: dict[str, list[str]] = {}
        for request, outcome in zip(requests, found, strict=True):
            outcomes.setdefault(request.id, []).append(outcome)
        return outcomes


def crowd() -> list[AnyRequest]:
    """200 requests of every kind that may contend, some of them sent three times."""
    make: list[tuple[int, Callable[[int], AnyRequest]]] = [
        (60, lambda n: Signal(id=f"signal-{n}", name="other", payload=n)),
        (50, lambda n: SetVariables(id=f"set-{n}", variables={f"v{n}": n})),
        (20, lambda n: Pause(id=f"pause-{n}")),
        (20, lambda n: Resume(id=f"resume-{n}")),
        (20, lambda n: Skip(id=f"skip-{n}", step="second")),
    ]
    requests = [one(number) for count, one in make for number in range(count)]
    return [*requests, *requests[:10] * 3]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_doubled_when_two_hundred_requests_come_at_once(seed: int) -> None:
    requests = crowd()
    assert len(requests) == 200
    random.Random(seed).shuffle(requests)
    world = Crowded()
    assert world.ask(Signal(id="first", name="go", payload=0)) == "done"

    outcomes = world.ask_all(requests)

    commits = world.commits
    must_be_sound(commits)
    state = fold(commits)
    assert state is not None
    assert state.variables == {"first": 0} | {f"v{number}": number for number in range(50)}
    signals = events_of(commits, "SignalReceived")[1:]
    assert Counter(event.details["signal_id"] for event in signals) == {f"signal-{number}": 1 for number in range(60)}
    assert sorted(state.signals["other"]) == list(range(60))
    # Of each that came four times one is done; what the others are told is that it was done, by them or before.
    assert all(set(outcomes[f"signal-{number}"]) <= {"done", "repeated"} for number in range(60))
    for kind, event in (("pause", "WorkflowPaused"), ("resume", "WorkflowResumed"), ("skip", "StepSkipped")):
        told = Counter(outcome for name, found in outcomes.items() if name.startswith(kind) for outcome in found)
        assert told["accepted"] == 0
        assert told["done"] == len(events_of(commits, event)), (kind, told)
        assert told["done"] + told["refused"] + told["unchanged"] == 20
    recorded = [event.details["request_id"] for event in events_of(commits, "RequestRefused")]
    assert len(recorded) == len(set(recorded))
    assert all(outcomes[name] == ["refused"] for name in recorded)


def test_one_of_two_pauses_is_refused_when_both_are_asked_before_either_is_decided() -> None:
    world = Crowded()
    inner: list[str] = []
    let_go = world.wait

    def ask_another(seconds: float) -> None:
        world.wait = let_go  # type: ignore[method-assign]
        inner.append(world.ask(Pause(id="second")))

    world.wait = ask_another  # type: ignore[method-assign]

    assert (world.ask(Pause(id="first")), inner) == ("done", ["refused"])
    (refused,) = events_of(world.commits, "RequestRefused")
    assert refused.details["request_id"] == "second"


def test_every_signal_is_kept_once_and_given_in_order_when_a_thousand_come_at_once() -> None:
    world = Crowded()
    requests: list[AnyRequest] = [Signal(id=f"s{number}", name="go", payload=number) for number in range(1_000)]

    outcomes = world.ask_all(requests)

    assert Counter(outcome for found in outcomes.values() for outcome in found) == {"done": 1_000}
    commits = world.commits
    must_be_sound(commits)
    received = [event.details["payload"] for event in events_of(commits, "SignalReceived")]
    state = fold(commits)
    assert state is not None
    assert sorted(received) == list(range(1_000))
    # The first two ended the two waits; the others wait for a step that asks, in the order in which they came.
    assert [state.variables["first"], state.variables["second"], *state.signals["go"]] == received
