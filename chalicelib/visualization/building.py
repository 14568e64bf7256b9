"""The graph of a picture, from a definition and what is known of its executions.

Layer: visualization. Pure. Each level (a definition, and each sub-workflow that is drawn out) is built alone and put
together with its names prefixed; what is too much is then left out, what is nearest to the start stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from chalicelib.domain.definitions import edges, model
from chalicelib.domain.definitions.territory import Territory
from chalicelib.visualization.graph import Edge, Graph, Node, Region
from chalicelib.visualization.leaving_out import LeftOut, left_out
from chalicelib.visualization.metrics import metrics_of
from chalicelib.visualization.nodes import Runs, handler_node, node_of
from chalicelib.visualization.options import Options
from chalicelib.visualization.regions import counts_of
from chalicelib.visualization.subject import Subject
from chalicelib.visualization.times import elapsed_ms
from chalicelib.visualization.ways import leading, ways_of


class _Level(msgspec.Struct, frozen=True):
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    regions: tuple[Region, ...]


class _View(msgspec.Struct, frozen=True):
    options: Options
    now: datetime | None
    executed: bool


def build(subject: Subject, options: Options, now: datetime | None = None) -> Graph:
    """The graph of ``subject``. ``now`` (aware UTC) is what open runs have taken their time up to."""
    view = _View(options, now, executed=bool(subject.seen))
    kept = _kept(_level(subject, view, options.depth), view)
    definition = subject.definition
    graph = Graph(
        view_type="execution" if subject.seen else "definition",
        workflow_id=definition.id,
        workflow_name=definition.name,
        workflow_version=definition.version,
        nodes=kept.nodes,
        edges=kept.edges,
        regions=kept.regions,
        omitted=kept.omitted,
        metrics=metrics_of(subject, now) if options.include_metrics else None,
    )
    if not subject.seen:
        return graph
    status = subject.seen[0].status
    return msgspec.structs.replace(
        graph,
        execution_id=status["execution_id"],
        state=status["state"],
        started_at=status["started_at"],
        completed_at=status["completed_at"],
        elapsed_ms=elapsed_ms(status["started_at"], status["completed_at"], now),
    )


def _kept(level: _Level, view: _View) -> LeftOut:
    return left_out(
        level.nodes,
        level.edges,
        level.regions,
        max_nodes=view.options.max_nodes,
        only_executed=view.executed and not view.options.show_unexecuted_steps,
    )


def _level(subject: Subject, view: _View, depth: int) -> _Level:
    known = edges.Edges(subject.definition)
    inside = Territory(known).region_of
    runs = Runs(subject.seen) if view.executed else None
    nodes: list[Node] = []
    ways = list(ways_of(known, None if runs is None else [each.trail for each in subject.seen]))
    regions = [_region(each, inside.get(each.owner), known, runs) for each in known.all_regions()]
    for step_id, step in known.steps.items():
        region = inside.get(step_id)
        place = None if region is None else region.pointer
        node = node_of(subject.definition, step, place, runs, view.options, view.now)
        nodes.append(node)
        child = subject.children.get(step_id) if depth > 0 else None
        if child is not None:
            drawn = _drawn_out(node, f"{known.places[step_id]}/step_type", child, view, depth - 1)
            nodes += drawn.nodes
            ways += drawn.edges
            regions += drawn.regions
    nodes += [handler_node(handler) for _, handler in leading(subject.definition, known)]
    return _Level(tuple(nodes), tuple(ways), tuple(regions))


def _region(region: edges.Region, around: edges.Region | None, known: edges.Edges, runs: Runs | None) -> Region:
    step_type = known.steps[region.owner].step_type
    is_map = isinstance(step_type, model.MapItems)
    items = counts_of(region, runs) if is_map and runs is not None else None
    return Region(
        id=region.pointer,
        kind="map" if is_map else "branch",
        owner=region.owner,
        label=f"each of {step_type.items}" if isinstance(step_type, model.MapItems) else str(region.name),
        parent=None if around is None else around.pointer,
        counts={} if items is None else {state: count for state, count in sorted(items.states.items()) if count},
        total=None if items is None else items.total,
    )


def _drawn_out(node: Node, pointer: str, child: Subject, view: _View, depth: int) -> _Level:
    """The steps of a sub-workflow in a region of their own, with the ways in and out."""
    level = _prefixed(_level(child, view, depth), node.id, pointer)
    definition = child.definition
    region = Region(
        id=pointer,
        kind="sub_workflow",
        owner=node.id,
        label=f"{definition.name} {definition.version}{_how_many(child)}",
        parent=node.region,
    )
    return _Level(level.nodes, (*level.edges, *_through(node, pointer, child, level.nodes)), (region, *level.regions))


def _how_many(child: Subject) -> str:
    total = len(child.seen) + child.unseen
    if child.unseen:
        return f" ({len(child.seen)} of {total} executions)"
    return f" ({total} executions)" if total > 1 else ""


def _prefixed(level: _Level, name: str, pointer: str) -> _Level:
    """A level under the name of the node it belongs to."""

    def inner(text: str) -> str:
        return f"{name}/{text}"

    def place(text: str | None) -> str:
        return pointer if text is None else pointer + text

    replace = msgspec.structs.replace
    return _Level(
        tuple(replace(each, id=inner(each.id), region=place(each.region)) for each in level.nodes),
        tuple(
            replace(each, id=place(each.id), source=inner(each.source), target=inner(each.target))
            for each in level.edges
        ),
        tuple(
            replace(each, id=place(each.id), owner=inner(each.owner), parent=place(each.parent))
            for each in level.regions
        ),
    )


def _through(node: Node, pointer: str, child: Subject, nodes: Sequence[Node]) -> Iterator[Edge]:
    """From a sub-workflow's step to the start of what it starts, and from its ends back."""
    states = {each.id: each.state for each in nodes}
    for step in child.definition.steps:
        inner = f"{node.id}/{step.id}"
        taken = None if node.state is None else states[inner] == "completed"
        if isinstance(step.step_type, model.Start):
            begun = None if taken is None else bool(child.seen)
            yield Edge(id=f"{pointer}/in", source=node.id, target=inner, kind="branch", taken=begun)
        elif isinstance(step.step_type, model.End):
            yield Edge(id=f"{pointer}/out/{step.id}", source=inner, target=node.id, kind="join", taken=taken)
