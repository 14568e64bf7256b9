"""Texts on ways that an engine found no good place for: far from their way, or over an item.

Layer: visualization.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from chalicelib.visualization.geometry import Box, Point, Route

_FAR: Final = 10.0
_SHELF: Final = 150.0
_SHARES: Final = (0.5, 0.25, 0.75)


def label_box(middle: Point, size: tuple[float, float]) -> Box:
    """The ground of a text."""
    return Box(middle.x - size[0] / 2, middle.y - size[1] / 2, *size)


class Shelves:
    """Boxes by how far down they are, so that the few near a text are found at once."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._shelves: dict[int, list[Box]] = defaultdict(list)
        for box in boxes:
            for shelf in self._reached(box):
                self._shelves[shelf].append(box)

    def are_free(self, ground: Box) -> bool:
        """Whether no box is there."""
        return not any(ground.overlaps(box) for shelf in self._reached(ground) for box in self._shelves.get(shelf, ()))

    @staticmethod
    def _reached(box: Box) -> range:
        return range(int(box.y // _SHELF), int(box.bottom // _SHELF) + 1)


def well_placed(route: Route, size: tuple[float, float] | None, boxes: Shelves) -> Route:
    """The route with its text where it is, if that is by the route and on no box, else in the best place on it."""
    if size is None:
        return route
    places = [*_beside(route, size), *_on(route)]
    free = (place for place in places if boxes.are_free(label_box(place, size)))
    return route._replace(label=next(free, places[0]))


def _beside(route: Route, size: tuple[float, float]) -> Iterator[Point]:
    if route.label is None:
        return
    ground = label_box(route.label, size)
    if any(_distance(ground, start, end) <= _FAR for start, end in pairwise(route.points)):
        yield route.label


def _on(route: Route) -> Iterator[Point]:
    """Places on the way, those in the middle of its longest parts first."""
    parts = sorted(pairwise(route.points), key=lambda part: -math.dist(*part))
    for share in _SHARES:
        for start, end in parts:
            yield Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def _distance(box: Box, start: Point, end: Point) -> float:
    """How far a straight way is from a box, looked at in steps as long as a text is high."""
    steps = max(int(math.dist(start, end) / 8), 1)
    return min(_apart(box, start, end, step / steps) for step in range(steps + 1))


def _apart(box: Box, start: Point, end: Point, share: float) -> float:
    x, y = start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share
    return math.hypot(max(box.x - x, x - box.right, 0), max(box.y - y, y - box.bottom, 0))
