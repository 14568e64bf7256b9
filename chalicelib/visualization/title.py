"""What stands above a picture, the workflow and how its execution is, and the legend below it.

Layer: visualization.
"""

from __future__ import annotations

from typing import Any, Final

from chalicelib.visualization.colours import accent
from chalicelib.visualization.geometry import Box, Point
from chalicelib.visualization.glyphs import state_icon
from chalicelib.visualization.graph import Edge, EdgeKind, Graph
from chalicelib.visualization.markup import Markup, element, join
from chalicelib.visualization.measuring import cut, shown, width_of
from chalicelib.visualization.options import Options
from chalicelib.visualization.phrases import clock_time, compact, sentence, state_phrase
from chalicelib.visualization.svg_cards import quieter, text_at
from chalicelib.visualization.svg_ways import DASHES
from chalicelib.visualization.themes import Theme
from chalicelib.visualization.words import duration_words

Size = tuple[float, float]

_NAME: Final = 20.0
_SMALL: Final = 12.5
_WIDEST: Final = 620.0
_MOST_METRICS: Final = 12
_KINDS: Final[dict[EdgeKind, str]] = {
    "error": "on an error",
    "timeout": "on a timeout",
    "deadline": "at a deadline",
    "compensation": "compensation",
    "handler": "event handler",
}
_SAMPLE: Final = 34.0
_LEGEND_ROW: Final = 22.0
_SUMMARY_HEIGHT: Final = 28.0


def title_size(graph: Graph, options: Options) -> Size:
    """The room that is needed above the picture."""
    lines = _lines(graph, options)
    width = max(
        width_of(_name(graph), _NAME, bold=True) + _badge_width(graph, options),
        *(width_of(line, _SMALL) for line in lines),
    )
    return width, 34 + 18.0 * len(lines) + 18


def drawn_title(graph: Graph, options: Options, box: Box) -> Markup:
    """Name, version, execution, state and figures."""
    theme = options.theme
    ink, quiet = theme.text_on(theme.background_color), quieter(theme, theme.background_color)
    lines = [
        text_at(line, box.x, box.y + 42 + 18 * place, _SMALL, quiet)
        for place, line in enumerate(_lines(graph, options))
    ]
    return join(text_at(_name(graph), box.x, box.y + 19, _NAME, ink, bold=True), _badge(graph, options, box), *lines)


def legend_size(graph: Graph) -> Size:
    """The room that is needed below the picture; none where no kind of way needs a word."""
    entries = _entries(graph)
    if not entries:
        return 0.0, 0.0
    return sum(_entry_width(text) for text, _ in entries), _LEGEND_ROW + 18


def drawn_legend(graph: Graph, theme: Theme, origin: Point) -> Markup:
    """A sample of each kind of way with its name."""
    parts, left, level = [], origin.x, origin.y + 18 + _LEGEND_ROW / 2
    for text, edge in _entries(graph):
        width = 2.8 if edge.taken else 1.6
        line = f"M{left:g} {level:g}h{_SAMPLE - 8:g}"
        color = theme.line_of(edge)
        parts += [
            element(
                "path", d=line, stroke=color, stroke_width=width, stroke_dasharray=DASHES.get(edge.kind), fill="none"
            ),
            text_at(text, left + _SAMPLE, level + 4, _SMALL, quieter(theme, theme.background_color)),
        ]
        left += _entry_width(text)
    return element("g", *parts)


def _name(graph: Graph) -> str:
    return cut(shown(graph.workflow_name) or shown(graph.workflow_id), _WIDEST, _NAME, bold=True)


