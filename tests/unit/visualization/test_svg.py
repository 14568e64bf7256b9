"""Pictures as SVG: what is in them, and that it stays text. Layer: tests."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from chalicelib.visualization import svg
from chalicelib.visualization.graph import EdgeKind, Failure, Graph
from chalicelib.visualization.options import Options
from chalicelib.visualization.themes import DARK, THEMES
from tests.unit.execution.play import Play, activity, chain
from tests.unit.visualization.drawing import drawn
from tests.unit.visualization.handmade import HOSTILE, branch, everything_hostile, graph_of, nested, step, way

NAMESPACE = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "g", "rect", "path", "text", "title"}
SHOW_ALL = {"include_metadata": True, "include_metrics": True, "include_timing": True, "show_input_output": True}


def picture(graph: Graph, **options: Any) -> ET.Element:
    return ET.fromstring(svg.render(graph, Options(**{"layout_algorithm": "layered", **options})))


def texts(found: ET.Element) -> list[str]:
    """What is written, title of elements left aside."""
    return [text.text or "" for text in found.iter(f"{NAMESPACE}text")]


def said(graph: Graph, **options: Any) -> str:
    return "\n".join(texts(picture(graph, **options)))


def titles(found: ET.Element) -> list[str]:
    return [title.text or "" for title in found.iter(f"{NAMESPACE}title")]


def running(**fields: Any) -> Graph:
    step_fields = {"state": "running", "current": True, **fields}
    return graph_of([step("work", **step_fields)], view_type="execution", state="running", execution_id="e-1")


def test_a_picture_says_what_it_is_of_when_it_is_read_aloud() -> None:
    found = picture(nested())

    assert found.get("role") == "img"
    assert found.get("aria-label") == "A workflow 1.2.3, 8 steps"
    assert any(title.startswith("left\nActivity left") for title in titles(found))


def test_a_picture_has_a_card_and_a_way_for_each_when_regions_are_nested() -> None:
    graph = nested()

    found = picture(graph)

    assert sorted(str(card.get("data-step")) for card in found.iterfind(f".//{NAMESPACE}g[@class='step']")) == sorted(
        node.id for node in graph.nodes
    )
    assert len(found.findall(f".//{NAMESPACE}g[@class='way']")) == len(graph.edges)
    assert {"A", "B", "M", "compensated by"} <= set(texts(found))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_text_when_it_is_anything(text: str) -> None:
    found = picture(everything_hostile(text), **SHOW_ALL)

    assert {element.tag.removeprefix(NAMESPACE) for element in found.iter()} <= ALLOWED
    assert [
        name for element in found.iter() for name in element.attrib if name.startswith("on") or "href" in name
    ] == []


def test_a_name_is_there_to_the_letter_when_it_looks_like_markup() -> None:
    found = said(graph_of([step("a", name="<script>&amp;")]))

    assert "<script>&amp;" in found


def test_a_state_is_told_by_colour_symbol_and_word_when_a_step_has_one() -> None:
    done, failed = (picture(graph_of([step("a", state=state)])) for state in ("completed", "failed"))

    def looks(found: ET.Element) -> tuple[set[str | None], set[str | None]]:
        paths = list(found.iter(f"{NAMESPACE}path"))
        return {path.get("fill") for path in paths}, {path.get("d") for path in paths}

    assert "Completed" in texts(done)
    assert "Failed" in texts(failed)
    assert looks(done)[0] != looks(failed)[0]
    assert looks(done)[1] != looks(failed)[1]


def test_a_step_says_how_it_goes_when_it_runs() -> None:
    graph = running(
        attempts=2, max_attempts=5, next_retry_at="2026-01-02T03:04:05.678Z", elapsed_ms=83_000, details="page 7",
        progress_percentage=42.4, error=Failure(code="Timeout", message="the bank did not answer"),
    )  # fmt: skip

    found = texts(picture(graph))

    for text in ("Running", "1 min 23 s", "42 %", "page 7", "Attempt 2 of 5", "Timeout", "the bank did not answer"):
        assert text in found
    assert "Next attempt 2026-01-02 03:04:05" in found


def test_runs_are_counted_by_state_when_a_step_is_in_a_map() -> None:
    counts = {"completed": 31, "running": 8, "failed": 3, "scheduled": 0}

    found = picture(running(runs=42, counts=counts))

    assert {"31", "8", "3"} <= set(texts(found))
    assert "31 completed, 8 running, 3 failed" in titles(found)


def test_items_are_counted_by_state_when_a_region_is_a_map() -> None:
    region = branch("r", "m", kind="map", label="each of $.items", counts={"completed": 3, "failed": 1}, total=4)

    found = said(graph_of([step("m", type="map"), step("a", "r")], [way("m", "a", "branch")], [region]))

    assert "each of $.items × 4" in found


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("show_elapsed_time", "1.5 s"),
        ("show_input_output", 'in {"amount":3}'),
        ("show_input_output", "out done"),
        ("include_metadata", "Activity type: billing.Charge"),
        ("include_timing", "00:00:01 – 00:00:02"),
        ("include_metrics", "Retries: 7"),
        ("include_metrics", "Elapsed: 2.0 s"),
    ],
)
def test_something_is_shown_when_an_option_asks_for_it_alone(option: str, text: str) -> None:
    graph = graph_of(
        [
            step(
                "a", state="completed", elapsed_ms=1500, input={"amount": 3}, output="done",
                metadata={"activity_type": "billing.Charge"},
                started_at="2026-01-01T00:00:01Z", completed_at="2026-01-01T00:00:02Z",
            )
        ],
        view_type="execution",
        started_at="2026-01-01T00:00:00Z",
        metrics={"retries": 7, "elapsed_ms": 2000, "by_state": {"completed": 1}, "slowest": [1], "none": None},
    )  # fmt: skip

    assert text in said(graph, **{option: True})
    assert text not in said(graph, **{option: False})


def test_the_current_step_stands_out_when_that_is_asked_for() -> None:
    shown, hidden = (svg.render(running(), Options(highlight_current_step=asked)) for asked in (True, False))

    assert Options().theme.highlight_color in shown
    assert Options().theme.highlight_color not in hidden


def test_a_way_is_thick_when_it_was_gone_and_faint_when_it_was_not() -> None:
    graph = graph_of([step("a"), step("b"), step("c")], [way("a", "b", taken=True), way("a", "c", taken=False)])

    ways = picture(graph).findall(f".//{NAMESPACE}g[@class='way']")

    (faint,) = (each for each in ways if each.get("opacity"))
    (strong,) = (each for each in ways if not each.get("opacity"))
    widths = [float(str(each[1].get("stroke-width"))) for each in (faint, strong)]
    assert widths[1] > 2 * widths[0]
    assert {"taken", "not taken"} <= set(texts(picture(graph)))


def test_kinds_of_ways_are_explained_when_they_are_there() -> None:
    kinds: tuple[EdgeKind, ...] = ("error", "timeout", "deadline", "compensation", "handler")
    graph = graph_of([step("a"), step("b")], [way("a", "b", kind) for kind in kinds])

    found = picture(graph)

    assert {"on an error", "on a timeout", "at a deadline", "compensation", "event handler"} <= set(texts(found))
    assert sum(path.get("stroke-dasharray") is not None for path in found.iter(f"{NAMESPACE}path")) == 2 * len(kinds)
    assert "on an error" not in said(graph_of([step("a"), step("b")], [way("a", "b")]))


def test_a_condition_stands_on_its_way_when_there_is_one() -> None:
    graph = graph_of(
        [step("a"), step("b")],
        [
            way("a", "b", "decision", condition="$.total > 1000"),
            way("a", "b", "decision", label="large", condition="$.a > 1"),
            way("a", "b", "decision", label="y" * 200),
        ],
    )

    found = picture(graph)

    assert {"$.total > 1000", "large"} <= set(texts(found))
    assert any("large\n$.a > 1" in title for title in titles(found))
    assert any(text.endswith("y…") for text in texts(found))


def test_a_title_says_what_and_how_it_is_when_it_is_an_execution() -> None:
    graph = graph_of(
        [], state="waiting_for_human_intervention", execution_id="e-1", elapsed_ms=3_600_000, omitted=3,
        started_at="2026-01-01T10:00:00Z", completed_at="2026-01-01T11:00:00Z",
    )  # fmt: skip

    found = said(graph, include_timing=True)

    assert "w · version 1.2.3 · execution e-1" in found
    assert "Waiting for a person · 1 h" in found
    assert "2026-01-01 10:00:00 – 11:00:00 UTC" in found
    assert "3 more steps not shown" in found


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_theme_is_drawn_when_it_is_asked_for(theme: Any) -> None:
    assert svg.render(nested(), Options(theme=theme)).count(theme.background_color)


def test_every_type_and_state_has_a_drawing_of_its_own_when_they_are_known() -> None:
    types = [step(type, type=type) for type in DARK.type_colors]
    states = [step(state, state=state) for state in DARK.node_colors]

    by_type = {path.get("d") for path in picture(graph_of(types)).iter(f"{NAMESPACE}path") if path.get("transform")}
    by_state = {path.get("d") for path in picture(graph_of(states)).iter(f"{NAMESPACE}path") if path.get("transform")}

    assert len(by_type) == len(types)
    assert len(by_state) >= len(states) - 1  # and that of the type; what waits for its start is one


def test_a_picture_shows_what_happened_when_an_execution_was_played() -> None:
    play = Play(chain(activity("work", name="Do it")))

    found = said(drawn(play, include_metadata=True), include_metadata=True)

    assert "Do it" in found
    assert "Activity type: t" in found
    assert "Not started" in found
