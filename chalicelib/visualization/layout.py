"""Where everything is in a picture: steps, the regions within them, and the ways between.

Layer: visualization. Each canvas is laid out by itself, the innermost first, and the region around it is as large as
that needs; an edge that passes borders of regions is routed on each canvas and put together. The same graph gives the
same picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from chalicelib.visualization import flat, frames
from chalicelib.visualization.crossing import Crossing, Leg, Pass, crossings_of
from chalicelib.visualization.frames import Frame
from chalicelib.visualization.geometry import Box, Point, Route, around, without_repeats
from chalicelib.visualization.graph import EdgeKind, Graph
from chalicelib.visualization.nesting import Canvas, Item, Nest, nest_of
from chalicelib.visualization.options import Direction

Size = tuple[float, float]

STRIP: Final = 28.0
"""The height of what stands at the top of a region."""
_INSET: Final = 14.0
_WEIGHTS: Final[Mapping[EdgeKind, int]] = {"normal": 4, "decision": 3, "branch": 4, "join": 4}


class Sizes(NamedTuple):
    """How large things are: cards by node id, texts on edges by the edge's position, strips of regions by id."""

    nodes: Mapping[str, Size]
    labels: Mapping[int, Size]
    strips: Mapping[str, float]


class Layout(NamedTuple):
    """A graph laid out. ``nodes`` are whole boxes, with the regions of an owner; ``headers`` are their cards.

    ``routes`` are by the edge's position; an edge whose ends are not both in the graph has none.
    """

    width: float
    height: float
    nodes: Mapping[str, Box]
    headers: Mapping[str, Box]
    regions: Mapping[str, Box]
    routes: Mapping[int, Route]


def arrange(graph: Graph, sizes: Sizes, engine: flat.Engine, direction: Direction) -> Layout:
    """The layout of ``graph`` by ``engine``."""
    nest = nest_of(graph)
    crossings = crossings_of(graph, nest)
    canvases = _Canvases(graph, sizes, nest, crossings, direction)
    by_depth = defaultdict(list)
    for canvas in nest.items:
        by_depth[nest.depth(canvas)].append(canvas)
    for depth in sorted(by_depth, reverse=True):
        canvases.arrange(by_depth[depth], engine)
    return canvases.assembled()