def _lines(graph: Graph, options: Options) -> list[str]:
    about = f"{graph.workflow_id} · version {graph.workflow_version}"
    lines = [about if graph.execution_id is None else f"{about} · execution {graph.execution_id}"]
    if options.include_timing and graph.started_at:
        ended = f" – {clock_time(graph.completed_at, graph.started_at)}" if graph.completed_at else ""
        lines.append(f"{clock_time(graph.started_at)}{ended} UTC")
    if options.include_metrics and graph.metrics:
        lines += _rows(
            [f"{sentence(name)}: {value}" for name, value in figures(_single(graph.metrics))[:_MOST_METRICS]]
        )
    if graph.omitted:
        lines.append(f"{graph.omitted} more step{'s' if graph.omitted > 1 else ''} not shown")
    return [cut(shown(line), _WIDEST, _SMALL) for line in lines]


def figures(metrics: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Metrics and what they are called, those within others one by one; durations in words."""
    found: list[tuple[str, str]] = []
    for name, value in metrics.items():
        if isinstance(value, dict):
            found += figures(value, f"{prefix}{name} ")
        elif name.endswith("_ms") and isinstance(value, int):
            found.append((prefix + name.removesuffix("_ms"), duration_words(value)))
        elif isinstance(value, list):
            found.append((prefix + name, ", ".join(_listed(each) for each in value)))
        elif value is not None:
            found.append((prefix + name, compact(value)))
    return found


def _listed(value: Any) -> str:
    """One of a list: of a step and how long it took, as the slowest ones, in words."""
    match value:
        case {"step_id": str(step), "elapsed_ms": int(elapsed)}:
            return f"{step} {duration_words(elapsed)}"
    return compact(value)


def _single(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if not isinstance(value, dict | list)}


def _rows(said: list[str]) -> list[str]:
    rows: list[str] = []
    for figure in said:
        if rows and width_of(f"{rows[-1]} · {figure}", _SMALL) < _WIDEST:
            rows[-1] += f" · {figure}"
        else:
            rows.append(figure)
    return rows


def _badge_text(graph: Graph, options: Options) -> str:
    elapsed = graph.elapsed_ms is not None and options.show_elapsed_time
    return state_phrase(graph.state or "") + (f" · {duration_words(graph.elapsed_ms or 0)}" if elapsed else "")


def _badge_width(graph: Graph, options: Options) -> float:
    return width_of(_badge_text(graph, options), _SMALL, bold=True) + 66 if graph.state else 0


def _badge(graph: Graph, options: Options, box: Box) -> Markup:
    """The state of the execution, beside the name."""
    if graph.state is None:
        return Markup()
    theme = options.theme
    fill = theme.node_colors.get(_state_of_step(graph.state), theme.region_color)
    text = _badge_text(graph, options)
    width = width_of(text, _SMALL, bold=True) + 42
    left = box.right - width
    ground = element(
        "rect", x=left, y=box.y, width=width, height=_SUMMARY_HEIGHT - 2, rx=13, fill=fill,
        stroke=accent(fill, theme.background_color), stroke_width=1.2,
    )  # fmt: skip
    symbol = state_icon(graph.state, left + 10, box.y + 5, 16, theme.text_on(fill))
    return join(ground, symbol, text_at(text, left + 31, box.y + 17.5, _SMALL, theme.text_on(fill), bold=True))


def _state_of_step(state: str) -> str:
    """Executions have two states that steps have not."""
    return "failed" if state in {"partially_failed", "timed_out"} else state


def _entries(graph: Graph) -> list[tuple[str, Edge]]:
    """What the legend explains, each with an edge that looks like it."""
    entries = [(_KINDS[kind], _like(kind)) for kind in _KINDS if any(edge.kind == kind for edge in graph.edges)]
    if any(edge.taken is not None for edge in graph.edges):
        entries = [("taken", _like("normal", taken=True)), ("not taken", _like("normal", taken=False)), *entries]
    return entries


def _like(kind: EdgeKind, taken: bool | None = None) -> Edge:
    return Edge(id="", source="", target="", kind=kind, taken=taken)


def _entry_width(text: str) -> float:
    return _SAMPLE + width_of(text, _SMALL) + 24
