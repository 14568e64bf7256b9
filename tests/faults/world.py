"""A small world to crash in: memory adapters, a virtual clock, and functions that die where they are told to.

A crash is an exception that no engine code may catch. Whatever was being handled is delivered again, and the next
"process" starts with empty caches over the same stores and queues, as after a Lambda function that was killed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

import msgspec

from chalicelib import bootstrap
from chalicelib.activities.errors import ActivityError
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.execution.events import Commit
from chalicelib.domain.execution.evolve import fold
from chalicelib.engine.start import StartRequest
from chalicelib.settings import Settings

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PORTS = (
    *("store", "summaries", "commands", "tasks", "wakeups", "near_wakeups", "timers", "entries"),
    *("fan_outs", "bus", "dead_commands", "dead_tasks"),
)
CONSUMERS = ("sent", "receive", "acknowledge", "release", "next_visible_at", "dead_letters", "put")


class Crash(BaseException):
    """The process was killed."""


class Fuse:
    """Counts calls of ports and kills the process before or after the ``at``-th, once."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at = at
        self.after = after
        self.calls: list[str] = []
        self.blown = False

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        self.calls.append(name)
        mine = self.at == len(self.calls) and not self.blown
        if mine and not self.after:
            self.blown = True
            raise Crash(name)
        try:
            return call()
        finally:  # after a refusal too
            if mine:
                self.blown = True
                raise Crash(name)


class Fused:
    """A port whose every call goes through the fuse."""

    def __init__(self, name: str, target: Any, fuse: Fuse) -> None:
        self._name, self._target, self._fuse = name, target, fuse

    def __getattr__(self, method: str) -> Any:
        attribute = getattr(self._target, method)
        if method.startswith("_") or method in CONSUMERS or not callable(attribute):
            return attribute

        def call(*args: Any, **kwargs: Any) -> Any:
            def run() -> Any:
                result = attribute(*args, **kwargs)
                return iter(list(result)) if method in ("read", "due") else result

            return self._fuse.around(f"{self._name}.{method}", run)

        return call