class _Canvases:
    """The canvases of one graph while they are laid out."""

    def __init__(
        self, graph: Graph, sizes: Sizes, nest: Nest, crossings: Mapping[int, Crossing], direction: Direction
    ) -> None:
        self._graph = graph
        self._sizes = sizes
        self._nest = nest
        self._crossings = crossings
        self._direction = direction
        self._legs: dict[Canvas, dict[int, Leg]] = {canvas: {} for canvas in nest.items}
        self._passing: dict[Item, list[int]] = defaultdict(list)
        for edge, crossing in crossings.items():
            for canvas, leg in crossing.legs.items():
                self._legs[canvas][edge] = leg
            for item in crossing.passed:
                self._passing[item].append(edge)
        self._arranged: dict[Canvas, flat.Arranged] = {}
        self._frames: dict[Item, Frame] = {}

    def arrange(self, canvases: Sequence[Canvas], engine: flat.Engine) -> None:
        """Lays out canvases whose regions are laid out already."""
        for canvas in canvases:
            for item in self._nest.items[canvas]:
                if item in self._nest.regions:
                    self._frames[item] = self._framed(item)
        flats = [self._flat(canvas) for canvas in canvases]
        for canvas, each, arranged in zip(canvases, flats, engine(flats, self._direction), strict=True):
            self._arranged[canvas] = arranged if canvas is None else self._trimmed(canvas, each, arranged)

    def assembled(self) -> Layout:
        """The layout, when all canvases are laid out."""
        boxes: dict[Item, Box] = {}
        regions: dict[str, Box] = {}
        routes: dict[int, dict[Canvas, Route]] = defaultdict(dict)
        placed: list[tuple[Canvas, Point]] = [(None, Point(0, 0))]
        for canvas, origin in placed:  # grows: a canvas before those within it
            arranged = self._arranged[canvas]
            for item, box in zip(self._nest.items[canvas], arranged.boxes, strict=True):
                boxes[item] = box.moved(*origin)
                if item in self._frames:
                    frame = self._frames[item] = self._frames[item].moved(boxes[item].x, boxes[item].y)
                    regions |= frame.regions
                    placed += [(region, self._origin(region, frame)) for region in frame.regions]
            for (edge, leg), route in zip(self._legs[canvas].items(), arranged.routes, strict=True):
                routes[edge][canvas] = self._drawn_out(leg, route.moved(*origin), regions)
        nodes = {item.id: box for item, box in boxes.items() if not item.is_region}
        headers = {id: self._frames[Item(id)].header if Item(id) in self._frames else box for id, box in nodes.items()}
        whole = {edge: self._joined(edge, legs) for edge, legs in routes.items()}
        picture = self._arranged[None]
        return Layout(picture.width, picture.height, nodes, headers, regions, whole)

    def _framed(self, item: Item) -> Frame:
        header = (0.0, 0.0) if item.is_region else self._sizes.nodes[item.id]
        regions = {region: self._region(region) for region in self._nest.regions[item]}
        return frames.framed(header, regions, self._passing[item], self._direction)

    def _region(self, region: str) -> Size:
        inside = self._arranged[region]
        width = max(inside.width, self._sizes.strips.get(region, 0)) + 2 * _INSET
        return width, inside.height + STRIP + 2 * _INSET

    def _origin(self, region: str, frame: Frame) -> Point:
        """Where the canvas inside a region starts: in its middle, below the strip."""
        box, inside = frame.regions[region], self._arranged[region]
        return Point(box.x + (box.width - inside.width) / 2, box.y + STRIP + _INSET)

    def _flat(self, canvas: Canvas) -> flat.Flat:
        items = [self._item(item) for item in self._nest.items[canvas]]
        places = {item: place for place, item in enumerate(self._nest.items[canvas])}
        links = []
        for edge, leg in self._legs[canvas].items():
            source = len(items) if leg.source is None else places[leg.source]
            if leg.source is None:
                items.append(flat.Item(0, 0, "first"))
            target = len(items) if leg.target is None else places[leg.target]
            if leg.target is None:
                items.append(flat.Item(0, 0, "last"))
            label = self._sizes.labels.get(edge) if canvas == self._crossings[edge].labelled else None
            links.append(flat.Link(source, target, label, _WEIGHTS.get(self._graph.edges[edge].kind, 1)))
        return flat.Flat(items, links)

    def _item(self, item: Item) -> flat.Item:
        if item in self._frames:
            box = self._frames[item].box
            return flat.Item(box.width, box.height)
        return flat.Item(*self._sizes.nodes[item.id])

    def _trimmed(self, canvas: Canvas, each: flat.Flat, arranged: flat.Arranged) -> flat.Arranged:
        """The inside of a region without the room that the open ends of ways took."""
        points: list[Point] = []
        for leg, route in zip(self._legs[canvas].values(), arranged.routes, strict=True):
            ends = list(route.points)
            if leg.source is None:
                ends[0] = self._beside(ends[0], ends[1])
            if leg.target is None:
                ends[-1] = self._beside(ends[-1], ends[-2])
            points += ends
        count = len(self._nest.items[canvas])
        labels = flat.label_boxes(each, arranged.routes)
        extent = around([*arranged.boxes[:count], *labels], points)
        boxes = tuple(box.moved(-extent.x, -extent.y) for box in arranged.boxes[:count])
        routes = tuple(route.moved(-extent.x, -extent.y) for route in arranged.routes)
        return flat.Arranged(boxes, routes, extent.width, extent.height)

    def _beside(self, end: Point, before: Point) -> Point:
        """An end as far along the flow as the point before it."""
        return Point(before.x, end.y) if self._direction == "LR" else Point(end.x, before.y)

    def _drawn_out(self, leg: Leg, route: Route, regions: Mapping[str, Box]) -> Route:
        """A leg with its open ends drawn out to the border of the region that it is in."""
        points = list(route.points)
        if leg.canvas is not None and leg.source is None:
            points[0] = self._at_border(regions[leg.canvas], points[0], start=True)
        if leg.canvas is not None and leg.target is None:
            points[-1] = self._at_border(regions[leg.canvas], points[-1], start=False)
        return route._replace(points=tuple(points))

    def _at_border(self, region: Box, point: Point, *, start: bool) -> Point:
        if self._direction == "LR":
            return Point(region.x if start else region.right, point.y)
        return Point(point.x, region.y if start else region.bottom)

    def _joined(self, edge: int, legs: Mapping[Canvas, Route]) -> Route:
        """The whole way of an edge: its legs, and the passes that join them."""
        parts = self._crossings[edge].parts
        points: list[Point] = []
        for place, part in enumerate(parts):
            if isinstance(part, Leg):
                points += legs[part.canvas].points
            else:
                after = parts[place + 1] if place + 1 < len(parts) else None
                entered = legs[after.canvas].points[0] if isinstance(after, Leg) else None
                points += self._through(edge, part, points[-1] if points else None, entered)
        return Route(without_repeats(points), next((leg.label for leg in legs.values() if leg.label), None))

    def _through(self, edge: int, part: Pass, left: Point | None, entered: Point | None) -> list[Point]:
        """The way through a frame between two legs, or between one and the item itself."""
        frame = self._frames[part.item]
        if part.out_of is None or left is None:
            region, inside = str(part.into), entered or frame.box.center
            return frame.inward(edge, region, left, inside) if left else frame.from_header(region, inside)
        if part.into is None or entered is None:
            return frame.outward(edge, part.out_of, left, entered) if entered else frame.to_border(part.out_of, left)
        return frame.across(edge, (part.out_of, part.into), left, entered)
