"""What of a graph is not drawn: steps that never ran, if they are not wanted, and what is more than can be shown.

Layer: visualization. Pure. Beyond the limit, the steps nearest to the start stay, along the ways that lead on from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from chalicelib.visualization.graph import NOT_STARTED, Edge, Node, Region


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is left, in the order given, and how many nodes were ``omitted``."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    regions: tuple[Region, ...]
    omitted: int


def left_out(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    regions: Sequence[Region],
    *,
    max_nodes: int,
    only_executed: bool = False,
) -> LeftOut:
    """At most ``max_nodes`` of ``nodes``; with ``only_executed`` those alone that have run or led on."""
    led_on = {edge.source for edge in edges if edge.taken}
    wanted = [node for node in nodes if not only_executed or _has_run(node) or node.id in led_on]
    if len(wanted) > max_nodes:
        near = set(_nearest({node.id for node in wanted}, nodes, edges)[:max_nodes])
        wanted = [node for node in wanted if node.id in near]
    names = {node.id for node in wanted}
    return LeftOut(
        nodes=tuple(wanted),
        edges=tuple(edge for edge in edges if edge.source in names and edge.target in names),
        regions=_inhabited(regions, wanted),
        omitted=len(nodes) - len(wanted),
    )


def _has_run(node: Node) -> bool:
    return node.state is not None and node.state != NOT_STARTED


def _nearest(wanted: set[str], nodes: Sequence[Node], edges: Sequence[Edge]) -> list[str]:
    """The nodes in the order in which the ways reach them from the first; those that no way reaches come last."""
    following: dict[str, list[str]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    seen: dict[str, None] = {}
    starts = sorted(nodes, key=lambda node: node.type != "start")
    for start in starts:
        pending = deque([start.id])
        while pending:
            name = pending.popleft()
            if name not in seen:
                seen[name] = None
                pending.extend(following.get(name, ()))
    return [name for name in seen if name in wanted]


def _inhabited(regions: Sequence[Region], nodes: Sequence[Node]) -> tuple[Region, ...]:
    """The regions with a node in them, however deep."""
    by_id = {region.id: region for region in regions}
    kept: set[str] = set()
    for name in {node.region for node in nodes}:
        at = name
        while at is not None and at not in kept:
            kept.add(at)
            at = by_id[at].parent
    return tuple(region for region in regions if region.id in kept)
