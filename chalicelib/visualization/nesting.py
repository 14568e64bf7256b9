"""Which thing of a graph lies in which: canvases, the items on them, and the regions within an item.

Layer: visualization. A canvas is the picture itself (None) or the inside of a region; its items are steps, and regions
without an owner. A step that owns regions is one item with them. What contradicts itself, as a region inside its own,
lies on the picture itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.visualization.graph import Graph, Region

Canvas = str | None
"""The id of a region, or None for the picture itself."""


class Item(NamedTuple):
    """A thing on a canvas: a step, or a region that no step owns; ``is_region`` keeps equal ids apart."""

    id: str
    is_region: bool = False


class Nest(NamedTuple):
    """``items`` of each canvas, ``regions`` of each item that has some; ``homes`` of items, ``holders`` of regions."""

    items: dict[Canvas, list[Item]]
    regions: dict[Item, list[str]]
    homes: dict[Item, Canvas]
    holders: dict[str, Item]

    def outward(self, node: str) -> Iterator[tuple[Canvas, Item]]:
        """From a step to the picture itself: each canvas around it, and what on it is or holds the step."""
        item = Item(node)
        while True:
            canvas = self.homes[item]
            yield canvas, item
            if canvas is None:
                return
            item = self.holders[canvas]

    def depth(self, canvas: Canvas) -> int:
        """How many regions lie around what is on a canvas."""
        depth = 0
        while canvas is not None:
            canvas, depth = self.homes[self.holders[canvas]], depth + 1
        return depth


def nest_of(graph: Graph) -> Nest:
    """What lies in what in ``graph``."""
    regions = {region.id: region for region in graph.regions}
    nodes = {node.id: node for node in graph.nodes}
    holders = {region.id: _holder(region, set(nodes)) for region in regions.values()}
    homes: dict[Item, Canvas] = {Item(node.id): _known(node.region, regions) for node in nodes.values()}
    homes |= {item: _known(regions[item.id].parent, regions) for item in holders.values() if item.is_region}
    for item in homes:
        if _returns(item, homes, holders):
            homes[item] = None
    nest = Nest({None: [], **{region: [] for region in regions}}, {}, homes, holders)
    for item, canvas in homes.items():
        nest.items[canvas].append(item)
    for region, item in holders.items():
        nest.regions.setdefault(item, []).append(region)
    return nest


def _holder(region: Region, nodes: set[str]) -> Item:
    return Item(region.owner) if region.owner in nodes else Item(region.id, is_region=True)


def _known(region: str | None, regions: dict[str, Region]) -> Canvas:
    return region if region in regions else None


def _returns(item: Item, homes: dict[Item, Canvas], holders: dict[str, Item]) -> bool:
    """Whether going outward from ``item`` never gets to the picture itself."""
    seen = set()
    canvas = homes[item]
    while canvas is not None:
        if canvas in seen:
            return True
        seen.add(canvas)
        canvas = homes[holders[canvas]]
    return False
