"""A line of the speed table, and how rounds become one. Pure.

A ratio above 1 means that Weft is ahead, whether more or less is better.
"""

from __future__ import annotations

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


def interleaved(rounds: int, weft: Callable[[], float], peer: Callable[[], float]) -> tuple[float, float]:
    """Medians of Weft and of the peer, which took turns for ``rounds`` rounds."""
    pairs = [(weft(), peer()) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def against(measure: str, unit: str, medians: tuple[float, float], peer: str, note: str) -> SpeedRow:
    """The row of a rate (more is better) beside a peer's."""
    weft, other = medians
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
