"""A graph as a Mermaid flowchart.

Layer: visualization. Nodes are named by number, since a step may be called ``end`` or ``graph``. In a label every sign
that is neither letter nor digit becomes a numeric entity: nothing is left that Mermaid, Markdown or HTML could read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.visualization import words
from chalicelib.visualization.graph import Edge, Graph, Node
from chalicelib.visualization.options import Options
from chalicelib.visualization.themes import Shape, Theme

_SHAPES: Final[dict[Shape, tuple[str, str]]] = {
    "box": ("[", "]"),
    "rounded": ("(", ")"),
    "stadium": ("([", "])"),
    "circle": ("((", "))"),
    "diamond": ("{", "}"),
    "hexagon": ("{{", "}}"),
    "parallelogram": ("[/", "/]"),
    "subroutine": ("[[", "]]"),
    "note": (">", "]"),
}
WORD_JOINER: Final = "\u2060"
"""Takes no room and cannot be seen."""
READ_AFTERWARDS: Final = ("\\n", "ﬂ°", "¶ß", ":fa-", "$$")
"""What Mermaid reads in a label when entities are signs again: a new line, its marks for entities, icons, formulas."""
_DASHED: Final = frozenset({"error", "timeout", "deadline", "compensation", "join"})


def render(graph: Graph, options: Options) -> str:
    """The text of a Mermaid file."""
    return "\n".join(_lines(graph, options)) + "\n"


def _lines(graph: Graph, options: Options) -> Iterator[str]:
    title = " · ".join(words.title_lines(graph, options))
    names = {node.id: f"n{at}" for at, node in enumerate(graph.nodes)}
    yield "---"
    yield f"title: {json.dumps(title, ensure_ascii=False)}"
    yield "---"
    yield f"flowchart {options.direction}"
    yield from _inside(graph, options, None, 1, names)
    for edge in graph.edges:
        yield f"  {names[edge.source]} {_arrow(edge)} {names[edge.target]}"
    yield from _looks(graph, options, names)


def _inside(graph: Graph, options: Options, region: str | None, depth: int, names: Mapping[str, str]) -> Iterator[str]:
    indent = "  " * depth
    for node in graph.nodes:
        if node.region == region:
            opening, closing = _SHAPES[options.theme.shape_of(node)]
            label = "<br/>".join(_escaped(line) for line in words.node_lines(node, options))
            yield f'{indent}{names[node.id]}{opening}"{label}"{closing}'
    for at, inner in enumerate(graph.regions):
        if inner.parent == region:
            yield f'{indent}subgraph r{at}["{_escaped(words.region_words(inner))}"]'
            yield from _inside(graph, options, inner.id, depth + 1, names)
            yield f"{indent}end"


def _arrow(edge: Edge) -> str:
    line = "==>" if edge.taken else "-.->" if edge.kind in _DASHED else "-->"
    label = _escaped(words.edge_words(edge))
    return f'{line}|"{label}"|' if label else line


def _looks(graph: Graph, options: Options, names: Mapping[str, str]) -> Iterator[str]:
    """Classes for nodes of the same look, and the colours of edges and regions."""
    theme = options.theme
    alike: dict[str, list[str]] = {}
    for node in graph.nodes:
        alike.setdefault(_style(node, options), []).append(names[node.id])
    for at, (style, members) in enumerate(alike.items()):
        yield f"  classDef c{at} {style}"
        yield f"  class {','.join(members)} c{at}"
    for at, _ in enumerate(graph.regions):
        yield f"  style r{at} {_filled(theme, theme.region_color)}"
    colours: dict[str, list[int]] = {}
    for at, edge in enumerate(graph.edges):
        colours.setdefault(theme.line_of(edge), []).append(at)
    for colour, edges in colours.items():
        yield f"  linkStyle {','.join(map(str, edges))} stroke:{colour}"


def _style(node: Node, options: Options) -> str:
    theme = options.theme
    if node.current and options.highlight_current_step:
        fill = theme.fill_of(node)
        return f"fill:{fill},color:{theme.text_on(fill)},stroke:{theme.highlight_color},stroke-width:3px"
    return _filled(theme, theme.fill_of(node))


def _filled(theme: Theme, fill: str) -> str:
    return f"fill:{fill},color:{theme.text_on(fill)},stroke:{theme.border_of(fill)}"


def _escaped(line: str) -> str:
    for read in READ_AFTERWARDS:
        while read in line:  # of three signs, the last two may be one again
            line = line.replace(read, f"{read[0]}{WORD_JOINER}{read[1:]}")
    return "".join(sign if sign.isalnum() or sign == " " else f"#{ord(sign)};" for sign in line)
