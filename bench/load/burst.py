"""Many executions of a chain of activities, started at once; then every one of them is looked at."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.load import checks
from bench.load.endings import Ending
from bench.load.runs import Run
from bench.load.sampling import Sampler
from bench.load.target import Target
from bench.load.workflows import queued_chain

WORKFLOW = "load-burst"
PATIENCE_SECONDS_PER_STEP = 0.3  # several times what it takes
_LEAST_PATIENCE_SECONDS = 60.0
_EFFECTS = 2  # steps of each execution with an effect outside: the first and the last
_LOOKING = 4


def burst(target: Target, *, executions: int, steps: int, callers: int, every_seconds: float = 2.0) -> Run:
    """Starts ``executions`` of ``steps`` activities each over ``callers`` connections and follows them to their end."""
    target.ask("POST", "/workflows", queued_chain(WORKFLOW, steps))
    target.effects.calls.clear()
    names = [f"burst-{number}" for number in range(executions)]
    asked: dict[str, float] = {}
    answered: dict[str, float] = {}

    def start(name: str) -> None:
        asked[name] = time.time()
        target.start(WORKFLOW, name, {"name": name, "url": target.effects.url})
        answered[name] = time.time()

    began = time.time()
    with Sampler(target, lambda: len(answered), every_seconds=every_seconds) as sampler:
        with ThreadPoolExecutor(callers) as pool:
            list(pool.map(start, names))
        accepted = time.time() - began
        target.say(f"{executions} executions accepted in {accepted:.1f} s")
        endings = _endings(target, names, max(_LEAST_PATIENCE_SECONDS, executions * steps * PATIENCE_SECONDS_PER_STEP))
    seconds = max((ending.at for ending in endings.values()), default=time.time()) - began
    target.say(f"{len(endings)} of {executions} ended after {seconds:.1f} s; looking at each")
    violations = [f"{name} did not end in time" for name in names if name not in endings]
    violations += checks.quiet(target) + looked_at(list(endings), _look(target))
    violations += checks.effects(target.effects.calls, executions * _EFFECTS)
    return Run(
        name="burst",
        command=f"python -m bench.load burst --executions {executions} --steps {steps}",
        seconds=seconds,
        samples=sampler.samples,
        latencies={"chain": [ending.at - asked[name] for name, ending in endings.items()]},
        steps=executions * steps,
        calls=Counter(target.effects.calls),
        violations=violations,
        more={"accepted_seconds": round(accepted, 1), "accepted_per_second": round(executions / accepted, 1)},
    )


def _endings(target: Target, names: list[str], seconds: float) -> dict[str, Ending]:
    deadline = time.monotonic() + seconds
    heard = {name: target.endings.wait(name, max(0.0, deadline - time.monotonic())) for name in names}
    return {name: ending for name, ending in heard.items() if ending is not None}


def _look(target: Target) -> Callable[[str], list[str]]:
    def look(name: str) -> list[str]:
        status = target.status(name)
        return checks.outcome(name, ("completed", status["output"]), status, target.history(name))

    return look


def looked_at(names: list[str], look: Callable[[str], list[str]]) -> list[str]:
    """The violations that ``look`` finds in each of ``names``, a few at a time."""
    with ThreadPoolExecutor(_LOOKING) as pool:
        return [violation for found in pool.map(look, names) for violation in found]
