"""Which engine lays a picture out.

Layer: visualization. ``auto`` asks Graphviz where it is installed, and goes on without it when it fails or takes too
long; ``graphviz`` insists on it.
"""

from __future__ import annotations

from chalicelib.visualization import graphviz, layered
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.layout import Layout, Sizes, arrange
from chalicelib.visualization.options import Options


def laid_out(graph: Graph, sizes: Sizes, options: Options) -> Layout:
    """The layout of ``graph``. Raises ``LayoutUnavailable`` where Graphviz was asked for and gave none."""
    if options.layout_algorithm != "layered":
        try:
            return arrange(graph, sizes, graphviz.arrange, options.direction)
        except graphviz.LayoutUnavailable:
            if options.layout_algorithm == "graphviz":
                raise
    return arrange(graph, sizes, layered.arrange, options.direction)
