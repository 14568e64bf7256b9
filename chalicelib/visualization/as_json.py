"""A graph as JSON: the whole model under its own names.

Layer: visualization.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.options import Options


def to_builtins(graph: Graph) -> dict[str, Any]:
    """The graph as a JSON value; what was not asked for is absent."""
    found: dict[str, Any] = msgspec.to_builtins(graph, builtin_types=(Decimal,))
    return found


def render(graph: Graph, options: Options) -> str:  # noqa: ARG001 - every renderer is called alike
    """The text of a JSON file."""
    return jsonvalue.dumps(to_builtins(graph)).decode() + "\n"
