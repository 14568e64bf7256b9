"""Layouts in layers, by graphlay.

Layer: visualization. graphlay places nodes as Sugiyama, Tagawa and Toda do, with network simplex (Gansner et al., "A
technique for drawing directed graphs", 1993), and draws edges with right angles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import graphlay

from chalicelib.visualization.flat import Arranged, Flat, Link, arranged
from chalicelib.visualization.geometry import Box, Point, Route, around
from chalicelib.visualization.options import Direction

_DIRECTIONS: Final[dict[Direction, str]] = {"TB": "topbottom", "LR": "leftright"}
_LARGE: Final = 250
"""More items or links than this are ordered in fewer rounds: 500 steps take a tenth of a second then."""


def arrange(flats: Sequence[Flat], direction: Direction) -> list[Arranged]:
    """The layouts of ``flats``."""
    return [_laid_out(flat, direction) for flat in flats]


def _laid_out(flat: Flat, direction: Direction) -> Arranged:
    if not flat.items:
        return Arranged((), (), 0, 0)
    drawing = graphlay.layout(_request(flat), preset="process_map", options=_options(flat, direction))
    boxes = [_box(node, item.width, item.height) for node, item in zip(drawing.nodes, flat.items, strict=True)]
    routes = [_route(edge, link) for edge, link in zip(drawing.edges, flat.links, strict=True)]
    return arranged(flat, boxes, routes)


def _request(flat: Flat) -> dict[str, Any]:
    # An item without size would make the engine divide by it.
    nodes = [
        {"size": {"width": max(item.width, 1), "height": max(item.height, 1)}, "rank": item.layer, "key": str(number)}
        for number, item in enumerate(flat.items)
    ]
    edges = [
        {"source": link.source, "target": link.target, "weight": link.weight}
        | ({"label_size": {"width": link.label[0], "height": link.label[1]}} if link.label else {})
        for link in flat.links
    ]
    return {"nodes": nodes, "edges": edges}


def _options(flat: Flat, direction: Direction) -> dict[str, Any]:
    return {
        "direction": _DIRECTIONS[direction],
        "effort": "fast" if max(len(flat.items), len(flat.links)) > _LARGE else "balanced",
        # Ways back are those that lead back to what was there before, as a reader takes them.
        "cycles": {"strategy": "follow_flow"},
        "spacing": {"layer_gap": 44.0, "node_gap": 36.0},
    }


def _box(node: dict[str, Any], width: float, height: float) -> Box:
    center = node["center"]
    return Box(center["x"] - width / 2, center["y"] - height / 2, width, height)


def _route(edge: dict[str, Any], link: Link) -> Route:
    points = tuple(Point(point["x"], point["y"]) for point in edge["points"])
    if link.label is None or edge["label_anchor"] is None:
        return Route(points)
    if link.source == link.target:  # beside the loop, which is narrower than a text
        loop = around((), points)
        return Route(points, Point(loop.right + link.label[0] / 2 + 3, loop.center.y))
    return Route(points, Point(edge["label_anchor"]["x"], edge["label_anchor"]["y"]))
