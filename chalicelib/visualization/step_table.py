"""The steps of a picture as an HTML table, a row for each in the order of the graph.

Layer: visualization.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from chalicelib.visualization.graph import Graph, Node
from chalicelib.visualization.markup import Markup, join, tag
from chalicelib.visualization.measuring import shown
from chalicelib.visualization.options import Options
from chalicelib.visualization.page_states import state_of
from chalicelib.visualization.phrases import clock_time, compact, sentence, type_phrase
from chalicelib.visualization.svg_cards import counted
from chalicelib.visualization.words import duration_words


class _Column(NamedTuple):
    title: str
    cell: Callable[[Node], str]
    tight: bool = False


def table_of(graph: Graph, options: Options) -> Markup:
    """The table of the steps of ``graph``."""
    columns = _columns(graph, options)
    head = tag("tr", *(tag("th", column.title, scope="col") for column in columns))
    rows = [
        tag(
            "tr",
            *(tag("td", column.cell(node), class_="tight" if column.tight else None) for column in columns),
            class_="current" if node.current and options.highlight_current_step else None,
        )
        for node in graph.nodes
    ]
    table = tag("table", tag("thead", head), Markup(f"<tbody>{join(*rows)}</tbody>"))
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label="Steps")


def _columns(graph: Graph, options: Options) -> list[_Column]:
    labels = {region.id: region.label for region in graph.regions}
    columns = [_Column("Step", _name), _Column("Type", lambda node: type_phrase(node.type), tight=True)]
    if graph.regions:
        columns.append(_Column("Within", lambda node: shown(labels.get(node.region or "", ""))))
    if graph.view_type == "execution":
        columns += _of_execution(graph, options)
    if options.include_metadata:
        columns.append(_Column("Definition", _metadata))
    if options.show_input_output:
        columns += [
            _Column("Input", lambda node: _value("Input", node.input)),
            _Column("Output", lambda node: _value("Output", node.output)),
        ]
    return columns


def _of_execution(graph: Graph, options: Options) -> list[_Column]:
    def at(moment: str | None) -> str:
        return "" if moment is None else clock_time(moment, graph.started_at)

    columns = [
        _Column("State", _state),
        _Column("Started (UTC)", lambda node: at(node.started_at), tight=True),
        _Column("Ended (UTC)", lambda node: at(node.completed_at), tight=True),
    ]
    if options.show_elapsed_time:
        took = _Column(
            "Took", lambda node: "" if node.elapsed_ms is None else duration_words(node.elapsed_ms), tight=True
        )
        columns.append(took)
    return [*columns, _Column("Attempts", _attempts), _Column("Error", _error)]


def _name(node: Node) -> str:
    name = shown(node.name) or shown(node.id)
    return join(tag("strong", name), Markup("<br>"), tag("small", shown(node.id)))


def _state(node: Node) -> str:
    if node.state is None:
        return ""
    more = [counted(node.counts)] if node.runs > 1 else []
    if node.progress_percentage is not None:
        more.append(f"{node.progress_percentage:.0f} %")
    if node.details:
        more.append(shown(node.details))
    return join(state_of(node.state), *(tag("div", line, class_="quiet") for line in more))


def _elapsed(node: Node) -> str:
    return "" if node.elapsed_ms is None else duration_words(node.elapsed_ms)


def _attempts(node: Node) -> str:
    if not node.attempts:
        return ""
    of = f" of {node.max_attempts}" if node.max_attempts else ""
    again = tag("div", f"next {clock_time(node.next_retry_at)}", class_="quiet") if node.next_retry_at else ""
    return join(f"{node.attempts}{of}", again)


def _error(node: Node) -> str:
    if node.error is None:
        return ""
    return join(tag("strong", shown(node.error.code), class_="error"), Markup("<br>"), shown(node.error.message))


def _metadata(node: Node) -> str:
    if not isinstance(node.metadata, dict):
        return ""
    rows = (tag("div", shown(f"{sentence(key)}: {compact(value)}")) for key, value in node.metadata.items())
    return join(*rows)


def _value(name: str, value: Any) -> str:
    """A value to be opened; whole, as only a page has room for it."""
    if value is msgspec.UNSET or value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return tag("details", tag("summary", name), tag("pre", text))
