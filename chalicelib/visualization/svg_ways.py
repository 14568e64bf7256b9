"""The ways between steps as SVG: lines with rounded corners, an arrow, and what has to be true for them.

Layer: visualization. A kind of way is told by its dashes and its colour, one that was gone by its width.
"""

from __future__ import annotations

import math
from typing import Final

from chalicelib.visualization.colours import contrast
from chalicelib.visualization.geometry import Box, Point, Route
from chalicelib.visualization.graph import Edge, EdgeKind
from chalicelib.visualization.markup import Markup, element, join, number
from chalicelib.visualization.measuring import cut, shown, width_of
from chalicelib.visualization.svg_cards import text_at
from chalicelib.visualization.themes import Theme

_CORNER: Final = 8.0
_ARROW: Final = 8.0
LABEL_SIZE: Final = 11.0
_LABEL_WIDEST: Final = 190.0
DASHES: Final[dict[EdgeKind, str]] = {
    "error": "7 4",
    "timeout": "2 4",
    "deadline": "2 4",
    "compensation": "9 3 2 3",
    "handler": "1 5",
}


def label_of(edge: Edge) -> str:
    """What stands on a way; nothing on those into regions and out of them, which say it themselves."""
    if edge.kind in {"branch", "join"}:
        return ""
    return cut(shown(edge.label or edge.condition or ""), _LABEL_WIDEST, LABEL_SIZE)


def label_size(edge: Edge) -> tuple[float, float] | None:
    """The room that a text on a way needs."""
    text = label_of(edge)
    return (width_of(text, LABEL_SIZE) + 12, 17.0) if text else None


def drawn_way(edge: Edge, route: Route, theme: Theme) -> Markup:
    """A way, with all of what it says as its title."""
    color = theme.line_of(edge)
    width = 2.8 if edge.taken else 1.3 if edge.taken is False else 1.6
    points = list(route.points)
    line = element(
        "path", d=_rounded(_shortened(points)), fill="none", stroke=color, stroke_width=width,
        stroke_dasharray=DASHES.get(edge.kind), stroke_linecap="round",
    )  # fmt: skip
    title = element("title", _described(edge))
    opacity = 0.6 if edge.taken is False else None
    return element("g", title, line, _arrow(points, color, width), class_="way", opacity=opacity)


def drawn_label(edge: Edge, route: Route, theme: Theme) -> Markup:
    """The text on a way, on a ground of its own."""
    text, size = label_of(edge), label_size(edge)
    if not size or route.label is None:
        return Markup()
    box = Box(route.label.x - size[0] / 2, route.label.y - size[1] / 2, *size)
    color = theme.line_of(edge)
    ink = color if contrast(color, theme.background_color) >= 4.5 else theme.text_on(theme.background_color)
    ground = element(
        "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=5, fill=theme.background_color,
        stroke=color, stroke_width=0.6,
    )  # fmt: skip
    words = text_at(text, box.center.x, box.center.y + 4, LABEL_SIZE, ink, anchor="middle")
    return element("g", element("title", _described(edge)), ground, words)


def _described(edge: Edge) -> str:
    said = [
        f"{edge.source} → {edge.target} ({edge.kind})",
        edge.label,
        edge.condition if edge.condition != edge.label else None,
    ]
    return "\n".join(part for part in said if part)


def _shortened(points: list[Point]) -> list[Point]:
    """The points with the last inside the arrow, which a thick line would stick out of."""
    before, last = points[-2], points[-1]
    length = math.dist(before, last)
    share = min(_ARROW * 0.7, length) / length if length else 0
    return [*points[:-1], Point(last.x + (before.x - last.x) * share, last.y + (before.y - last.y) * share)]


def _rounded(points: list[Point]) -> str:
    path = f"M{number(points[0].x)} {number(points[0].y)}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        into, out = _towards(corner, before, radius), _towards(corner, after, radius)
        path += (
            f"L{number(into.x)} {number(into.y)}Q{number(corner.x)} {number(corner.y)} {number(out.x)} {number(out.y)}"
        )
    return f"{path}L{number(points[-1].x)} {number(points[-1].y)}"


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end) or 1
    return Point(start.x + (end.x - start.x) * distance / length, start.y + (end.y - start.y) * distance / length)


def _arrow(points: list[Point], color: str, width: float) -> Markup:
    before, tip = points[-2], points[-1]
    angle = math.atan2(tip.y - before.y, tip.x - before.x)
    size = _ARROW + width
    corners = [
        Point(tip.x - size * math.cos(angle + turn), tip.y - size * math.sin(angle + turn)) for turn in (0.45, -0.45)
    ]
    path = join("M", *(f"{number(point.x)} {number(point.y)}L" for point in (tip, *corners)))
    return element("path", d=path.removesuffix("L") + "z", fill=color)
