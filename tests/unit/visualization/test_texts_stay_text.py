"""Whatever a step is called, it stays text: in DOT by Graphviz's judgement, in Mermaid by that of its own parser."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from chalicelib.visualization import as_json, dot, mermaid
from chalicelib.visualization.options import Options
from chalicelib.visualization.words import plain
from tests.unit.execution.play import workflow
from tests.unit.visualization.drawing import drawn
from tests.unit.visualization.parsers import MermaidParser, parse_dot

NAMES = [
    "<script>alert(1)</script>",
    '"];',
    '"]; evil [label="x',
    "`x`",
    "`**bold**`",
    "end",
    "graph",
    "subgraph",
    "click a href",
    "two\nlines\r\nand\ttabs",
    "a \\ b \\n c \\N \\G \\l",
    "ends with \\",
    "&lt; &amp; &#60; #60; #quot;",
    "ﬂ°°60¶ß",
    "1. first",
    "- item",
    "# heading",
    "    code",
    "_under_ *star* ~~gone~~ [link](http://x) ![i](x)",
    "{{ template }} {a} ${b}",
    "%% comment",
    "%%{init: {}}%%",
    "---",
    "a --> b",
    "|pipe|",
    "fa:fa-car",
    "$$x^2$$ $$$",
    "😀👩‍👩‍👧 🇨🇳",
    "订单履行：检查库存",
    "عربي",
    "\u202eturned around\u202c",
    "zero\x00 and \x1b[31m",
    "x" * 250,
]


def named(name: str) -> dict[str, Any]:
    """A decision, a branch and a transition with this name."""
    work = {"id": "work", "name": name, "step_type": {"type": "script", "expression": "1"}}
    other = {**work, "id": "other"}
    branches = [{"name": name, "entry_step_id": "other", "exit_step_id": "other"}]
    side = {"id": "side", "step_type": {"type": "parallel", "branches": branches}}
    transitions = [
        {"from_step_id": "start", "to_step_id": "work", "name": name, "condition": "true"},
        ("work", "side"),
        ("side", "end"),
    ]
    return workflow(work, side, other, transitions=transitions, name=name[:200])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is_when_graphviz_reads_it(name: str) -> None:
    graph = drawn(named(name))

    found = parse_dot(dot.render(graph, Options()))

    assert found["nodes"]["work"] == f"{plain(name)}\nscript"
    assert ("start", "work", plain(name)) in found["edges"]
    assert found["regions"] == [plain(name)]
    assert len(found["nodes"]) == len(graph.nodes)
    assert len(found["edges"]) == len(graph.edges)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is_when_mermaid_reads_it(name: str, mermaid_parser: MermaidParser) -> None:
    graph = drawn(named(name))

    text = mermaid.render(graph, Options())
    found = mermaid_parser.parse(text)

    assert found["type"] == "flowchart-v2"
    assert found["nodes"][1]["text"] == f"{plain(name)}\nscript"
    assert ("n0", "n1", plain(name)) in [(each["start"], each["end"], each["text"]) for each in found["edges"]]
    assert yaml.safe_load(text.split("---\n")[1]) == {"title": plain(f"{graph.workflow_name} 1.0.0", 120)}
    assert [(each["title"], each["nodes"]) for each in found["regions"]] == [(plain(name), ["n3"])]
    assert len(found["nodes"]) == len(graph.nodes)
    assert len(found["edges"]) == len(graph.edges)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_to_the_letter_when_it_is_json(name: str) -> None:
    found = json.loads(as_json.render(drawn(named(name)), Options()))

    assert found["nodes"][1]["name"] == name


def test_a_line_is_cut_when_it_is_too_long() -> None:
    assert plain("x" * 100) == "x" * 59 + "…"
    assert plain("a b", 3) == "a b"


def test_half_a_character_is_shown_as_a_mark_when_there_is_one() -> None:
    assert plain("a\ud800b") == "a?b"
