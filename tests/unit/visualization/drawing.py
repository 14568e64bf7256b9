"""Graphs to draw: of documents, and of executions that were played. Layer: tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain.definitions.definition import load_definition
from chalicelib.domain.execution.trail import Trail
from chalicelib.domain.execution.views import status_view
from chalicelib.visualization.building import build
from chalicelib.visualization.graph import Edge, Graph, Node
from chalicelib.visualization.options import Options
from chalicelib.visualization.subject import Seen, Subject
from tests.unit.execution.play import Play


def subject_of(document: dict[str, Any], **fields: Any) -> Subject:
    """A definition alone."""
    return Subject(definition=load_definition(document).definition, **fields)


def played(play: Play, **fields: Any) -> Subject:
    """An execution as it was played so far."""
    return Subject(definition=play.program.definition, seen=[seen(play)], **fields)


def seen(play: Play) -> Seen:
    status = status_view(play.commits, play.program.definition)
    assert status is not None
    return Seen(status=status, trail=Trail(play.commits))


def drawn(subject: Subject | Play | dict[str, Any], now: datetime | None = None, **options: Any) -> Graph:
    """The graph of whatever it is."""
    if isinstance(subject, Play):
        return build(played(subject), Options(**options), now or subject.now)
    if isinstance(subject, dict):
        subject = subject_of(subject)
    return build(subject, Options(**options), now)


def node(graph: Graph, node_id: str) -> Node:
    (found,) = [each for each in graph.nodes if each.id == node_id]
    return found


def edge(graph: Graph, source: str, target: str, kind: str | None = None) -> Edge:
    (found,) = [
        each for each in graph.edges if (each.source, each.target) == (source, target) and kind in (None, each.kind)
    ]
    return found


def taken(graph: Graph) -> set[tuple[str, str, str]]:
    """The ways that were gone, as (source, target, kind)."""
    return {(each.source, each.target, each.kind) for each in graph.edges if each.taken}
