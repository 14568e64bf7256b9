"""Layouts by Graphviz, where it is installed: one call of ``dot`` for all graphs that are given.

Layer: visualization. What is sent has numbers only, no text of anybody's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any, Final

from chalicelib.domain.errors import InvalidRequest
from chalicelib.visualization.flat import Arranged, Flat, Item, Link, arranged
from chalicelib.visualization.geometry import Box, Point, Route
from chalicelib.visualization.options import Direction

TIMEOUT_SECONDS: Final = 10.0
_INCH: Final = 72.0
_RANKS: Final = {"first": "source", "last": "sink"}


class LayoutUnavailable(InvalidRequest):
    """Graphviz is not installed, failed, or took too long."""

    code = "LayoutUnavailable"


def arrange(flats: Sequence[Flat], direction: Direction) -> list[Arranged]:
    """The layouts of ``flats``. Raises ``LayoutUnavailable``."""
    program = shutil.which("dot")
    if program is None:
        raise LayoutUnavailable("Graphviz is not installed here. Ask for layout_algorithm layered or auto.")
    text = "\n".join(line for flat in flats for line in _dot(flat, direction))
    try:
        done = subprocess.run(  # noqa: S603
            [program, "-Tjson0"], input=text.encode(), capture_output=True, timeout=TIMEOUT_SECONDS, check=True
        )
        answers = list(_documents(done.stdout.decode()))
        return [_laid_out(flat, answer) for flat, answer in zip(flats, answers, strict=True)]
    except (OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
        message = f"Graphviz made no layout ({type(error).__name__}). Ask for layout_algorithm layered or auto."
        raise LayoutUnavailable(message) from error


def _dot(flat: Flat, direction: Direction) -> Iterator[str]:
    yield f"digraph {{ graph [rankdir={direction}, nodesep=0.5, ranksep=0.6, splines=polyline]"
    yield 'node [shape=box, fixedsize=true, label=""] edge [arrowhead=none]'
    for number, item in enumerate(flat.items):
        yield f"n{number} [width={max(item.width, 1) / _INCH:.4f}, height={max(item.height, 1) / _INCH:.4f}]"
    for layer, rank in _RANKS.items():
        held = [f"n{number}" for number, item in enumerate(flat.items) if item.layer == layer]
        if held:
            yield f"{{ rank={rank}; {'; '.join(held)} }}"
    for number, link in enumerate(flat.links):
        yield f"n{link.source} -> n{link.target} [id={number}, weight={link.weight}{_room(link)}]"
    yield "}"


def _room(link: Link) -> str:
    """A label without a text, of the size that the text will need."""
    if link.label is None:
        return ""
    width, height = link.label
    table = f'<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"><TR><TD></TD></TR></TABLE>'
    return f", label=<{table}>"


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """JSON documents one behind the other."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text.rstrip()):
        document, end = decoder.raw_decode(text, place)
        yield document
        place = end + len(text[end:]) - len(text[end:].lstrip())


def _laid_out(flat: Flat, answer: dict[str, Any]) -> Arranged:
    height = float(answer["bb"].split(",")[3])
    nodes = {node["name"]: node for node in answer.get("objects", ()) if "pos" in node}
    boxes = [_box(nodes[f"n{number}"], item, height) for number, item in enumerate(flat.items)]
    edges = {int(edge["id"]): edge for edge in answer.get("edges", ())}
    return arranged(flat, boxes, [_route(edges[number], height) for number in range(len(flat.links))])


def _box(node: dict[str, Any], item: Item, height: float) -> Box:
    x, y = _point(node["pos"], height)
    return Box(x - item.width / 2, y - item.height / 2, item.width, item.height)


def _route(edge: dict[str, Any], height: float) -> Route:
    """The corners of the way: of each curve that Graphviz gives for a straight part, start and end."""
    points = [_point(text, height) for text in edge["pos"].split() if text[0] not in "es"]
    label = _point(edge["lp"], height) if "lp" in edge else None
    return Route((*points[::3],), label)


def _point(text: str, height: float) -> Point:
    """Graphviz counts y upwards."""
    x, y = text.split(",")
    return Point(float(x), height - float(y))
