"""Mixed traffic for a while: users who each start an execution, do what its kind asks, see it end, and look at it.

The number of users bounds how much is under way. Everyone takes the next kind in turn.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from bench.load import checks
from bench.load.runs import Run
from bench.load.sampling import Sampler
from bench.load.target import Target
from bench.load.traffic import KINDS, PATIENCE_SECONDS, Kind, definitions
from chalicelib.domain.errors import WeftError


class Soak:
    """The users' shared notes. ``limit`` bounds the number of executions, if not their time."""

    def __init__(self, target: Target, *, seconds: float, limit: int | None, kinds: Sequence[Kind] = KINDS) -> None:
        self.started = 0
        self.latencies: dict[str, list[float]] = defaultdict(list)
        self.violations: list[str] = []
        self.steps = 0
        self.effects = 0
        self._target = target
        self._kinds = kinds
        self._limit = limit
        self._numbers = count()
        self._lock = threading.Lock()
        self._until = time.monotonic() + seconds

    def user(self) -> None:
        """One user, until the time is over."""
        while time.monotonic() < self._until:
            with self._lock:
                number = next(self._numbers)
                if self._limit is not None and number >= self._limit:
                    return
                self.started += 1
            kind = self._kinds[number % len(self._kinds)]
            try:
                self._follow(kind, f"soak-{number}-{kind.name}")
            except WeftError as error:
                self._note(kind, None, [f"soak-{number}-{kind.name}: {error.message}"])

    def _follow(self, kind: Kind, execution_id: str) -> None:
        target = self._target
        began = time.time()
        target.start(kind.workflow_id, execution_id, kind.input(target, execution_id))
        kind.act(target, execution_id)
        ending = target.endings.wait(execution_id, PATIENCE_SECONDS)
        if ending is None:
            self._note(kind, None, [f"{execution_id} did not end in {PATIENCE_SECONDS:.0f} s"])
            return
        status, history = target.status(execution_id), target.history(execution_id)
        expected = (kind.state, status.get("output") if kind.output is None else kind.output)
        self._note(kind, ending.at - began, checks.outcome(execution_id, expected, status, history))

    def _note(self, kind: Kind, latency: float | None, violations: list[str]) -> None:
        with self._lock:
            self.violations += violations
            self.steps += kind.steps
            self.effects += kind.effects
            if latency is not None:
                self.latencies[kind.name].append(latency)


def soak(
    target: Target,
    *,
    minutes: float,
    users: int,
    limit: int | None = None,
    every_seconds: float = 2.0,
    flat: bool = True,
) -> Run:
    """Keeps ``users`` busy for ``minutes``, or until there were ``limit`` executions; ``flat``: memory is checked."""
    for definition in definitions():
        target.ask("POST", "/workflows", definition)
    target.effects.calls.clear()
    began = time.monotonic()
    work = Soak(target, seconds=minutes * 60, limit=limit)
    with Sampler(target, lambda: work.started, every_seconds=every_seconds) as sampler:
        with ThreadPoolExecutor(users) as pool:
            for user in [pool.submit(work.user) for _ in range(users)]:
                user.result()
        seconds = time.monotonic() - began
    violations = work.violations + checks.quiet(target)
    violations += checks.effects(target.effects.calls, work.effects)
    if flat:
        violations += checks.flat_memory(sampler.samples)
    return Run(
        name="soak",
        command=f"python -m bench.load soak --minutes {minutes:g} --users {users}",
        seconds=seconds,
        samples=sampler.samples,
        latencies=dict(work.latencies),
        steps=work.steps,
        calls=Counter(target.effects.calls),
        violations=violations,
        more={"started": work.started},
    )
