"""A graph as DOT, the language of Graphviz.

Layer: visualization. Every text is a quoted string: in it a quote and a backslash are escaped, the latter also because
a label's own escapes would be replaced, and an ampersand because entities would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chalicelib.visualization import words
from chalicelib.visualization.graph import Edge, Graph, Node, Region
from chalicelib.visualization.options import Options
from chalicelib.visualization.themes import Shape

_SHAPES: Final[dict[Shape, str]] = {
    "box": "box",
    "rounded": "box",
    "stadium": "box",
    "circle": "oval",
    "diamond": "diamond",
    "hexagon": "hexagon",
    "parallelogram": "parallelogram",
    "subroutine": "component",
    "note": "note",
}
_ROUND: Final = ("rounded", "stadium")
_STYLES: Final = {
    "timeout": "dashed",
    "deadline": "dashed",
    "error": "dashed",
    "compensation": "dotted",
    "join": "dotted",
}


_ONWARD: Final = frozenset({"normal", "error", "timeout"})


def render(graph: Graph, options: Options) -> str:
    """The text of a DOT file."""
    return "\n".join(_lines(graph, options)) + "\n"


def _lines(graph: Graph, options: Options) -> Iterator[str]:
    theme = options.theme
    font = _quoted(theme.font_name.split(",")[0].strip(" '\""))
    yield f"digraph {_quoted(graph.workflow_id)} {{"
    title = _label(words.title_lines(graph, options))
    yield f"  graph [label={title}, labelloc=t, fontsize=14, rankdir={options.direction}, fontname={font},"
    yield f'    fontcolor={_quoted(theme.text_color)}, bgcolor={_quoted(theme.background_color)}, tooltip=" "];'
    yield f"  node [fontname={font}, fontsize=11, style=filled, penwidth=1];"
    yield f"  edge [fontname={font}, fontsize=9, fontcolor={_quoted(theme.text_color)}];"
    yield from _inside(graph, options, None, 1, {region.id: at for at, region in enumerate(graph.regions)})
    for edge in graph.edges:
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [{_edge(edge, options)}];"
    for source, target in _after_regions(graph):
        yield f"  {_quoted(source)} -> {_quoted(target)} [style=invis, weight=0];"
    yield "}"


def _after_regions(graph: Graph) -> Iterator[tuple[str, str]]:
    """What has no arrow, but its place: what follows a step with regions comes after what is in them."""
    for join in graph.edges:
        if join.kind == "join":
            for edge in graph.edges:
                if edge.source == join.target and edge.kind in _ONWARD:
                    yield join.source, edge.target


def _inside(graph: Graph, options: Options, region: str | None, depth: int, numbers: dict[str, int]) -> Iterator[str]:
    """The nodes and regions directly inside a region, or outside of all."""
    indent = "  " * depth
    for node in graph.nodes:
        if node.region == region:
            yield f"{indent}{_quoted(node.id)} [{_node(node, options)}];"
    for inner in graph.regions:
        if inner.parent == region:
            yield f"{indent}subgraph cluster_{numbers[inner.id]} {{"
            yield f"{indent}  {_region(inner, options)}"
            yield from _inside(graph, options, inner.id, depth + 1, numbers)
            yield f"{indent}}}"


def _node(node: Node, options: Options) -> str:
    theme = options.theme
    fill, shape = theme.fill_of(node), theme.shape_of(node)
    stands_out = node.current and options.highlight_current_step
    style = ["filled", *(["rounded"] if shape in _ROUND else []), *(["bold"] if stands_out else [])]
    return _attributes(
        label=_label(words.node_lines(node, options)),
        tooltip=_label([words.plain(node.id, words.LONGEST_VALUE)]),
        shape=_SHAPES[shape],
        style=_quoted(",".join(style)),
        fillcolor=_quoted(fill),
        fontcolor=_quoted(theme.text_on(fill)),
        color=_quoted(theme.highlight_color if stands_out else theme.border_of(fill)),
        penwidth="3" if stands_out else "1",
    )


def _edge(edge: Edge, options: Options) -> str:
    label = words.edge_words(edge)
    return _attributes(
        label=_label([label]) if label else '""',
        tooltip=_label([words.plain(edge.condition or edge.kind, words.LONGEST_VALUE)]),
        color=_quoted(options.theme.line_of(edge)),
        style=_STYLES.get(edge.kind, "solid"),
        penwidth="2" if edge.taken else "1",
        constraint="false" if edge.kind == "join" else "true",
    )


def _region(region: Region, options: Options) -> str:
    theme = options.theme
    look = _attributes(
        label=_label([words.region_words(region)]),
        fontsize="10",
        style=_quoted("filled,rounded"),
        fillcolor=_quoted(theme.region_color),
        color=_quoted(theme.border_of(theme.region_color)),
        fontcolor=_quoted(theme.text_on(theme.region_color)),
    )
    return f"graph [{look}];"


def _attributes(**values: str) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _label(lines: list[str]) -> str:
    return '"' + "\\n".join(_escaped(line).replace("&", "&amp;") for line in lines) + '"'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
