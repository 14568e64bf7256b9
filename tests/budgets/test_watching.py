"""Budgets: what watching costs, and that nobody pays for it when nobody watches. Layer: tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench.costs import workflows
from bench.costs.meter import MeteredStack
from bench.costs.prices import prices
from bench.costs.usage import Usage
from chalicelib.engine.live import Live
from chalicelib.engine.watchers import Topic
from chalicelib.ports.viewers import Viewer

STEPS = 30
TOPIC = Topic("execution", "x")
HOP = timedelta(seconds=0.1)
"""What a message takes from one function to the next: three of them are a step that is queued."""


def used(viewers: int) -> tuple[Usage, int]:
    """What one execution uses while so many watch it, and its commits."""
    with MeteredStack(workflows.registry()) as stack:
        stack.register(workflows.chain(STEPS))
        stack.start("chain", {"order": "1"}, "warm")
        go_on(stack)
        stack.start("chain", {"order": "1"}, "x")
        for number in range(viewers):
            subscribe(stack, f"c-{number}")
        before = stack.usage()
        go_on(stack)
        return stack.usage() - before, len(stack.commits("x"))


def go_on(stack: MeteredStack) -> None:
    while stack.deliver():
        stack.clock.advance_to(stack.clock.now() + HOP)


def subscribe(stack: MeteredStack, connection_id: str) -> None:
    watch = stack.engine("ws_message").watch
    watch.watchers.admit(Viewer(connection_id=connection_id, gateway="abc/api"), {}, None)
    entry = watch.watchers.begin(watch.watchers.connection(connection_id), TOPIC)
    watch.watchers.announce(TOPIC)
    assert watch.watchers.opened(entry, watch.state("x")[1])


def dollars_per_million_commits(more: Usage, commits: int) -> float:
    """Without processor time, which varies."""
    at = prices()
    return (at.dollars(more) - more.gb_seconds * at.lambda_gb_second) / commits * 1_000_000


def test_a_commit_costs_next_to_nothing_more_when_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    watched_for, commits = used(0)
    with monkeypatch.context() as without:
        without.setattr(Live, "tell", lambda *arguments: None)
        plain, _ = used(0)
    more = watched_for - plain

    assert commits > STEPS
    assert (more.write_units, more.viewer_messages) == (0, 0)
    assert 0 < more.read_units / commits <= 0.7
    assert dollars_per_million_commits(more, commits) <= 0.1


def test_a_commit_costs_a_write_some_reads_and_its_messages_when_somebody_watches() -> None:
    plain, commits = used(0)
    watched, _ = used(1)
    many, _ = used(10)

    more = watched - plain
    assert more.write_units / commits <= 1.05
    assert more.read_units / commits <= 1.3
    assert more.viewer_messages == pytest.approx((many - plain).viewer_messages / 10)
    assert dollars_per_million_commits(more, commits) <= 5.0
    assert (many - watched).write_units == 0  # whoever else watches costs messages alone
