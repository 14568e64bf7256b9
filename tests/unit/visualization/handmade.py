"""Graphs made by hand, for what draws them. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.visualization.engines import laid_out
from chalicelib.visualization.geometry import Box, Point
from chalicelib.visualization.graph import Edge, EdgeKind, Failure, Graph, Node, Region
from chalicelib.visualization.layout import Layout, Sizes
from chalicelib.visualization.nesting import Item, nest_of
from chalicelib.visualization.options import Options

SIZE = (120.0, 50.0)
HOSTILE = (
    "<script>alert(1)</script>",
    '"];',
    "' onload='alert(1)",
    '"><img src=x onerror=alert(1)>',
    "]]>",
    "--> <!--",
    "&lt;&amp;&#0;",
    "\x00\x08\x0b\x1b[31m\x7f\x85\ufffe\uffff",
    "\ud800 half \udfff",
    "\u202eturned\u202c \u200b\u2028\u2029",
    "{{7*7}} ${x} `y` %s {0}",
    "javascript:alert(1)",
    "订单履行与库存预留以及运输等待确认",
    "e\u0301 \U0001f469\u200d\U0001f680",
    "x" * 5000,
    "",
    "\n\t ",
)


def graph_of(nodes: Sequence[Node], edges: Sequence[Edge] = (), regions: Sequence[Region] = (), **fields: Any) -> Graph:
    """A graph; what is not given is plain."""
    plain = {"view_type": "definition", "workflow_id": "w", "workflow_name": "A workflow", "workflow_version": "1.2.3"}
    return Graph(**{**plain, "nodes": tuple(nodes), "edges": tuple(edges), "regions": tuple(regions), **fields})


def step(id: str, region: str | None = None, **fields: Any) -> Node:
    return Node(**{"id": id, "name": id, "type": "activity", "region": region, **fields})


def way(source: str, target: str, kind: EdgeKind = "normal", **fields: Any) -> Edge:
    return Edge(id=f"{source}>{target}:{kind}", source=source, target=target, kind=kind, **fields)


def branch(id: str, owner: str, parent: str | None = None, **fields: Any) -> Region:
    return Region(**{"id": id, "kind": "branch", "owner": owner, "parent": parent, "label": id, **fields})


def nested() -> Graph:
    """Two branches, a map within one of them, and ways into, out of and between regions."""
    return graph_of(
        [
            *(step("start", type="start"), step("both", type="parallel"), step("end", type="end"), step("undo")),
            *(step("left", "A"), step("items", "B", type="map"), step("each", "M"), step("right", "B")),
        ],
        [
            *(way("start", "both"), way("both", "end"), way("items", "right"), way("left", "left", "error")),
            *(way("both", "left", "branch"), way("both", "items", "branch"), way("items", "each", "branch")),
            *(way("left", "both", "join"), way("right", "both", "join"), way("each", "items", "join")),
            *(way("each", "undo", "compensation", label="compensated by"), way("left", "right", "handler")),
            *(way("undo", "each", "error"), way("both", "undo", "timeout"), way("left", "end", "error")),
        ],
        [branch("A", "both"), branch("B", "both"), branch("M", "items", "B")],
    )


def everything_hostile(text: str) -> Graph:
    """A graph in which every text is this one."""
    failure = Failure(code=text, message=text)
    told: dict[str, Any] = {
        "name": text,
        "details": text,
        "error": failure,
        "state": "failed",
        "next_retry_at": text,
        "started_at": text,
    }
    data: dict[str, Any] = {"input": text, "output": {text: [text]}, "metadata": {text: text, "tags": {text: text}}}
    nodes = [
        step("a", type="map", **told, **data),
        step(f"b{text}", "r", **{**told, "type": text, "state": text}, **data),
    ]
    edges = [way("a", f"b{text}", "decision", label=text, condition=text), way(f"b{text}", "a", "error", label=text)]
    return graph_of(
        nodes,
        edges,
        [Region(id="r", kind="map", owner="a", label=text, counts={text: 3}, total=3)],
        view_type="execution",
        workflow_id=text,
        workflow_name=text,
        workflow_version=text,
        execution_id=text,
        state=text,
        started_at=text,
        completed_at=text,
        elapsed_ms=5,
        omitted=2,
        metrics={text: text, "nested": {text: [text]}},
    )


def sizes_of(graph: Graph) -> Sizes:
    """Cards all of one size, and texts on ways too."""
    labels = {place: (60.0, 16.0) for place, edge in enumerate(graph.edges) if edge.label}
    return Sizes({node.id: SIZE for node in graph.nodes}, labels, {})


def laid(graph: Graph, **options: Any) -> Layout:
    """The layout of a graph."""
    return laid_out(graph, sizes_of(graph), Options(**{"layout_algorithm": "layered", **options}))


def faults(graph: Graph, layout: Layout) -> Iterator[str]:
    """What is wrong with a layout: nothing should be."""
    nest = nest_of(graph)
    whole = Box(0, 0, layout.width, layout.height)
    boxes = {item: layout.regions[item.id] if item.is_region else layout.nodes[item.id] for item in nest.homes}
    for canvas, items in nest.items.items():
        around = whole if canvas is None else layout.regions[canvas]
        yield from (f"{item} is outside of {canvas}" for item in items if not around.contains(boxes[item]))
        yield from _overlaps({item.id: boxes[item] for item in items})
    for item, regions in nest.regions.items():
        inside = {region: layout.regions[region] for region in regions}
        if not item.is_region:
            inside["the card"] = layout.headers[item.id]
            yield from (f"{name} is outside of {item}" for name, box in inside.items() if not boxes[item].contains(box))
        yield from _overlaps(inside)
    for place, route in layout.routes.items():
        edge = graph.edges[place]
        if not _touches(route.points[0], layout, edge.source):
            yield f"{edge.id} does not start at its source"
        if not _touches(route.points[-1], layout, edge.target):
            yield f"{edge.id} does not end at its target"
        yield from (
            f"{edge.id} leaves the picture" for point in route.points if not whole.contains(Box(*point, 0, 0), 1)
        )
    expected = {
        place for place, edge in enumerate(graph.edges) if {Item(edge.source), Item(edge.target)} <= set(nest.homes)
    }
    if set(layout.routes) != expected:
        yield "a way is missing"


def _overlaps(boxes: dict[str, Box]) -> Iterator[str]:
    names = sorted(boxes)
    for place, name in enumerate(names):
        yield from (f"{name} overlaps {other}" for other in names[place + 1 :] if boxes[name].overlaps(boxes[other]))


def _touches(point: Point, layout: Layout, node: str, slack: float = 1.5) -> bool:
    """Whether a point is on the border of a node, or of the card of one that owns regions."""
    return any(_on_border(point, box, slack) for box in (layout.nodes[node], layout.headers[node]))


def _on_border(point: Point, box: Box, slack: float) -> bool:
    if not Box(box.x - slack, box.y - slack, box.width + 2 * slack, box.height + 2 * slack).contains(Box(*point, 0, 0)):
        return False
    distances = (point.x - box.x, box.right - point.x, point.y - box.y, box.bottom - point.y)
    return min(abs(distance) for distance in distances) <= slack
