"""Pictures as one HTML page: the SVG to zoom and to move, and a table of the steps.

Layer: visualization. The page asks nothing of any network: its policy allows its own style and script, by their hashes,
and nothing else. Without the script the picture is there too, and scrolls.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from chalicelib.visualization import svg
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.markup import Markup, join, tag
from chalicelib.visualization.measuring import shown
from chalicelib.visualization.options import Options
from chalicelib.visualization.page_states import state_of
from chalicelib.visualization.phrases import clock_time, sentence
from chalicelib.visualization.step_table import table_of
from chalicelib.visualization.title import figures
from chalicelib.visualization.words import duration_words

_HOW: Final = "Picture: arrow keys move it, plus and minus zoom, 0 shows all of it, 1 its width"


def render(graph: Graph, options: Options) -> str:
    """The page of ``graph``. Raises ``LayoutUnavailable``."""
    style, script = _part("page.css"), _part("page.js")
    name = shown(graph.workflow_name) or shown(graph.workflow_id)
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        tag("title", f"{name} {shown(graph.workflow_version)}"),
        Markup(f"<style>{style}</style>"),
    )
    body = tag(
        "body",
        _header(graph, options, name),
        _picture(graph, options),
        _metrics(graph, options),
        tag("h2", "Steps"),
        Markup('<label class="filter">Filter <input type="search" autocomplete="off"></label>'),
        table_of(graph, options),
        Markup(f"<script>{script}</script>"),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{head}{body}</html>\n'


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _part(name: str) -> str:
    return (files("chalicelib.visualization") / "page" / name).read_text(encoding="utf-8")


def _header(graph: Graph, options: Options, name: str) -> Markup:
    about = [graph.workflow_id, f"version {graph.workflow_version}"]
    if graph.execution_id is not None:
        about.append(f"execution {graph.execution_id}")
    if graph.started_at is not None:
        about.append(f"started {clock_time(graph.started_at)} UTC")
    if graph.completed_at is not None:
        about.append(f"ended {clock_time(graph.completed_at)} UTC")
    if graph.elapsed_ms is not None and options.show_elapsed_time:
        about.append(
            f"took {duration_words(graph.elapsed_ms)}" if graph.completed_at else duration_words(graph.elapsed_ms)
        )
    if graph.omitted:
        about.append(f"{graph.omitted} steps are not shown")
    state = state_of(graph.state) if graph.state is not None else ""
    heading = tag("h1", name, tag("span", state, class_="chip") if state else "")
    return tag("header", heading, tag("p", shown(" · ".join(about))))


def _picture(graph: Graph, options: Options) -> Markup:
    tools = tag(
        "div",
        tag("button", "−", type="button", data_do="out", aria_label="Zoom out"),
        tag("button", "+", type="button", data_do="in", aria_label="Zoom in"),
        tag("button", "Fit width", type="button", data_do="reset"),
        tag("button", "Fit all", type="button", data_do="whole"),
        tag("span", " ", data_level="", aria_live="polite"),
        class_="tools",
    )
    picture = Markup(svg.drawn(graph, options, titled=False)[1])
    view = tag("div", picture, class_="view", tabindex=0, role="group", aria_label="Picture: arrows move, + and - zoom")
    return tag("div", tools, view, class_="picture")


def _metrics(graph: Graph, options: Options) -> Markup:
    if not (options.include_metrics and graph.metrics):
        return Markup()
    rows = [
        tag("div", tag("dt", shown(sentence(name))), tag("dd", shown(value))) for name, value in figures(graph.metrics)
    ]
    return join(tag("h2", "Figures"), tag("dl", *rows))
