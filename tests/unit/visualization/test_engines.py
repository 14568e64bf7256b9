"""Which engine lays out, and what becomes of it when Graphviz does not. Layer: tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from chalicelib.visualization import engines, graphviz, layered, svg
from chalicelib.visualization.flat import Arranged, Flat
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.graphviz import LayoutUnavailable
from chalicelib.visualization.layout import arrange
from chalicelib.visualization.options import Direction, LayoutAlgorithm, Options
from tests.unit.visualization.handmade import HOSTILE, everything_hostile, nested, sizes_of

DOT = """#!/bin/sh
/bin/cat > "${0%/*}/asked"
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are found in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(programs: Path, script: str) -> Path:
    """A ``dot`` that does what the script says; what it was asked is in the file given."""
    program = programs / "dot"
    program.write_text(f"{DOT}{script}\n")
    program.chmod(0o755)
    return programs / "asked"


def drawn(graph: Graph, algorithm: LayoutAlgorithm) -> str:
    return svg.render(graph, Options(layout_algorithm=algorithm))


def test_graphviz_lays_out_when_it_is_installed() -> None:
    graph = nested()

    assert drawn(graph, "auto") == drawn(graph, "graphviz")
    assert drawn(graph, "auto") != drawn(graph, "layered")


def test_the_library_lays_out_when_graphviz_is_not_installed(programs: Path) -> None:
    assert drawn(nested(), "auto") == drawn(nested(), "layered")


def test_a_picture_is_refused_when_graphviz_is_asked_for_and_not_installed(programs: Path) -> None:
    with pytest.raises(LayoutUnavailable, match=r"Graphviz is not installed here. Ask for layout_algorithm layered"):
        drawn(nested(), "graphviz")


@pytest.mark.parametrize("script", ["exit 1", "echo nothing", "echo '{}'", 'echo \'{"bb": "0,0,1,1"}\''])
def test_the_library_lays_out_when_graphviz_fails(programs: Path, script: str) -> None:
    install(programs, script)

    assert drawn(nested(), "auto") == drawn(nested(), "layered")
    with pytest.raises(LayoutUnavailable, match="Graphviz made no layout"):
        drawn(nested(), "graphviz")


def test_graphviz_is_given_up_when_it_takes_too_long(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz, "TIMEOUT_SECONDS", 0.1)
    install(programs, "exec /bin/sleep 60")

    with pytest.raises(LayoutUnavailable, match="TimeoutExpired"):
        drawn(nested(), "graphviz")


@pytest.mark.parametrize("text", HOSTILE[:4])
def test_graphviz_sees_nobodys_text_when_it_is_asked(programs: Path, text: str) -> None:
    asked = install(programs, "exit 1")

    drawn(everything_hostile(text), "auto")

    assert text not in asked.read_text()


def test_graphviz_is_not_asked_when_a_graph_is_large(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = install(programs, "exit 1")
    monkeypatch.setattr(engines, "_MOST_NODES", 5)

    drawn(nested(), "auto")

    assert not asked.exists()


def test_all_regions_of_one_depth_are_laid_out_at_once_when_there_are_several() -> None:
    calls: list[int] = []

    def counting(flats: Sequence[Flat], direction: Direction) -> list[Arranged]:
        calls.append(len(flats))
        return layered.arrange(flats, direction)

    arrange(nested(), sizes_of(nested()), counting, "TB")

    assert calls == [1, 2, 1]
