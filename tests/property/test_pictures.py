"""Any valid definition, whatever its steps are called, gives DOT that Graphviz reads and Mermaid that Mermaid reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.definition import check_definition
from chalicelib.visualization import as_json, dot, mermaid
from chalicelib.visualization.building import build
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.options import Options
from chalicelib.visualization.subject import Subject
from chalicelib.visualization.themes import THEMES
from chalicelib.visualization.words import edge_words, node_lines, region_words
from tests.property.definitions.changed import documents
from tests.property.definitions.strategies import Document, chains
from tests.unit.visualization.parsers import MermaidParser, parse_dot

pytestmark = pytest.mark.property

OPTIONS = st.builds(
    Options,
    theme=st.sampled_from(list(THEMES.values())),
    include_metadata=st.booleans(),
    direction=st.sampled_from(["TB", "LR"]),
    max_nodes=st.integers(1, 30),
)


@pytest.fixture(scope="module")
def parser() -> Iterator[MermaidParser]:
    found = MermaidParser()
    yield found
    found.close()


@st.composite
def renamed(draw: st.DrawFn, document: Document) -> model.WorkflowDefinition | None:
    """The definition of a document with any names at all; None if it is not valid."""
    definition = check_definition(document).definition
    if definition is None:
        return None
    names = st.text(min_size=1, max_size=40)
    replace: Any = msgspec.structs.replace
    return replace(  # type: ignore[no-any-return]
        definition,
        name=draw(names),
        steps=[replace(step, name=draw(st.none() | names)) for step in definition.steps],
        transitions=[replace(each, name=draw(st.none() | names)) for each in definition.transitions],
    )


def drawn_alike(graph: Graph, options: Options, parser: MermaidParser) -> None:
    """Fail unless both find the nodes, edges and regions that the graph has, under their names."""
    names = {node.id: "\n".join(node_lines(node, options)) for node in graph.nodes}
    regions = sorted(region_words(region) for region in graph.regions)
    in_dot = parse_dot(dot.render(graph, options))
    in_mermaid = parser.parse(mermaid.render(graph, options))

    assert in_dot["nodes"] == names
    assert sorted(in_dot["regions"]) == regions
    assert sorted(in_dot["edges"]) == sorted((edge.source, edge.target, edge_words(edge)) for edge in graph.edges)
    assert sorted(node["text"] for node in in_mermaid["nodes"]) == sorted(names.values())
    assert [edge["text"] for edge in in_mermaid["edges"]] == [edge_words(edge) for edge in graph.edges]
    assert sorted(region["title"] for region in in_mermaid["regions"]) == regions


@settings(suppress_health_check=[*HealthCheck])
@given(data=st.data(), options=OPTIONS)
def test_both_judges_find_what_is_drawn_when_a_definition_has_any_names(
    data: st.DataObject, options: Options, parser: MermaidParser
) -> None:
    definition = data.draw((chains() | documents).flatmap(renamed))
    if definition is None:
        return
    graph = build(Subject(definition=definition), options)

    drawn_alike(graph, options, parser)

    assert len(graph.nodes) <= options.max_nodes
    assert msgspec.json.decode(as_json.render(graph, options), type=Graph).nodes == graph.nodes
