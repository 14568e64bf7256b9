"""Which engine lays a picture out.

Layer: visualization. ``auto`` asks Graphviz where it is installed, unless the graph is so large that it would take
seconds, and goes on without it when it fails; ``graphviz`` insists on it.
"""

from __future__ import annotations

from typing import Final

from chalicelib.visualization import graphviz, layered
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.layout import Layout, Sizes, arrange
from chalicelib.visualization.options import Options

_MOST_NODES: Final = 600


def laid_out(graph: Graph, sizes: Sizes, options: Options) -> Layout:
    """The layout of ``graph``. Raises ``LayoutUnavailable`` where Graphviz was asked for and gave none."""
    asked = options.layout_algorithm
    if asked == "graphviz" or (asked == "auto" and len(graph.nodes) <= _MOST_NODES):
        try:
            return arrange(graph, sizes, graphviz.arrange, options.direction)
        except graphviz.LayoutUnavailable:
            if asked == "graphviz":
                raise
    return arrange(graph, sizes, layered.arrange, options.direction)
