"""One workflow in one weather: which there are, and what is wrong after each.

Layer: tests. The weather of a storm comes from its seed: what happens to each request, which answers of functions get
lost (so that their batches come again, from queues and from the stream), in which order the sources are looked at and
the standard queues deliver, and by how many minutes the functions' clocks differ.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final

import msgspec

from tests.faults.everywhere.playing import play
from tests.faults.everywhere.points import smooth, wrong
from tests.faults.everywhere.references import REFERENCES
from tests.faults.weather.network import Network
from weftctl.inprocess import InProcessStack

RATES: Final = (0.05, 0.15, 0.30)
MOST_SKEW: Final = timedelta(minutes=3)
_SKEWED: Final = ("api_handler", "decider", "worker_medium", "waker", "publisher", "sweeper")


class Storm(msgspec.Struct, frozen=True):
    """A reference in the weather of ``seed``, where each thing goes wrong at ``rate``."""

    reference: str
    rate: float
    seed: int

    def __str__(self) -> str:
        """As ``--only`` takes it."""
        return f"{self.reference}:{self.rate:g}:{self.seed}"


class Outcome(msgspec.Struct, frozen=True):
    """What was ``wrong`` after a storm, None if nothing was, and how many ``faults`` there had been."""

    wrong: str | None
    faults: int


def weather(storm: Storm) -> Outcome:
    """Play a reference in a storm. Raises ``KeyError`` for an unknown one."""
    expected = smooth(storm.reference).ending
    network, chance = Network(storm.seed, storm.rate), Random(storm.seed)
    seconds = MOST_SKEW.total_seconds()

    def prepare(stack: InProcessStack) -> None:
        stack.loses_answer = lambda _: network.happens()
        stack.skews |= {each: timedelta(seconds=chance.uniform(-seconds, seconds)) for each in _SKEWED}

    found = play(REFERENCES[storm.reference], network, prepare=prepare, order=chance, own_clients=True)
    return Outcome(wrong(expected, found), network.injected.total())
