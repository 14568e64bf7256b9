"""Where steps, regions and ways are: nothing overlaps, everything is where it belongs. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.visualization import layered
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.options import Direction, LayoutAlgorithm
from tests.unit.visualization.handmade import branch, faults, graph_of, laid, nested, step, way

ENGINES = ("layered", "graphviz")
DIRECTIONS = ("TB", "LR")

GRAPHS: dict[str, Graph] = {
    "nothing": graph_of([]),
    "one step": graph_of([step("a")]),
    "a loop": graph_of(
        [step("a"), step("b"), step("c")],
        [way("a", "b"), way("b", "c"), way("c", "a"), way("b", "b", "error", label="again"), way("b", "c", "error")],
    ),
    "parts": graph_of([step(name) for name in "abcdef"], [way("a", "b"), way("d", "e", "compensation")]),
    "many ways": graph_of([step("a"), step("b")], [way("a", "b", label=f"{number}") for number in range(8)]),
    "ways to nowhere": graph_of([step("a")], [way("a", "gone"), way("gone", "a")]),
    "nested": nested(),
    "an empty region": graph_of([step("a")], [], [branch("r", "a")]),
    "a region without its owner": graph_of(
        [step("a", "r"), step("b")],
        [way("a", "b"), way("b", "a", label="x")],
        [branch("r", "gone"), branch("s", "gone", "r")],
    ),
    "a step in a region that is not there": graph_of([step("a", "gone")], [way("a", "a")]),
    "a region within itself": graph_of([step("a", "r")], [way("a", "a")], [branch("r", "a", "r")]),
    "regions within each other": graph_of(
        [step("a", "s"), step("b", "r")], [way("a", "b")], [branch("r", "a", "s"), branch("s", "b", "r")]
    ),
    "fifty branches": graph_of(
        [step("all"), step("end"), *(step(f"s{number}", f"r{number}") for number in range(50))],
        [
            *(way("all", f"s{number}", "branch") for number in range(50)),
            *(way(f"s{number}", "all", "join") for number in range(50)),
            *(
                way("all", "end"),
                way("s3", "s44", "compensation"),
                way("s5", "end", "error"),
                way("end", "s40", "error"),
            ),
        ],
        [branch(f"r{number}", "all") for number in range(50)],
    ),
}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", GRAPHS)
def test_everything_is_in_its_place_when_a_graph_is_laid_out(
    name: str, engine: LayoutAlgorithm, direction: Direction
) -> None:
    layout = laid(GRAPHS[name], layout_algorithm=engine, direction=direction)

    assert list(faults(GRAPHS[name], layout)) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_the_layout_is_the_same_when_the_graph_is(engine: LayoutAlgorithm) -> None:
    assert laid(nested(), layout_algorithm=engine) == laid(nested(), layout_algorithm=engine)


@pytest.mark.parametrize(("direction", "axis"), [("TB", 1), ("LR", 0)])
def test_steps_follow_each_other_when_ways_lead_on(direction: Direction, axis: int) -> None:
    graph = graph_of([step("a"), step("b"), step("c")], [way("a", "b"), way("b", "c"), way("c", "a")])

    layout = laid(graph, direction=direction)

    assert layout.nodes["a"][axis] < layout.nodes["b"][axis] < layout.nodes["c"][axis]


def test_a_step_is_below_its_owner_when_it_is_in_a_region() -> None:
    layout = laid(nested())

    assert layout.headers["both"].bottom < layout.regions["A"].y
    assert layout.regions["B"].contains(layout.nodes["items"])
    assert layout.nodes["items"].contains(layout.regions["M"])
    assert layout.headers["items"].bottom < layout.nodes["each"].y
    assert layout.headers["end"] == layout.nodes["end"]


def test_branches_go_on_in_the_next_row_when_a_row_is_full() -> None:
    layout = laid(GRAPHS["fifty branches"])

    tops = {layout.regions[f"r{number}"].y for number in range(50)}
    assert 4 < len(tops) < 50
    assert layout.width < 2000


def test_a_large_graph_is_laid_out_when_it_has_many_ways() -> None:
    steps = [step(f"s{number}") for number in range(500)]
    ways = [way(f"s{number}", f"s{min(number + jump, 499)}") for number in range(499) for jump in (1, number % 7 + 1)]

    layout = laid(graph_of(steps, ways))

    assert len({tuple(box) for box in layout.nodes.values()}) == 500


def test_nothing_is_asked_of_the_engine_when_there_is_nothing_to_place() -> None:
    assert layered.arrange([], "TB") == []
