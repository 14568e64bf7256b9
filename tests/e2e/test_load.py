"""A short burst and a short soak of the deployed application, by the instruments of `make load`. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.load.burst import burst
from bench.load.soak import soak
from bench.load.target import Target
from bench.load.traffic import KINDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MIXED = 44


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A stack of its own: on a shared one the queues may hold what other tests left."""
    with Target.embedded(say=print) as target:
        yield target


def test_nothing_is_lost_when_many_executions_start_at_once(target: Target) -> None:
    run = burst(target, executions=20, steps=5, callers=4)

    assert run.violations == []
    assert len(run.latencies["chain"]) == 20


def test_every_execution_ends_as_it_should_when_traffic_is_mixed(target: Target) -> None:
    run = soak(target, minutes=3, users=6, limit=MIXED, flat=False)

    assert run.violations == []
    assert {kind: len(values) for kind, values in run.latencies.items()} == {
        kind.name: MIXED // len(KINDS) for kind in KINDS
    }
