"""A line of the speed table, and how rounds become one.

A ratio above 1 means that Weft is ahead, whether more or less is better.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

import msgspec


class SpeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One measure, beside a peer where there is one. ``note``: durability, why Weft is behind, why a peer is out."""

    measure: str
    unit: str
    higher_is_better: bool
    weft: float
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    note: str = ""


def ratio(weft: float, peer: float, *, higher_is_better: bool) -> float:
    """How far Weft is ahead: 2.0 is twice as good, 0.5 half as good."""
    return round(weft / peer if higher_is_better else peer / weft, 3)


def alone(measure: str, unit: str, values: Sequence[float], *, higher_is_better: bool, note: str = "") -> SpeedRow:
    """The row of a measure that has no peer: the median of ``values``."""
    return SpeedRow(
        measure=measure, unit=unit, higher_is_better=higher_is_better, weft=round(median(values), 4), note=note
    )


class Rounds(msgspec.Struct, frozen=True):
    """Medians of Weft and of a peer, and of how many rounds."""

    weft: float
    peer: float
    count: int


def interleaved(rounds: int, weft: Callable[[], float], peer: Callable[[], float], seconds: float = 60.0) -> Rounds:
    """Let Weft and the peer take turns for ``rounds`` rounds, or until ``seconds`` are over, but at least once."""
    until = time.monotonic() + seconds
    pairs = [(weft(), peer())]
    while len(pairs) < rounds and time.monotonic() < until:
        pairs.append((weft(), peer()))
    return Rounds(median(pair[0] for pair in pairs), median(pair[1] for pair in pairs), len(pairs))


def against(measure: str, unit: str, medians: Rounds, peer: str, note: str) -> SpeedRow:
    """The row of a rate (more is better) beside a peer's."""
    weft, other = medians.weft, medians.peer
    return SpeedRow(
        measure=measure,
        unit=unit,
        higher_is_better=True,
        weft=round(weft, 2),
        peer=peer,
        peer_value=round(other, 2),
        ratio=ratio(weft, other, higher_is_better=True),
        note=note,
    )
