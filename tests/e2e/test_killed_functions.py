"""Functions die again and again while many executions run on the embedded stack; nothing is lost. Layer: tests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

import pytest

from bench.load.burst import burst
from bench.load.target import Target

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

VISIBILITY_SECONDS = 5  # nobody waits minutes for a test
EXECUTIONS, EFFECTS = 20, 40
KILLED = ("decider", "worker_medium", "publisher")


@pytest.fixture
def target() -> Iterator[Target]:
    """A stack of its own, on which what a killed function held comes again soon."""
    with Target.embedded(say=print) as target:
        for name in ("commands.fifo", "tasks-medium"):
            target.embedded_aws.client("sqs").set_queue_attributes(
                QueueUrl=target.queues[name], Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)}
            )
        yield target


@contextmanager
def killing(target: Target, every_effects: int) -> Iterator[Counter[str]]:
    """Kills one function after the other, each time another few effects have been seen; counts the processes killed."""
    killed: Counter[str] = Counter()
    over = threading.Event()

    def kill() -> None:
        functions, wanted = cycle(KILLED), every_effects
        while not over.wait(0.01):
            if len(target.effects.calls) >= wanted:
                function = next(functions)
                killed[function] += target.embedded_aws.kill_lambda_worker(function)
                wanted += every_effects

    thread = threading.Thread(target=kill, name="killer")
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_nothing_is_lost_or_doubled_when_functions_are_killed_while_executions_run(target: Target) -> None:
    with killing(target, every_effects=4) as killed:
        run = burst(target, executions=EXECUTIONS, steps=5, callers=4)

    assert run.violations == []
    assert len(run.calls) == EFFECTS
    assert all(killed[function] for function in KILLED), killed
