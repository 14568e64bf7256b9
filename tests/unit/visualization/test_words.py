"""What is written in a picture."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.domain.execution.events import EXECUTION_STATES, STEP_STATES
from chalicelib.visualization import dot, mermaid
from chalicelib.visualization.graph import NOT_STARTED, Edge, Failure, Graph, Node, Region
from chalicelib.visualization.options import Options
from chalicelib.visualization.themes import THEMES
from chalicelib.visualization.words import SIGNS, duration_words, edge_words, node_lines, region_words, title_lines
from tests.unit.execution.play import Play, activity, chain
from tests.unit.visualization.drawing import drawn


def lines(options: Options | None = None, **fields: Any) -> list[str]:
    """What stands below the name of a node."""
    return node_lines(Node(**{"id": "n", "name": "Pay", "type": "activity", **fields}), options or Options())[1:]


def test_every_state_has_a_sign_of_its_own_so_that_nobody_has_to_tell_colours_apart() -> None:
    states = {NOT_STARTED, *STEP_STATES}

    assert states | set(EXECUTION_STATES) == set(SIGNS)
    assert len({SIGNS[state] for state in states}) == len(states)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_500, "1.5 s"),
        (59_900, "59.9 s"),
        (61_000, "1 min 1 s"),
        (3_660_000, "1 h 1 min"),
        (93_600_000, "1 d 2 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(milliseconds: int, words: str) -> None:
    assert duration_words(milliseconds) == words


def test_a_step_says_its_type_when_it_has_no_state() -> None:
    assert lines() == ["activity"]
    assert lines(type="sub_workflow") == ["sub-workflow"]
    assert lines(name="start", type="start") == []


def test_a_step_says_everything_when_it_is_in_trouble() -> None:
    said = lines(
        Options(include_timing=True),
        state="scheduled",
        current=True,
        elapsed_ms=1_500,
        attempts=2,
        max_attempts=3,
        runs=2,
        counts={"scheduled": 1, "failed": 1},
        next_retry_at="2026-01-01T00:01:00Z",
        error=Failure(code="Boom", message="it failed"),
        details="for a worker",
        started_at="2026-01-01T00:00:00Z",
        completed_at="2026-01-01T00:00:30Z",
    )

    assert said == [
        "◔ scheduled, 1.5 s",
        "for a worker",
        "attempt 2 of 3",
        "next attempt at 2026-01-01T00:01:00Z",
        "2 runs: 1 failed, 1 scheduled",
        "Boom: it failed",
        "from 2026-01-01T00:00:00Z",
        "to 2026-01-01T00:00:30Z",
    ]


def test_a_step_says_less_when_less_is_asked_for() -> None:
    options = Options(show_elapsed_time=False)

    assert lines(options, state="completed", elapsed_ms=5, attempts=2, started_at="2026-01-01T00:00:00Z") == [
        "✓ completed",
        "attempt 2",
    ]


def test_progress_is_said_with_its_details() -> None:
    assert lines(state="running", progress_percentage=40.0, details="page 3")[1] == "40 % page 3"
    assert lines(state="running", progress_percentage=41.5)[1] == "41.5 %"


def test_a_start_is_said_without_an_end_when_there_is_none_yet() -> None:
    said = lines(Options(include_timing=True), state="running", started_at="2026-01-01T00:00:00Z")

    assert said[-1] == "from 2026-01-01T00:00:00Z"


def test_inputs_and_metadata_are_said_when_they_are_asked_for() -> None:
    options = Options(show_input_output=True, include_metadata=True)

    assert lines(options, input={"n": 1}, output=None, metadata={"activity_type": "t", "tags": {"a": "b"}}) == [
        "activity",
        "activity_type: t",
        'tags: {"a":"b"}',
        'in: {"n":1}',
    ]
    assert lines(options, output="done", metadata=msgspec.UNSET)[-1] == "out: done"


def test_a_way_says_its_label_or_its_condition_or_nothing() -> None:
    way = Edge(id="e", source="a", target="b", kind="normal")

    assert edge_words(way) == ""
    assert edge_words(msgspec.structs.replace(way, condition="true")) == "true"
    assert edge_words(msgspec.structs.replace(way, condition="true", label="always")) == "always"


def test_a_region_says_how_its_items_are() -> None:
    region = Region(id="r", kind="map", owner="m", label="each of $.input.lines")

    assert region_words(region) == "each of $.input.lines"
    assert region_words(msgspec.structs.replace(region, total=0)) == "each of $.input.lines (none)"
    counted = msgspec.structs.replace(region, total=12, counts={"completed": 3, "running": 9})
    assert region_words(counted) == "each of $.input.lines (12: 9 running, 3 completed)"


def test_the_title_says_how_the_execution_is() -> None:
    graph = Graph(
        view_type="execution",
        workflow_id="w",
        workflow_name="W",
        workflow_version="1.0.0",
        nodes=(),
        edges=(),
        execution_id="e-1",
        state="failed",
        elapsed_ms=2_000,
        omitted=3,
        metrics={"retries": 2, "runs_by_state": {}},
    )

    assert title_lines(graph, Options(include_metrics=True)) == [
        "W 1.0.0",
        "✗ failed, 2.0 s · e-1",
        "retries: 2",
        "3 steps are not shown",
    ]
    assert title_lines(graph, Options(show_elapsed_time=False))[1] == "✗ failed · e-1"


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_steps_at_work_stand_out_when_that_is_asked_for(theme: Any) -> None:
    graph = drawn(Play(chain(activity("a"))))

    for renderer, width in ((dot, "penwidth=3"), (mermaid, "stroke-width:3px")):
        assert width in renderer.render(graph, Options(theme=theme))
        assert width not in renderer.render(graph, Options(theme=theme, highlight_current_step=False))


def test_ways_gone_are_thicker_than_the_others() -> None:
    graph = drawn(Play(chain(activity("a"))))

    assert "n0 ==> n1" in mermaid.render(graph, Options())
    assert "n1 --> n2" in mermaid.render(graph, Options())
    assert dot.render(graph, Options()).count("penwidth=2") == 1
