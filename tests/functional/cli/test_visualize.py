"""`weft visualize` on definition files, and what it asks a service for. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft, activity, chain
from weftctl.commands import visualize

pytestmark = pytest.mark.functional

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
ORDER = str(EXAMPLES / "order-fulfilment.yaml")
BEGINNINGS = {
    "svg": b"<svg",
    "png": b"\x89PNG",
    "dot": b'digraph "order-fulfilment" {',
    "gv": b"digraph",
    "mmd": b"---\ntitle:",
    "json": b'{"view_type":"definition"',
    "html": b"<!",
}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_format_is_that_of_the_name_when_a_file_is_written(weft: Weft, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"order.{suffix}"

    called = weft("visualize", ORDER, "-o", str(out))

    assert called.exit_code == 0, called.err
    assert out.read_bytes().lower().startswith(BEGINNINGS[suffix].lower())
    assert called.out == ""
    assert f"{out}: " in called.err


def test_the_picture_goes_to_stdout_when_no_file_is_named(weft: Weft) -> None:
    svg = weft("visualize", ORDER)
    dot = weft("visualize", ORDER, "--format", "dot", "-o", "-")

    assert svg.out.startswith("<svg")
    assert dot.out.startswith("digraph")


def test_a_definition_is_read_from_stdin_when_the_file_is_a_dash(weft: Weft) -> None:
    called = weft("visualize", "-", "--format", "dot", stdin=json.dumps(chain(activity("pay"))))

    assert '"start" -> "pay"' in called.out


def test_json_is_asked_for_when_it_stands_before_the_command(weft: Weft) -> None:
    called = weft("--format", "json", "visualize", ORDER)

    assert json.loads(called.out)["node_states"]["charge"] == "defined"


def test_the_name_of_the_file_says_the_format_when_json_stands_before_the_command(weft: Weft, tmp_path: Path) -> None:
    out = tmp_path / "order.svg"

    weft("--format", "json", "visualize", ORDER, "-o", str(out))

    assert out.read_text(encoding="utf-8").startswith("<svg")


def test_a_sub_workflow_is_drawn_out_when_its_definition_is_given(weft: Weft) -> None:
    files = (str(EXAMPLES / "order-parcels.yaml"), "--with", str(EXAMPLES / "parcel.yaml"))

    drawn = json.loads(weft("visualize", *files, "--format", "json").out)["graph"]
    shut = json.loads(weft("visualize", *files, "--format", "json", "--depth", "0").out)["graph"]

    assert [region["kind"] for region in drawn["regions"]].count("sub_workflow") == 1
    assert "sub_workflow" not in [region["kind"] for region in shut["regions"]]


def test_options_change_the_picture_when_they_are_given(weft: Weft) -> None:
    plain = weft("visualize", ORDER, "--format", "dot")
    changed = weft(
        "visualize",
        ORDER,
        "--format",
        "dot",
        "--theme",
        "dark",
        "--direction",
        "LR",
        "--include-metadata",
        "--max-nodes=3",
    )

    assert "rankdir=TB" in plain.out
    assert "rankdir=LR" in changed.out
    assert 'bgcolor="#111827"' in changed.out
    assert "12 steps are not shown" in changed.out


def test_a_theme_of_ones_own_is_known_when_the_setting_has_it(weft: Weft) -> None:
    themes = json.dumps({"house": {"base": "dark", "background_color": "#000000"}})

    called = weft("visualize", ORDER, "--format", "dot", "--theme", "house", env={"WEFT_THEMES": themes})

    assert 'bgcolor="#000000"' in called.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give either EXEC_OR_FILE or --workflow ID."),
        ((ORDER, "--workflow", "w"), "Give either EXEC_OR_FILE or --workflow ID."),
        ((ORDER, "--format", "gif"), "--format: 'gif' is unknown.\nKnown: svg, png, dot, mermaid, json, html."),
        ((ORDER, "--theme", "pink"), "--theme: 'pink' is unknown.\nKnown: default, dark, light, colorful."),
        ((ORDER, "--layout", "dagre"), "--layout: 'dagre' is unknown.\nKnown: auto, layered, graphviz."),
        ((ORDER, "--direction", "up"), "--direction: 'up' is unknown.\nKnown: TB, LR."),
        ((ORDER, "--version", "1.0.0"), "--version goes with a workflow of the service."),
        ((ORDER, "-o", "order.bmp"), "order.bmp: its name does not say which format it is to have."),
        ((ORDER, "-o", "/nowhere/order.svg"), "/nowhere/order.svg: cannot be written"),
        (("missing.yaml",), "missing.yaml: cannot be read"),
        (("e1", "--with", ORDER), "--with goes with a file."),
        (("e1", "--version", "1.0.0"), "--version goes with a workflow of the service."),
    ],
)
def test_it_is_refused_with_a_remedy_when_the_usage_is_wrong(
    weft: Weft, arguments: tuple[str, ...], words: str
) -> None:
    called = weft("visualize", *arguments)

    assert called.exit_code == 2
    assert words in called.err
    assert called.out == ""


def test_a_png_is_refused_when_it_would_go_to_a_terminal(weft: Weft, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        """Standard output as a terminal has it."""

        class stdout:  # noqa: N801 - it stands for the attribute
            @staticmethod
            def isatty() -> bool:
                return True

    monkeypatch.setattr(visualize, "sys", Terminal)

    called = weft("visualize", ORDER, "--format", "png")

    assert called.exit_code == 2
    assert "no terminal shows.\nGive -o FILE.png, or a pipe." in called.err


def test_a_definition_is_refused_with_its_findings_when_it_is_invalid(weft: Weft, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(json.dumps({**chain(), "steps": []}))

    called = weft("visualize", str(file))

    assert called.exit_code == 2
    assert "is no valid definition" in called.err


def test_the_service_is_asked_with_the_options_given_when_it_draws(weft_at: Weft, service: FakeService) -> None:
    service.on("GET", "/workflows/executions/e1/visualization", "drawn")
    service.on("GET", "/workflows/w/visualization", "drawn")

    execution = weft_at("visualize", "e1", "--theme", "house", "--no-highlight-current-step", "--depth", "2")
    workflow = weft_at("visualize", "--workflow", "w", "--version", "1.0.0", "--layout", "layered", "--format", "html")

    assert (execution.out, workflow.out) == ('"drawn"', '"drawn"')
    first, second = service.asked
    assert first.query == {"format": "svg", "theme": "house", "highlight_current_step": "false", "depth": "2"}
    assert second.query == {"format": "html", "layout_algorithm": "layered", "version": "1.0.0"}
    assert (first.headers["accept"], second.headers["accept"]) == ("image/svg+xml", "text/html")
