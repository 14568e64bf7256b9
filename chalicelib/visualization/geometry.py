"""Points, boxes and routes of a picture: x to the right, y down, in pixels.

Layer: visualization. Values only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Point(NamedTuple):
    """A place in a picture."""

    x: float
    y: float

    def moved(self, dx: float, dy: float) -> Point:
        return Point(self.x + dx, self.y + dy)


class Box(NamedTuple):
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def center(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, dx: float, dy: float) -> Box:
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def contains(self, other: Box, slack: float = 0.01) -> bool:
        return (
            self.x - slack <= other.x
            and self.y - slack <= other.y
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def overlaps(self, other: Box, slack: float = 0.01) -> bool:
        return (
            self.x < other.right - slack
            and other.x < self.right - slack
            and self.y < other.bottom - slack
            and other.y < self.bottom - slack
        )


class Route(NamedTuple):
    """The way of an edge, from border to border; ``label`` is the middle of what stands on it."""

    points: tuple[Point, ...]
    label: Point | None = None

    def moved(self, dx: float, dy: float) -> Route:
        points = tuple(point.moved(dx, dy) for point in self.points)
        return Route(points, self.label and self.label.moved(dx, dy))


def around(boxes: Iterable[Box], points: Iterable[Point] = ()) -> Box:
    """The smallest box around everything; one without size where there is nothing."""
    corners = [*points]
    for box in boxes:
        corners += (Point(box.x, box.y), Point(box.right, box.bottom))
    if not corners:
        return Box(0, 0, 0, 0)
    left, top = min(corner.x for corner in corners), min(corner.y for corner in corners)
    return Box(left, top, max(corner.x for corner in corners) - left, max(corner.y for corner in corners) - top)


def without_repeats(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points without any that is where the one before is, or on the straight line between its neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(kept[-1].x - point.x) < 0.05 and abs(kept[-1].y - point.y) < 0.05:
            continue
        while len(kept) > 1 and _between(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _between(first: Point, middle: Point, last: Point) -> bool:
    upright = abs(first.x - middle.x) < 0.05 and abs(middle.x - last.x) < 0.05
    level = abs(first.y - middle.y) < 0.05 and abs(middle.y - last.y) < 0.05
    onward = (middle.x - first.x) * (last.x - middle.x) >= 0 and (middle.y - first.y) * (last.y - middle.y) >= 0
    return onward and (upright or level)
