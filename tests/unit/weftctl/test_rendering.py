"""What a terminal shows: tables, and the live tree of a running execution. Layer: tests."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
import yaml
from rich.console import Console, RenderableType

from weftctl import output
from weftctl.output import Format
from weftctl.rendering import runs, tables
from weftctl.rendering.progress import progress
from weftctl.rendering.tree import tree


class Terminal(io.StringIO):
    """A terminal that is read back."""

    def isatty(self) -> bool:
        return True


def shown(renderable: RenderableType) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(renderable)
    return file.getvalue()


def step(step_id: str, state: str, **fields: Any) -> dict[str, Any]:
    return {"step_id": step_id, "run": 1, "state": state, "attempts": 1, "error": None, **fields}


def status(state: str, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"execution_id": "e1", "workflow_id": "flow", "state": state, "error": None, "steps": list(steps), **fields}


BOOM = {"code": "Boom", "message": "it [red]broke"}


def test_the_tree_has_a_line_for_each_step_run() -> None:
    lines = shown(
        tree(
            status(
                "failed",
                step("a", "completed"),
                step("b", "running", attempts=3),
                step("c", "failed", run=2, error=BOOM),
                step("d", "skipped"),
                step("e", "canceled"),
                error=BOOM,
            )
        )
    ).splitlines()
    assert lines[0] == "flow e1 failed"
    assert [line.split(" ", 1)[1] for line in lines[1:]] == [
        "✓ a completed",
        f"{lines[2].split(' ')[1]} b running attempt 3",
        "✗ c failed run 2 Boom: it [red]broke",
        "↷ d skipped",
        "⊘ e canceled",
        "Boom: it [red]broke",
    ]


def test_the_tree_says_what_is_waited_for_and_how_to_go_on() -> None:
    details = {"details": "until noon"}
    lines = shown(tree(status("paused", step("nap", "waiting_for_timer", status_info=details)))).splitlines()
    assert lines[1].endswith("nap waiting_for_timer (until noon)")
    assert lines[2].endswith("go on with: weft resume e1")


def test_only_the_latest_step_runs_are_shown_when_there_are_many() -> None:
    lines = shown(tree(status("running", *(step(f"s{number}", "completed") for number in range(50))))).splitlines()
    assert "… 30 earlier step runs" in lines[1]
    assert (len(lines), lines[-1].endswith("s49 completed")) == (22, True)


def test_progress_is_live_when_stderr_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with progress(terminal) as live:
        live.update(status("running", step("a", "running")))
        live.update(status("completed", step("a", "completed")))
    assert "completed" in terminal.getvalue()
    assert "\x1b[" in terminal.getvalue()


def test_a_table_is_printed_when_stdout_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    output.show({"a": 1}, None, lambda: tables.fields({"a": 1}))
    output.stream({"a": 1}, None, lambda: "a line")
    assert "\x1b[1ma\x1b[0m  1" in terminal.getvalue()
    assert terminal.getvalue().endswith("a line\n")


@pytest.mark.parametrize("format", [Format.JSON, Format.YAML])
def test_numbers_keep_every_digit_when_they_are_printed(format: Format, capsys: pytest.CaptureFixture[str]) -> None:
    value = {"n": 2**70, "d": Decimal("1.00000000000000000001"), "same": [1], "again": [1]}
    output.show(value, format, tables.workflows([]).__class__)
    printed = capsys.readouterr().out
    assert str(2**70) in printed
    assert "1.00000000000000000001" in printed


def test_yaml_has_no_aliases_when_a_value_stands_twice(capsys: pytest.CaptureFixture[str]) -> None:
    shared = {"a": "ü"}
    output.show([shared, shared], Format.YAML, lambda: "")
    printed = capsys.readouterr().out
    assert "&" not in printed
    assert "ü" in printed
    assert yaml.safe_load(printed) == [shared, shared]


def test_a_definition_is_shown_when_it_is_wrapped_or_bare() -> None:
    document = {"id": "flow", "steps": [{"id": "a", "step_type": {"type": "script"}}, {"id": "b"}]}
    bare = shown(tables.definition(document))
    wrapped = shown(tables.definition({"workflow_id": "flow", "definition": document}))
    assert "script" in bare
    assert "script" in wrapped
    assert "workflow_id" in wrapped


def test_a_run_shows_what_it_waits_for_and_what_was_refused() -> None:
    refused = [{"at": 5, "code": "InvalidState", "message": "signal go"}]
    waiting = [{"message": "a waits for its timer"}]
    text = shown(runs.run(status("running", waiting_for=waiting, refused=refused)))
    assert "Waiting: a waits for its timer" in text
    assert "Refused at 5: signal go" in text


def test_a_list_of_executions_keeps_a_line_each_when_the_terminal_has_100_columns() -> None:
    times = {"created_at": "2026-01-31T09:00:00.123Z", "started_at": "2026-01-31T09:00:00.123Z"}
    row = {"execution_id": "0" * 36, "workflow_id": "hello", "workflow_version": "1.0.0", "state": "completed"}
    file = io.StringIO()
    rows = [{**row, **times, "completed_at": "2026-01-31T09:00:12.623Z"}]
    Console(file=file, width=100).print(tables.executions(rows))
    _, line = file.getvalue().splitlines()
    assert line.split() == ["0" * 36, "hello", "1.0.0", "completed", "2026-01-31T09:00:00Z", "12.5"]


def test_a_long_output_is_cut_when_it_is_shown_in_a_table() -> None:
    text = shown(tables.status(status("completed", output="x" * 120_000)))
    assert text.count("x") == 2_000 + 1  # execution_id has one more
    assert "120,000 characters" in text
    assert "--format json" in " ".join(text.split())


def test_counts_and_the_whole_document_have_words_when_findings_are_shown() -> None:
    finding = {"severity": "error", "code": "MissingField", "pointer": "", "message": "no id"}
    counts = {"steps_by_type": {"start": 1, "script": 2}, "transitions": 2, "handlers": 0}
    text = shown(tables.findings([{"file": "f", "valid": False, "findings": [finding], "statistics": counts}]))
    assert "MissingField at (document): no id" in text
    assert "  steps: 3 (1 start, 2 script); transitions: 2; event handlers: 0" in text


def test_an_event_is_one_line_of_text() -> None:
    event = {"sequence": 1, "timestamp": "t", "event_type": "StepStarted", "step_id": None, "details": {}}
    assert tables.event_line(event) == "1  t  StepStarted"
