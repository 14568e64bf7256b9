"""Logs, metrics and traces: what is written in Lambda, and that nothing is elsewhere. Layer: tests."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import observability

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={}"


@pytest.fixture(autouse=True)
def _made_anew() -> Iterator[None]:
    """The logger and the metrics are made once a process; a test must not inherit another's."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    for made in (observability.logger, observability._metrics, observability._tracer):
        made.cache_clear()
    standard = logging.getLogger(observability.SERVICE)
    standard.handlers.clear()
    for name in [name for name in vars(standard) if name.startswith("powertools") or name == "init"]:
        delattr(standard, name)


@pytest.fixture
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "weft-dev-decider")
    monkeypatch.setenv("WEFT_STAGE", "dev")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("in_lambda")
def test_every_line_has_the_keys_when_logged_inside(capsys: pytest.CaptureFixture[str]) -> None:
    with observability.keys(execution_id="outer", missing=None):
        with observability.keys(execution_id="inner", step_id="s"):
            observability.logger().info("first")
        observability.logger().info("second")
    observability.logger().info("third")

    first, second, third = lines(capsys)
    assert (first["execution_id"], first["step_id"]) == ("inner", "s")
    assert second["execution_id"] == "outer"
    assert "step_id" not in second
    assert "missing" not in second
    assert "execution_id" not in third
    assert third["service"] == "weft"


@pytest.mark.usefixtures("in_lambda")
def test_keys_appended_inside_are_gone_when_the_invocation_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with observability.invocation(SimpleNamespace(aws_request_id="r-1")):
        observability.logger().append_keys(execution_id="e")
        observability.logger().info("inside")
    observability.logger().info("after")

    inside, after = lines(capsys)
    assert (inside["function_request_id"], inside["execution_id"]) == ("r-1", "e")
    assert {"function_request_id", "execution_id"} & after.keys() == set()


@pytest.mark.usefixtures("in_lambda")
def test_metrics_are_written_when_the_invocation_ends_even_by_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        with observability.invocation(None):
            observability.count("ExecutionsStarted")
            observability.count("ExecutionsStarted", 2)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any would do
        failing()

    (line,) = lines(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Weft"
    assert [set(each) for each in directive["Dimensions"]] == [{"service", "stage"}]
    assert line["ExecutionsStarted"] == [1, 2]
    assert line["stage"] == "dev"


@pytest.mark.usefixtures("in_lambda")
def test_nothing_is_written_when_nothing_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with observability.invocation(None):
        pass

    assert lines(capsys) == []


@pytest.mark.usefixtures("in_lambda")
def test_the_level_is_the_setting_when_one_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_LOG_LEVEL", "WARNING")

    observability.logger().info("quiet")
    observability.logger().warning("loud")

    assert [line["message"] for line in lines(capsys)] == ["loud"]


def test_all_is_silent_when_not_in_lambda(capsys: pytest.CaptureFixture[str]) -> None:
    with observability.invocation(None, execution_id="e"), observability.span("deciding", execution_id="e"):
        observability.logger().error("nobody reads this")
        observability.count("ExecutionsStarted")

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.usefixtures("in_lambda")
@pytest.mark.parametrize(
    ("sampled", "disabled", "expected"), [("1", "", True), ("0", "", False), ("1", "true", False), ("1", "false", True)]
)
def test_an_invocation_is_traced_when_it_is_sampled_and_tracing_is_on(
    monkeypatch: pytest.MonkeyPatch, sampled: str, disabled: str, expected: bool
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE.format(sampled))
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", disabled)

    assert observability.is_traced() is expected


@pytest.mark.usefixtures("in_lambda")
def test_a_span_carries_its_annotations_when_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    # Powertools itself refuses to trace outside Lambda, so its provider is stood in for.
    spans: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE.format(1))
    monkeypatch.setattr(observability._tracer(), "provider", RecordingProvider(spans))

    with observability.span("deciding", execution_id="e"):
        pass

    assert spans == [("## deciding", {"execution_id": "e"})]


class RecordingProvider:
    """Keeps what would go to X-Ray."""

    def __init__(self, spans: list[tuple[str, dict[str, object]]]) -> None:
        self.spans = spans
        self.annotations: dict[str, object] = {}

    def in_subsegment(self, name: str) -> RecordingProvider:
        self.spans.append((name, self.annotations))
        return self

    def __enter__(self) -> RecordingProvider:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def put_annotation(self, key: str, value: object) -> None:
        self.annotations[key] = value
