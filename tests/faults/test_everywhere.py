"""A sample of the crash points that `make faults` tries all of, another one with every seed."""

from __future__ import annotations

import random

import pytest

from tests.faults.everywhere.playing import Fuse, play
from tests.faults.everywhere.points import Point, points, smooth, violation
from tests.faults.everywhere.references import REFERENCES

SAMPLED = 12


@pytest.mark.parametrize("reference", sorted(REFERENCES))
def test_execution_ends_alike_when_a_function_dies_at_an_aws_request(reference: str) -> None:
    chosen = random.sample(points(reference), SAMPLED)

    found = {str(point): violation(point) for point in chosen}

    assert {point: fault for point, fault in found.items() if fault} == {}


def test_there_are_crash_points_in_every_function_that_takes_part() -> None:
    functions = {call.split()[0] for name in REFERENCES for call in smooth(name).calls}

    assert functions >= {"api_handler", "decider", "worker_medium", "publisher", "waker"}


def test_violation_is_told_when_an_effect_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = smooth("map").calls
    sending = 1 + next(n for n, call in enumerate(calls) if call == "decider sqs.SendMessageBatch")
    monkeypatch.setattr("chalicelib.engine.advance.Advance._recover", lambda *_: None)

    found = violation(Point("map", "batched", sending, after=False))

    assert found is not None
    assert "has not ended" in found


def test_play_is_killed_once_and_counts_on_when_the_fuse_is_set() -> None:
    fuse = Fuse(5, after=True)

    ending = play(REFERENCES["map"], fuse)

    assert len(fuse.calls) > len(smooth("map").calls)
    assert ending == smooth("map").ending
