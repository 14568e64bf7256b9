"""Any graph, however its regions lie within each other and whatever its ways connect, is laid out without a fault."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.visualization import html, svg
from chalicelib.visualization.graph import Edge, Failure, Graph, Node, Region
from chalicelib.visualization.options import DIRECTIONS, Direction, LayoutAlgorithm, Options
from chalicelib.visualization.themes import THEMES
from tests.unit.visualization.handmade import faults, graph_of, laid

pytestmark = pytest.mark.property

IDS = [f"n{number}" for number in range(9)]
REGIONS = [f"r{number}" for number in range(5)]
KINDS = ["normal", "decision", "error", "timeout", "deadline", "branch", "join", "compensation", "handler"]
STATES = ["not_started", "running", "waiting_for_event", "completed", "failed", "skipped", "another"]
TEXT = st.text(max_size=60)
OPTIONS = st.builds(
    Options,
    theme=st.sampled_from(list(THEMES.values())),
    direction=st.sampled_from(DIRECTIONS),
    layout_algorithm=st.just("layered"),
    show_elapsed_time=st.booleans(),
    highlight_current_step=st.booleans(),
    show_input_output=st.booleans(),
    include_metadata=st.booleans(),
    include_timing=st.booleans(),
    include_metrics=st.booleans(),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs with regions inside regions, some of which contradict themselves."""
    place = st.none() | st.sampled_from(REGIONS)
    nodes = [
        Node(id=id, name=id, type="activity", region=draw(place)) for id in sorted(draw(st.sets(st.sampled_from(IDS))))
    ]
    edges = st.builds(
        Edge,
        id=st.just("e"),
        source=st.sampled_from(IDS),
        target=st.sampled_from(IDS),
        kind=st.sampled_from(KINDS),
        label=st.none() | st.just("text"),
    )
    regions = [
        Region(id=id, kind="branch", owner=draw(st.sampled_from(IDS)), label=id, parent=draw(place))
        for id in sorted(draw(st.sets(st.sampled_from(REGIONS))))
    ]
    return graph_of(nodes, draw(st.lists(edges, max_size=16)), regions)


def executed() -> st.SearchStrategy[Graph]:
    """Graphs of executions in which every text, number and state is any."""
    nodes = st.builds(
        Node,
        id=TEXT,
        name=TEXT,
        type=st.sampled_from(["activity", "start", "decision", "human", "event", "sub_workflow"]) | TEXT,
        region=st.none() | st.sampled_from(REGIONS),
        state=st.none() | st.sampled_from(STATES),
        current=st.booleans(),
        runs=st.integers(0, 5),
        counts=st.dictionaries(st.sampled_from(STATES), st.integers(0, 10_000)),
        attempts=st.integers(0, 9),
        max_attempts=st.none() | st.integers(1, 9),
        next_retry_at=st.none() | TEXT,
        started_at=st.none() | TEXT,
        completed_at=st.none() | TEXT,
        elapsed_ms=st.none() | st.integers(0, 10**12),
        progress_percentage=st.none() | st.floats(-5, 200),
        details=st.none() | TEXT,
        error=st.none() | st.builds(Failure, code=TEXT, message=TEXT),
        input=st.none() | TEXT | st.dictionaries(TEXT, st.integers()),
        metadata=st.dictionaries(TEXT, TEXT, max_size=2),
    )
    edges = st.builds(
        Edge,
        id=TEXT,
        source=st.just("a"),
        target=st.sampled_from(["a", "b"]),
        kind=st.sampled_from(KINDS),
        label=st.none() | TEXT,
        condition=st.none() | TEXT,
        taken=st.none() | st.booleans(),
    )
    return st.builds(
        Graph,
        view_type=st.sampled_from(["definition", "execution"]),
        workflow_id=TEXT,
        workflow_name=TEXT,
        workflow_version=TEXT,
        nodes=st.lists(nodes, max_size=4, unique_by=lambda node: node.id).map(tuple),
        edges=st.lists(edges, max_size=5).map(tuple),
        regions=st.lists(
            st.builds(
                Region, id=st.sampled_from(REGIONS), kind=st.just("map"), owner=TEXT, label=TEXT, total=st.none()
            ),
            max_size=2,
            unique_by=lambda region: region.id,
        ).map(tuple),
        state=st.none() | st.sampled_from(STATES),
        metrics=st.none() | st.dictionaries(TEXT, TEXT | st.integers() | st.dictionaries(TEXT, TEXT, max_size=2)),
    )


@pytest.mark.parametrize("engine", ["layered", "graphviz"])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(graph=graphs(), direction=st.sampled_from(DIRECTIONS))
def test_everything_is_in_its_place_when_a_graph_is_any(
    engine: LayoutAlgorithm, graph: Graph, direction: Direction
) -> None:
    assert list(faults(graph, laid(graph, direction=direction, layout_algorithm=engine))) == []


@given(graph=executed(), options=OPTIONS)
def test_a_picture_is_xml_when_texts_and_states_are_any(graph: Graph, options: Options) -> None:
    picture = ET.fromstring(svg.render(graph, options))

    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(picture.findall(".//*[@class='step']")) == len(graph.nodes)
    assert html.render(graph, options).endswith("</html>\n")
