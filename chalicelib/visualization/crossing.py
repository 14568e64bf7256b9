"""The way of each edge through the canvases: a leg on each, and passes through the frames between them.

Layer: visualization. An edge from a step into its own regions starts at the step's card, one out of them to the step
ends at its border; any other goes outward to the innermost canvas that both ends share, and inward again.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from chalicelib.visualization.graph import Graph
from chalicelib.visualization.nesting import Canvas, Item, Nest


class Leg(NamedTuple):
    """A way on a canvas; an end that is None is at the border of the region that the canvas is the inside of."""

    canvas: Canvas
    source: Item | None
    target: Item | None


class Pass(NamedTuple):
    """A way through the frame of ``item``, out of a region of it, into one, or both.

    Into one at the start of an edge: from the card. Out of one at the end of an edge: to the border.
    """

    item: Item
    out_of: str | None
    into: str | None


class Crossing(NamedTuple):
    """The whole way of an edge."""

    parts: tuple[Leg | Pass, ...]

    @property
    def legs(self) -> Mapping[Canvas, Leg]:
        return {part.canvas: part for part in self.parts if isinstance(part, Leg)}

    @property
    def passed(self) -> list[Item]:
        """The items whose border the edge passes, or within which it goes from region to region."""
        inner = [part for part in self.parts[1:-1] if isinstance(part, Pass)]
        return [part.item for part in inner]

    @property
    def labelled(self) -> Canvas:
        """The canvas on which the edge's text stands."""
        legs = list(self.legs.values())
        return next((leg.canvas for leg in legs if leg.source and leg.target), legs[0].canvas)


def crossings_of(graph: Graph, nest: Nest) -> dict[int, Crossing]:
    """The way of each edge of ``graph`` whose ends are there, by its position."""
    return {
        place: _crossing(nest, edge.source, edge.target)
        for place, edge in enumerate(graph.edges)
        if Item(edge.source) in nest.homes and Item(edge.target) in nest.homes
    }


def _crossing(nest: Nest, source: str, target: str) -> Crossing:
    out, into = list(nest.outward(source)), list(nest.outward(target))
    own_in = next((place for place, (_, item) in enumerate(into) if item == Item(source)), 0)
    own_out = next((place for place, (_, item) in enumerate(out) if item == Item(target)), 0)
    if own_in:
        return Crossing(tuple(_inward(into, own_in)))
    if own_out:
        return Crossing(tuple(_outward(out, own_out)))
    canvases = [canvas for canvas, _ in into]
    left = next(place for place, (canvas, _) in enumerate(out) if canvas in canvases)
    right = canvases.index(out[left][0])
    if out[left][1] != into[right][1] or source == target:
        leg = Leg(out[left][0], out[left][1], into[right][1])
        return Crossing((*_outward(out, left), leg, *_inward(into, right)))
    # Both ends are in regions of the same item: from the one region into the other.
    between = Pass(out[left][1], out[left - 1][0], into[right - 1][0])
    return Crossing((*_outward(out, left)[:-1], between, *_inward(into, right)[1:]))


def _outward(way: list[tuple[Canvas, Item]], levels: int) -> list[Leg | Pass]:
    parts: list[Leg | Pass] = []
    for (canvas, item), (_, around) in pairwise(way[: levels + 1]):
        parts += (Leg(canvas, item, None), Pass(around, canvas, None))
    return parts


def _inward(way: list[tuple[Canvas, Item]], levels: int) -> list[Leg | Pass]:
    parts: list[Leg | Pass] = []
    for (canvas, item), (_, around) in reversed(list(pairwise(way[: levels + 1]))):
        parts += (Pass(around, None, canvas), Leg(canvas, None, item))
    return parts
