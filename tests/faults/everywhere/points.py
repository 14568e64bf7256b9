"""Crash points: which there are, and what is wrong after each.

A reference is played in two ways: with messages in batches, as they come under load, and with one a time, as they come
else. The second makes several times as many requests, and dies between what the first does in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from tests.faults.everywhere.playing import Ending, Fuse, play
from tests.faults.everywhere.references import REFERENCES

DELIVERIES: Final = {"batched": 100, "singly": 1}
"""How many records a handler is given at most."""


class Point(msgspec.Struct, frozen=True):
    """Request number ``at`` of a reference whose messages are delivered in this way, before or ``after`` it."""

    reference: str
    delivery: str
    at: int
    after: bool

    def __str__(self) -> str:
        """As ``--only`` takes it."""
        return f"{self.reference}:{self.delivery}:{'after' if self.after else 'before'}:{self.at}"


class Smooth(msgspec.Struct, frozen=True):
    """A reference when nothing happens to it: its requests, and how it ends."""

    calls: list[str]
    ending: Ending


@cache
def smooth(reference: str, delivery: str = "batched") -> Smooth:
    """Play a reference undisturbed. Raises ``ValueError`` if that goes wrong already."""
    fuse = Fuse()
    ending = play(REFERENCES[reference], fuse, most_records=DELIVERIES[delivery])
    state = ending.executions["x"]["state"]
    if ending.defects or state != REFERENCES[reference].ends:
        message = f"{reference} ends {state} undisturbed, with {ending.defects}"
        raise ValueError(message)
    return Smooth(fuse.calls, ending)


def points(reference: str) -> list[Point]:
    """Every crash point of a reference."""
    return [
        Point(reference, delivery, at, after)
        for delivery in DELIVERIES
        for at in range(1, len(smooth(reference, delivery).calls) + 1)
        for after in (False, True)
    ]


def violation(point: Point) -> str | None:
    """What is wrong after a crash there, None if nothing is."""
    expected = smooth(point.reference, point.delivery).ending
    fuse = Fuse(point.at, after=point.after)
    found = play(REFERENCES[point.reference], fuse, most_records=DELIVERIES[point.delivery])
    if len(fuse.calls) < point.at:
        return "the request was never made"
    return wrong(expected, found)


def wrong(expected: Ending, found: Ending) -> str | None:
    """What of an ending is not as it should be, None if nothing is."""
    if found.defects:
        return "; ".join(found.defects)
    if found.executions != expected.executions:
        return f"it ended otherwise: {_difference(expected.executions, found.executions)}"
    if found.keys != expected.keys:
        return f"its effects are others: {sorted(set(found.keys) ^ set(expected.keys))}"
    if found.effects != expected.effects:
        return f"its effects are others: {_difference(expected.effects, found.effects)}"
    return None


def _difference(expected: Mapping[str, object], found: Mapping[str, object]) -> str:
    names = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
    return "; ".join(f"{name}: {found.get(name)} instead of {expected.get(name)}" for name in names[:3])
