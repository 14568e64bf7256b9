"""What stands on the card of a step, line by line, and how large that makes it.

Layer: visualization. Words and sizes only; how a card is drawn is the renderer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec

from chalicelib.visualization.graph import Graph, Node
from chalicelib.visualization.measuring import cut, shown, width_of, wrapped
from chalicelib.visualization.options import Options
from chalicelib.visualization.phrases import clock_time, compact, sentence, state_phrase, type_phrase
from chalicelib.visualization.words import duration_words

Kind = Literal["name", "type", "state", "text", "error", "progress", "counts", "data"]

MARGIN: Final = 12.0
ICON: Final = 24.0
BESIDE_ICON: Final = MARGIN + ICON + 9.0
_WIDEST: Final = 248.0
_NARROWEST: Final = 148.0
NAME_SIZE: Final = 14.0
SIZE: Final = 11.5
_NAME_LINES: Final = 2
BESIDE_SYMBOL: Final = 14.0
BETWEEN: Final = 9.0
_LINE: Final[Mapping[Kind, float]] = {"name": 18, "type": 15, "progress": 13, "counts": 28, "state": 18}
_USUAL_LINE: Final = 15.0
_WAITING_LINES: Final = 2


class Line(NamedTuple):
    """A line of a card, ``top`` below the card's; ``end`` stands at its right."""

    kind: Kind
    text: str
    top: float
    end: str = ""


class Card(NamedTuple):
    """A card. Name and type stand beside the icon, the rest below it."""

    width: float
    height: float
    lines: tuple[Line, ...]


def card_of(node: Node, graph: Graph, options: Options, least: float = _NARROWEST) -> Card:
    """The card of a step of ``graph``, ``least`` wide."""
    lines = _lines(node, graph, options)
    name = shown(node.name) or shown(node.id)
    types = [width_of(text, SIZE) for kind, text, _ in lines if kind == "type"]
    beside = max([width_of(name, NAME_SIZE, bold=True), *types])
    below = max([counts_width(node.counts), *(_needed(*line) for line in lines if line[0] != "type")])
    width = 4 * -(-max(beside + BESIDE_ICON + MARGIN, below + 2 * MARGIN) // 4)
    width = max(min(width, _WIDEST), least)
    names = wrapped(name, width - BESIDE_ICON - MARGIN, NAME_SIZE, _NAME_LINES, bold=True)
    return _stacked(width, [*(("name", text, "") for text in names), *lines])


def _stacked(width: float, lines: list[tuple[Kind, str, str]]) -> Card:
    beside_icon = sum(_LINE[kind] for kind, _, _ in lines if kind in {"name", "type"})
    top, placed = MARGIN - 2 + max((ICON + 4 - beside_icon) / 2, 0), []
    icon_passed = False
    for kind, text, end in lines:
        if kind not in {"name", "type"} and not icon_passed:
            top, icon_passed = max(top, MARGIN + ICON) + 5, True
        room = width - MARGIN - (BESIDE_ICON if kind in {"name", "type"} else MARGIN)
        room -= width_of(end, SIZE) + 10 if end else 0
        room -= 20 if kind in {"state", "error"} else 0
        placed.append(
            Line(kind, text if kind == "counts" else cut(text, room, NAME_SIZE if kind == "name" else SIZE), top, end)
        )
        top += _LINE.get(kind, _USUAL_LINE)
    return Card(width, max(top, MARGIN + ICON) + MARGIN - 3, tuple(placed))


def counts_width(counts: Mapping[str, int]) -> float:
    """The room that a symbol and a number for each state take."""
    shown_counts = [str(count) for count in counts.values() if count > 0]
    return sum(BESIDE_SYMBOL + width_of(count, SIZE, bold=True) + BETWEEN for count in shown_counts)


def _needed(kind: Kind, text: str, end: str) -> float:
    mark = 20 if kind in {"state", "error"} else 0
    return width_of(text, SIZE) + mark + (width_of(end, SIZE) + 14 if end else 0)


def _lines(node: Node, graph: Graph, options: Options) -> list[tuple[Kind, str, str]]:
    said = node.name.casefold() == node.type
    lines: list[tuple[Kind, str, str]] = [] if said else [("type", type_phrase(node.type), "")]
    if node.state is not None:
        elapsed = duration_words(node.elapsed_ms) if options.show_elapsed_time and node.elapsed_ms is not None else ""
        lines.append(("state", state_phrase(node.state), elapsed))
    if node.progress_percentage is not None:
        lines.append(("progress", f"{min(max(node.progress_percentage, 0), 100):.0f} %", ""))
    if node.runs > 1 and node.counts:
        lines.append(("counts", "", ""))
    lines += _trouble(node, graph)
    if node.details:
        lines.append(("text", shown(node.details), ""))
    if options.include_timing and node.started_at:
        ended = clock_time(node.completed_at, graph.started_at) if node.completed_at else "…"
        lines.append(("text", f"{clock_time(node.started_at, graph.started_at)} – {ended}", ""))
    return [*lines, *_asked_for(node, options)]


def _trouble(node: Node, graph: Graph) -> list[tuple[Kind, str, str]]:
    lines: list[tuple[Kind, str, str]] = []
    if node.attempts > 1 or node.next_retry_at:
        of = f" of {node.max_attempts}" if node.max_attempts else ""
        lines.append(("text", f"Attempt {node.attempts}{of}", ""))
    if node.next_retry_at:
        lines.append(("text", f"Next attempt {clock_time(node.next_retry_at, graph.started_at)}", ""))
    if node.error is not None:
        lines.append(("error", shown(node.error.code), ""))
        lines += [
            ("text", line, "")
            for line in wrapped(shown(node.error.message), _WIDEST - 2 * MARGIN, SIZE, _WAITING_LINES)
        ]
    return lines


def _asked_for(node: Node, options: Options) -> list[tuple[Kind, str, str]]:
    lines: list[tuple[Kind, str, str]] = []
    if options.include_metadata and isinstance(node.metadata, dict):
        lines += [("text", shown(f"{sentence(key)}: {compact(value)}"), "") for key, value in node.metadata.items()]
    if options.show_input_output:
        lines += [("data", shown(f"{name} {compact(value)}"), "") for name, value in _data(node)]
    return lines


def _data(node: Node) -> list[tuple[str, Any]]:
    both = (("in", node.input), ("out", node.output))
    return [(name, value) for name, value in both if value is not msgspec.UNSET and value is not None]
