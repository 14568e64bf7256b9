"""What a layout engine is given, and what it makes of it: graphs without regions, side by side.

Layer: visualization. A region is laid out by itself and is one item of the graph around it, so engines need not know of
nesting; only its edges to the outside start or end at items without size, held at the first or the last layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from chalicelib.visualization.geometry import Box, Route, around
from chalicelib.visualization.labels import Shelves, label_box, well_placed
from chalicelib.visualization.options import Direction


class Item(NamedTuple):
    """A thing to be placed; ``layer`` holds it at the start or the end of the flow."""

    width: float
    height: float
    layer: Literal["free", "first", "last"] = "free"


class Link(NamedTuple):
    """A way between two items, by their positions; ``label`` is the width and height of what stands on it.

    ``weight`` says how much a short and straight way counts.
    """

    source: int
    target: int
    label: tuple[float, float] | None = None
    weight: int = 1


class Flat(NamedTuple):
    """A graph to lay out."""

    items: Sequence[Item]
    links: Sequence[Link]


class Arranged(NamedTuple):
    """A graph laid out: boxes and routes in the order of its items and links, from 0, 0 to ``width``, ``height``."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    width: float
    height: float


class Engine(Protocol):
    """Lays out graphs. The same graphs give the same answer."""

    def __call__(self, flats: Sequence[Flat], direction: Direction) -> list[Arranged]: ...


def label_boxes(flat: Flat, routes: Sequence[Route]) -> list[Box]:
    """Where the texts on the ways of ``flat`` are."""
    return [
        label_box(route.label, link.label)
        for route, link in zip(routes, flat.links, strict=True)
        if route.label is not None and link.label is not None
    ]


def arranged(flat: Flat, boxes: Sequence[Box], found: Sequence[Route]) -> Arranged:
    """What an engine has found, moved to 0, 0, with every text in a place."""
    shelves = Shelves(boxes)
    routes = [well_placed(route, link.label, shelves) for route, link in zip(found, flat.links, strict=True)]
    extent = around([*boxes, *label_boxes(flat, routes)], (point for route in routes for point in route.points))
    return Arranged(
        tuple(box.moved(-extent.x, -extent.y) for box in boxes),
        tuple(route.moved(-extent.x, -extent.y) for route in routes),
        extent.width,
        extent.height,
    )
