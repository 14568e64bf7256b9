"""What is written in a picture: of a node line by line, of an edge beside it, and of the whole above it.

Layer: visualization. Plain text that each renderer escapes for its own format. A state is always said in words, beside
a sign, so that nobody has to tell colours apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.visualization.graph import Edge, Graph, Node, Region
from chalicelib.visualization.options import Options

SIGNS: Final = {
    "not_started": "○",
    "pending": "◌",
    "scheduled": "◔",
    "running": "▶",
    "waiting_for_event": "✉",
    "waiting_for_timer": "◷",
    "waiting_for_human_intervention": "☺",
    "waiting_for_confirmation": "?",
    "paused": "‖",
    "completed": "✓",
    "skipped": "»",
    "failed": "✗",
    "canceled": "⊘",
    "partially_failed": "!",
    "timed_out": "⊗",
}
_STATES: Final = {
    "waiting_for_human_intervention": "waiting for a person",
    "waiting_for_event": "waiting for an event",
    "waiting_for_timer": "waiting for a time",
}
_TYPES: Final = {"sub_workflow": "sub-workflow", "map": "map", "wait": "wait for an event", "event": "publish an event"}
LONGEST_LINE: Final = 60
LONGEST_VALUE: Final = 120
# What moves no cursor and marks no end, but cannot be seen or turns the writing around.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]"
)


def plain(text: str, longest: int = LONGEST_LINE) -> str:
    """One line of ``text`` that can be shown anywhere: no control characters, no half characters, not too long."""
    whole = text.encode("utf-8", "replace").decode()
    seen = "".join(sign for sign in _UNSEEN.sub(" ", whole) if ord(sign) & 0xFFFE != 0xFFFE)
    line = " ".join(seen.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def state_words(state: str) -> str:
    """A state as people read it."""
    return _STATES.get(state, state.replace("_", " "))


def type_words(type_: str) -> str:
    """A type of step as people read it."""
    return _TYPES.get(type_, type_.replace("_", " "))


def duration_words(milliseconds: int) -> str:
    """A duration in its two largest units."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{milliseconds} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds_left = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left} h"
    return f"{hours} h {minutes_left} min" if hours else f"{minutes_left} min {seconds_left} s"


def node_lines(node: Node, options: Options) -> list[str]:
    """What stands in a node, its name first."""
    return [plain(line) for line in _node_lines(node, options)]


def _node_lines(node: Node, options: Options) -> Iterator[str]:
    yield node.name
    if node.state is None:
        if node.name.casefold() != node.type:
            yield type_words(node.type)
    else:
        yield from _state_lines(node, options)
    if options.include_metadata and isinstance(node.metadata, dict):
        for name, value in node.metadata.items():
            yield f"{name}: {_value(value)}"
    if options.show_input_output:
        for label, value in (("in", node.input), ("out", node.output)):
            if value is not msgspec.UNSET and value is not None:
                yield f"{label}: {_value(value)}"


def _state_lines(node: Node, options: Options) -> Iterator[str]:
    state = str(node.state)
    elapsed = node.elapsed_ms if options.show_elapsed_time else None
    yield f"{SIGNS.get(state, '·')} {state_words(state)}" + ("" if elapsed is None else f", {duration_words(elapsed)}")
    if node.progress_percentage is not None:
        yield f"{node.progress_percentage:g} % {node.details or ''}"
    elif node.details is not None:
        yield node.details
    if node.attempts > 1:
        yield f"attempt {node.attempts}" + ("" if node.max_attempts is None else f" of {node.max_attempts}")
    if node.next_retry_at is not None and node.current:
        yield f"next attempt at {node.next_retry_at}"
    if node.runs > 1:
        yield f"{node.runs} runs: {counts_words(node.counts)}"
    if node.error is not None:
        yield f"{node.error.code}: {node.error.message}"
    if options.include_timing and node.started_at is not None:
        yield f"from {node.started_at}"
        if node.completed_at is not None:
            yield f"to {node.completed_at}"


def counts_words(counts: dict[str, int]) -> str:
    """Counts by state, the most first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {state_words(state)}" for state, count in ordered)


def edge_words(edge: Edge) -> str:
    """What stands beside an edge; empty for one that needs no words."""
    return plain(edge.label or edge.condition or "", LONGEST_LINE)


def region_words(region: Region) -> str:
    """What stands above a region."""
    label = plain(region.label)
    if region.total is None:
        return label
    return f"{label} ({region.total}: {counts_words(region.counts)})" if region.total else f"{label} (none)"


def title_lines(graph: Graph, options: Options) -> list[str]:
    """What stands above the whole."""
    lines = [plain(f"{graph.workflow_name} {graph.workflow_version}", LONGEST_VALUE)]
    if graph.state is not None:
        elapsed = graph.elapsed_ms if options.show_elapsed_time else None
        took = "" if elapsed is None else f", {duration_words(elapsed)}"
        lines.append(f"{SIGNS.get(graph.state, '·')} {state_words(graph.state)}{took} · {graph.execution_id}")
    if options.include_metrics and graph.metrics is not None:
        lines.append(plain(", ".join(_figures(graph.metrics)), LONGEST_VALUE))
    if graph.omitted:
        lines.append(f"{graph.omitted} steps are not shown")
    return lines


def _figures(metrics: dict[str, Any]) -> Iterator[str]:
    for name, value in metrics.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{name.replace('_', ' ')}: {value}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else jsonvalue.dumps(value).decode()
