"""Pictures as a page: whole, without a network, and with nothing in it that a text could start. Layer: tests."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from chalicelib.visualization import html
from chalicelib.visualization.graph import Failure, Graph
from chalicelib.visualization.options import Options
from tests.unit.visualization.handmade import HOSTILE, everything_hostile, graph_of, nested, step

SHOW_ALL = {"include_metadata": True, "include_metrics": True, "include_timing": True, "show_input_output": True}
VOID = {"br", "input", "meta"}
OF_HTML = {
    *("html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "span", "div", "button", "label"),
    *("input", "table", "thead", "tbody", "tr", "th", "td", "strong", "small", "br", "details", "summary", "pre"),
    *("script", "dl", "dt", "dd"),
}
OF_SVG = {"svg", "g", "rect", "path", "text", "title"}


class Page(HTMLParser):
    """What is on a page; fails where an element is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OF_SVG, f"<{tag}/> would stay open"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def said(self) -> str:
        return "\n".join(text for tag, texts in self.texts.items() if tag not in {"script", "style"} for text in texts)


def page(graph: Graph, **options: Any) -> Page:
    return Page(html.render(graph, Options(**{"layout_algorithm": "layered", **options})))


def executed(**fields: Any) -> Graph:
    return graph_of([step("work", name="Do it", **fields)], view_type="execution", state="failed", execution_id="e-1")


def test_a_page_allows_its_own_style_and_script_when_it_is_made() -> None:
    found = page(nested())

    (policy,) = (str(each["content"]) for each in found.all("meta") if each.get("http-equiv"))
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        text = "".join(found.texts[tag])
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_a_page_asks_nothing_of_a_network_when_it_is_opened() -> None:
    text = html.render(nested(), Options())

    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(?:src|href|url\(|@import|fetch\(|XMLHttpRequest|WebSocket)\b", text.split("<body>")[1])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_text_when_it_is_anything(text: str) -> None:
    found = page(everything_hostile(text), **SHOW_ALL)

    assert {tag for tag, _ in found.elements} <= OF_HTML | OF_SVG
    assert len(found.all("script")) == 1
    names = {name for _, attributes in found.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"style", "src", "href"}]


def test_a_step_has_a_row_with_all_of_it_when_it_was_executed() -> None:
    found = page(
        executed(
            state="failed", current=True, attempts=2, max_attempts=3, elapsed_ms=1500, runs=2, progress_percentage=40,
            counts={"failed": 1, "completed": 1}, error=Failure(code="Timeout", message="nobody answered"),
            started_at="2026-01-01T00:00:01Z", completed_at="2026-01-01T00:00:02Z",
            next_retry_at="2026-01-01T01:00:00Z", input={"amount": 3}, output=None, details="page 7",
        ),
        show_input_output=True,
    )  # fmt: skip

    for text in ("Do it", "work", "Failed", "2 of 3", "1.5 s", "Timeout", "nobody answered", "40 %", "page 7", "Input"):
        assert text in found.said
    for text in ("1 completed, 1 failed", "2026-01-01 00:00:01", "next 2026-01-01 01:00:00", '{\n  "amount": 3\n}'):
        assert text in found.said
    assert len(found.all("details")) == 1
    assert {"class": "current"} in found.all("tr")


def test_a_page_has_rows_without_states_when_nothing_was_executed() -> None:
    found = page(nested())

    assert len(found.all("tr")) == 1 + 8
    assert "State" not in found.texts["th"]
    assert "Within" in found.texts["th"]


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("show_elapsed_time", "took 1.0 s"),
        ("include_metadata", "Activity type: a.B"),
        ("include_metrics", "Slowest steps"),
        ("include_metrics", "work 1.0 s"),
    ],
)
def test_something_is_shown_when_an_option_asks_for_it_alone(option: str, text: str) -> None:
    graph = graph_of(
        [step("work", metadata={"activity_type": "a.B"})],
        elapsed_ms=1000,
        started_at="2026-01-01T00:00:00Z",
        completed_at="2026-01-01T00:00:01Z",
        omitted=2,
        metrics={"slowest_steps": [{"step_id": "work", "elapsed_ms": 1000}]},
    )

    assert text in page(graph, **{option: True}).said
    assert text not in page(graph, **{option: False}).said
    assert "2 steps are not shown" in page(graph).said


def test_the_picture_can_be_used_by_keyboard_when_it_is_on_a_page() -> None:
    found = page(nested())

    (view,) = (each for each in found.all("div") if each.get("class") == "view")
    assert view["tabindex"] == "0"
    assert all(each["type"] == "button" for each in found.all("button"))
    assert found.all("html") == [{"lang": "en"}]


def test_a_cell_is_empty_when_there_is_nothing_to_say() -> None:
    found = page(executed(), **SHOW_ALL)

    assert found.texts["td"] == ["Activity"]
    assert "details" not in found.texts
