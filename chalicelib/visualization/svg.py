"""Pictures as SVG: one self-contained text without script, style, or anything from elsewhere.

Layer: visualization.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chalicelib.visualization.cards import Card, card_of, counts_width
from chalicelib.visualization.engines import laid_out
from chalicelib.visualization.geometry import Box, Point, Route
from chalicelib.visualization.graph import Edge, Graph, Region
from chalicelib.visualization.layout import Layout, Sizes
from chalicelib.visualization.markup import Markup, element, join
from chalicelib.visualization.measuring import cut, shown, width_of
from chalicelib.visualization.options import Options
from chalicelib.visualization.outlines import on_outline
from chalicelib.visualization.svg_cards import bar_of_counts, drawn_card, drawn_ground, text_at
from chalicelib.visualization.svg_ways import drawn_label, drawn_way, label_size
from chalicelib.visualization.themes import Shape, Theme
from chalicelib.visualization.title import drawn_legend, drawn_title, legend_size, title_size

_MARGIN: Final = 28.0
_REGION_SIZE: Final = 12.0
_LEAST_COUNTS_WIDTH: Final = 110.0


def render(graph: Graph, options: Options) -> str:
    """The picture of ``graph``. Raises ``LayoutUnavailable``."""
    return drawn(graph, options)[1]


def drawn(graph: Graph, options: Options, *, titled: bool = True) -> tuple[Box, str]:
    """The size of the picture of ``graph``, and the picture. Raises ``LayoutUnavailable``."""
    cards = {node.id: card_of(node, graph, options) for node in graph.nodes}
    layout = laid_out(graph, _sizes(graph, cards), options)
    title, legend = title_size(graph, options) if titled else (0.0, 0.0), legend_size(graph)
    width = max(layout.width, title[0], legend[0]) + 2 * _MARGIN
    height = title[1] + layout.height + legend[1] + 2 * _MARGIN
    origin = Point((width - layout.width) / 2, _MARGIN + title[1])
    parts = [
        element("rect", width=width, height=height, fill=options.theme.background_color),
        drawn_title(graph, options, Box(_MARGIN, _MARGIN, width - 2 * _MARGIN, title[1])) if titled else "",
        element("g", _drawn(graph, cards, layout, options), transform=f"translate({origin.x:g} {origin.y:g})"),
        drawn_legend(graph, options.theme, Point(_MARGIN, height - _MARGIN - legend[1])),
    ]
    picture = element(
        "svg", *parts, xmlns="http://www.w3.org/2000/svg", width=width, height=height,
        viewBox=f"0 0 {width:g} {height:g}", font_family=options.theme.font_name, role="img", aria_label=_spoken(graph),
    )  # fmt: skip
    return Box(0, 0, width, height), picture


def _sizes(graph: Graph, cards: dict[str, Card]) -> Sizes:
    labels = {place: size for place, edge in enumerate(graph.edges) if (size := label_size(edge))}
    strips = {region.id: _strip_width(region) for region in graph.regions}
    return Sizes({id: (card.width, card.height) for id, card in cards.items()}, labels, strips)


def _strip_width(region: Region) -> float:
    return width_of(_label(region), _REGION_SIZE, bold=True) + 16 + (_counts_width(region) + 12 if region.counts else 0)


def _counts_width(region: Region) -> float:
    return max(counts_width(region.counts), _LEAST_COUNTS_WIDTH)


def _label(region: Region) -> str:
    total = f" × {region.total}" if region.total is not None else ""
    return cut(shown(region.label), 260, _REGION_SIZE, bold=True) + total


def _drawn(graph: Graph, cards: dict[str, Card], layout: Layout, options: Options) -> Markup:
    """Everything in the order in which one thing hides another."""
    owners = {id for id, box in layout.nodes.items() if box != layout.headers[id]}
    grounds = [(box, _ground_of_region(box, options.theme)) for box in layout.regions.values()]
    for node in graph.nodes:
        if node.id in owners:
            box = layout.nodes[node.id]
            grounds.append((box, drawn_ground(node, box, options)))
    # What lies within another is smaller.
    grounds.sort(key=lambda each: -each[0].width * each[0].height)
    shapes = {node.id: options.theme.shape_of(node) for node in graph.nodes if node.id not in owners}
    ways = [
        (graph.edges[place], _to_outlines(graph.edges[place], route, layout, shapes))
        for place, route in layout.routes.items()
    ]
    ways.sort(key=lambda way: way[0].taken or False)
    return join(
        *(ground for _, ground in grounds),
        *(drawn_way(edge, route, options.theme) for edge, route in ways),
        *(_strip(region, layout.regions[region.id], options) for region in graph.regions),
        *(
            drawn_card(
                node,
                # The card of an owner is as wide as what it owns.
                card_of(node, graph, options, layout.headers[node.id].width) if node.id in owners else cards[node.id],
                layout.headers[node.id],
                owner=node.id in owners,
                options=options,
            )
            for node in graph.nodes
        ),
        *(drawn_label(edge, route, options.theme) for edge, route in ways),
    )


def _to_outlines(edge: Edge, route: Route, layout: Layout, shapes: Mapping[str, Shape]) -> Route:
    """A way from outline to outline; those of owners of regions are their boxes."""
    points = list(route.points)
    for place, id in ((0, edge.source), (-1, edge.target)):
        if id in shapes:
            points[place] = on_outline(shapes[id], layout.nodes[id], points[place])
    return route._replace(points=tuple(points))


def _ground_of_region(box: Box, theme: Theme) -> Markup:
    return element(
        "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=8, fill=theme.region_color,
        stroke=theme.border_of(theme.region_color), stroke_width=1, stroke_dasharray="4 3",
    )  # fmt: skip


def _strip(region: Region, box: Box, options: Options) -> Markup:
    """The name of a region and its counts, over whatever way goes through there."""
    theme = options.theme
    ink, label = theme.text_on(theme.region_color), _label(region)
    words = text_at(label, box.x + 12, box.y + 19, _REGION_SIZE, ink, bold=True, halo=theme.region_color)
    counts: Markup | str = ""
    if region.counts:
        bar = Box(box.right - _counts_width(region) - 10, box.y + 6, _counts_width(region), 0)
        counts = bar_of_counts(region.counts, bar, theme, theme.region_color)
    return element("g", element("title", region.label), words, counts)


def _spoken(graph: Graph) -> str:
    return shown(f"{graph.workflow_name} {graph.workflow_version}, {len(graph.nodes)} steps")