class World:
    """Stores, queues and time that outlive every process."""

    def __init__(self, registry: ActivityRegistry, fuse: Fuse | None = None, **settings: Any) -> None:
        self.settings = Settings(stage="local", **settings)
        self.clock = VirtualClock(BEGIN)
        self.fuse = fuse or Fuse()
        self.errors: list[tuple[str, Exception]] = []
        runner = RegisteredActivities(registry, self.settings, clock=self.clock)
        self.real = bootstrap.in_memory(self.settings, clock=self.clock, runner=runner).adapters
        fused = {name: Fused(name, getattr(self.real, name), self.fuse) for name in PORTS}
        self._adapters = msgspec.structs.replace(self.real, **fused)
        self.engine = self._boot()

    def _boot(self) -> bootstrap.Engine:
        return bootstrap.assemble(self.settings, self._adapters, lambda *error: self.errors.append(error))

    def guarded(self, step: Callable[[], Any]) -> Any:
        """Do one invocation; None if it was killed, and the next one starts afresh."""
        try:
            return step()
        except Crash:
            self.engine = self._boot()
            return None

    def register(self, document: dict[str, Any]) -> None:
        """Register, as somebody does who tries again until there is an answer."""
        while self.guarded(lambda: self.engine.definitions.register(document)) is None:
            pass

    def start(self, workflow_id: str, input: Any, execution_id: str = "x") -> None:
        """Start, as a caller does who tries again until there is an answer."""
        request = StartRequest(workflow_id=workflow_id, input=input, execution_id=execution_id)
        while self.guarded(lambda: self.engine.start(request)) is None:
            pass

    def run(self, turns: int = 2_000) -> None:
        """Deliver everything there is, again and again, and let time pass, until nothing more can happen."""
        for _ in range(turns):
            if not self._deliver() and not self._advance_clock():
                return
        raise AssertionError("the world never comes to rest")

    def settle(self) -> None:
        """Deliver everything there is, while the clock stands still."""
        while self._deliver():
            pass

    def _deliver(self) -> bool:
        now = self.clock.now()
        busy = self._consume(self.real.commands, self.engine.advance.handle)
        busy |= self._consume(self.real.tasks, self.engine.work.handle, limit=1)
        busy |= self._consume(self.real.near_wakeups, self._wake)
        busy |= self._publish()
        if not busy and self._has_dead_letters():
            busy = self.guarded(self.engine.sweep) is not None or self.fuse.blown
            self.real.dead_commands.release_all()  # type: ignore[attr-defined]
            self.real.dead_tasks.release_all()  # type: ignore[attr-defined]
        assert self.clock.now() == now
        return busy

    def _consume(self, queue: Any, handle: Callable[[Any], Any], limit: int = 10) -> bool:
        batch = queue.receive(limit, now=self.clock.now())
        if not batch:
            return False
        failed = self.guarded(lambda: handle(batch))
        for delivery in batch:
            if failed is None or delivery.delivery_id in failed:
                queue.release(delivery.delivery_id)
            else:
                queue.acknowledge(delivery.delivery_id)
        return True

    def _publish(self) -> bool:
        received = self.real.store.stream.receive(10)  # type: ignore[attr-defined]
        if not received:
            return False
        execution_id = received[0][0]
        numbers = [number for _, number in takewhile(lambda each: each[0] == execution_id, received)]
        self.guarded(lambda: self._publish_batch(execution_id, numbers))
        return True

    def _publish_batch(self, execution_id: str, numbers: list[int]) -> None:
        store: Any = self.real.store
        self.engine.publish.handle(execution_id, [store.at(execution_id, number) for number in numbers])
        store.stream.acknowledge(len(numbers))

    def _wake(self, batch: list[Any]) -> list[str]:
        for delivery in batch:
            self.engine.wake.handle(delivery)
        return []

    def _has_dead_letters(self) -> bool:
        return len(self.real.dead_commands) > 0 or len(self.real.dead_tasks) > 0  # type: ignore[arg-type]

    def _advance_clock(self) -> bool:
        due = self.real.near_wakeups.next_visible_at()  # type: ignore[attr-defined]
        if due is None:
            return False
        self.clock.advance_to(max(due, self.clock.now()))
        return True

    # --- what is to be seen -----------------------------------------------------------------------------------------

    def commits(self, execution_id: str = "x") -> list[Commit]:
        return list(self.real.store.read(execution_id))

    def status(self, execution_id: str = "x") -> dict[str, Any]:
        return self.engine.queries.status(execution_id)

    def check(self, execution_id: str = "x") -> None:
        """What must hold of every execution that has ended, whatever happened to it."""
        commits = self.commits(execution_id)
        assert [commit.number for commit in commits] == list(range(1, len(commits) + 1))
        sequence = 1
        for commit in commits:
            assert commit.first_sequence == sequence
            sequence += len(commit.events)
        state = fold(commits)
        assert state is not None
        assert state.is_terminal, (state.status, state.runs)
        assert not state.runs
        assert len(self.real.commands) == len(self.real.tasks) == 0  # type: ignore[arg-type]
        assert not self._has_dead_letters()
        row = self.real.summaries.get(execution_id)
        assert row is not None
        assert row.state == state.status


class Effects:
    """Activities that remember what they did, by idempotency key, as a payment provider would."""

    def __init__(self) -> None:
        self.registry = ActivityRegistry()
        self.done: dict[str, int] = {}
        self.calls = 0
        self._failures: dict[str, int] = {}
        self.registry.activity("count")(self.count)
        self.registry.activity("count.inline", inline=True)(self.count)
        self.registry.activity("flaky")(self.flaky)

    def count(self, input: Any, context: Any) -> Any:
        self.calls += 1
        self.done[context.idempotency_key] = self.done.get(context.idempotency_key, 0) + 1
        return {"n": (input.get("n", 0) if isinstance(input, dict) else 0) + 1}

    def flaky(self, input: Any, context: Any) -> Any:
        """Fails twice for each key, then works."""
        key = context.idempotency_key
        self._failures[key] = self._failures.get(key, 0) + 1
        if self._failures[key] <= 2:
            code = "Flaky"
            raise ActivityError(code, "not yet")
        return self.count(input, context)
