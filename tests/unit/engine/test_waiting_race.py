"""An event published at the very moment a step begins to wait for it. Layer: tests."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.listening import Listening
from tests.unit.engine.events_world import Setting


@pytest.fixture
def world() -> Setting:
    return Setting()


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
