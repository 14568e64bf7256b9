"""Every format that a picture comes in: what renders it, its media type and the suffix of its files.

Layer: visualization. A renderer is imported when it is first needed: those that draw are large.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple

from chalicelib.visualization.graph import Graph
from chalicelib.visualization.options import Format, Options


class Kind(NamedTuple):
    """``module`` of this package has a function ``render(graph, options)``; ``suffixes`` are those of its files."""

    module: str
    media_type: str
    suffixes: tuple[str, ...]


KINDS: Final[dict[Format, Kind]] = {
    "svg": Kind("svg", "image/svg+xml", (".svg",)),
    "png": Kind("png", "image/png", (".png",)),
    "dot": Kind("dot", "text/vnd.graphviz", (".dot", ".gv")),
    "mermaid": Kind("mermaid", "text/vnd.mermaid", (".mmd", ".mermaid")),
    "json": Kind("as_json", "application/json", (".json",)),
    "html": Kind("html", "text/html", (".html", ".htm")),
}


def render(graph: Graph, options: Options, format: Format) -> str | bytes:
    """The picture: bytes for ``png``, text for every other format."""
    module = import_module(f"chalicelib.visualization.{KINDS[format].module}")
    rendered: str | bytes = module.render(graph, options)
    return rendered if isinstance(rendered, bytes) else str(rendered)  # not a kind of text that knows it is markup


def format_of(file_name: str) -> Format | None:
    """The format that the suffix of a file's name says, if it says one."""
    return next((format for format, kind in KINDS.items() if file_name.lower().endswith(kind.suffixes)), None)
