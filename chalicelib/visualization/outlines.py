"""The outlines of cards: paths by shape, and where on them a way ends that was led to the box around them.

Layer: visualization.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from chalicelib.visualization.geometry import Box, Point
from chalicelib.visualization.markup import number
from chalicelib.visualization.themes import Shape

SLANT: Final = 9.0
_RADII: Final[dict[Shape, float]] = {"box": 3, "subroutine": 3, "rounded": 10, "stadium": 26, "circle": 26}
_FOLD: Final = 12.0


def outline(shape: Shape, box: Box) -> str:
    """The path around a card."""
    special = _PATHS.get(shape)
    return special(box) if special else rounded(box, _RADII.get(shape, 10))


def inner_lines(shape: Shape, box: Box) -> str | None:
    """What else is drawn of a shape, inside of it."""
    if shape == "note":
        return f"M{number(box.right - _FOLD)} {number(box.y)}v{_FOLD:g}h{_FOLD:g}"
    if shape == "subroutine":
        inside = f"v{number(box.height)}"
        return f"M{number(box.x + 5)} {number(box.y)}{inside}M{number(box.right - 5)} {number(box.y)}{inside}"
    return None


def on_outline(shape: Shape, box: Box, point: Point) -> Point:
    """Where a way that ends at ``point`` on ``box`` meets the outline when it goes on straight inward."""
    left, right = abs(point.x - box.x) < 0.5, abs(point.x - box.right) < 0.5
    if left or right:
        inset = _side_inset(shape, box, point.y, left=left)
        return Point(point.x + (inset if left else -inset), point.y)
    inset = _corner_inset(shape, box, min(point.x - box.x, box.right - point.x))
    return Point(point.x, point.y + (inset if abs(point.y - box.y) < 0.5 else -inset))


def _side_inset(shape: Shape, box: Box, y: float, *, left: bool) -> float:
    share = min(max((y - box.y) / box.height, 0), 1) if box.height else 0.5
    if shape in {"diamond", "hexagon"}:
        return SLANT * abs(share - 0.5) * 2
    if shape == "parallelogram":
        return SLANT * (1 - share if left else share)
    return _corner_inset(shape, box, min(y - box.y, box.bottom - y))


def _corner_inset(shape: Shape, box: Box, distance: float) -> float:
    """How far a round corner lies inside of the box, so far from the corner of the box."""
    radius = min(_RADII.get(shape, 0), box.height / 2)
    beyond = radius - max(distance, 0)
    return radius - math.sqrt(radius**2 - beyond**2) if beyond > 0 else 0


def rounded(box: Box, radius: float) -> str:
    """The path around a box with round corners."""
    r = min(radius, box.height / 2)
    left, right, top, bottom = (number(each) for each in (box.x, box.right, box.y, box.bottom))
    x, far_x, y, far_y = (number(each) for each in (box.x + r, box.right - r, box.y + r, box.bottom - r))
    arc = f"A{r:g} {r:g} 0 0 1"
    return (
        f"M{x} {top}H{far_x}{arc} {right} {y}V{far_y}{arc} {far_x} {bottom}H{x}{arc} {left} {far_y}V{y}{arc} {x} {top}z"
    )


def _polygon(*points: tuple[float, float]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "z"


def _pointed(box: Box) -> str:
    x, y, right, bottom, middle = box.x, box.y, box.right, box.bottom, box.center.y
    near, far = x + SLANT, right - SLANT
    return _polygon((near, y), (far, y), (right, middle), (far, bottom), (near, bottom), (x, middle))


def _slanted(box: Box) -> str:
    return _polygon((box.x + SLANT, box.y), (box.right, box.y), (box.right - SLANT, box.bottom), (box.x, box.bottom))


def _note(box: Box) -> str:
    x, y, right, bottom = box.x, box.y, box.right, box.bottom
    return _polygon((x, y), (right - _FOLD, y), (right, y + _FOLD), (right, bottom), (x, bottom))


_PATHS: Final[dict[Shape, Callable[[Box], str]]] = {
    "diamond": _pointed,
    "hexagon": _pointed,
    "parallelogram": _slanted,
    "note": _note,
}
