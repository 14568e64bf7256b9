"""What is said of event handlers when a definition is registered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.samples import Document, document, edge, found, report, script, step

AT = "/event_handlers/0"


def with_handler(action: dict[str, Any], **fields: Any) -> Document:
    return document(
        script("a"),
        step("p", "wait", event_name="x"),
        edges=[edge("start", "a"), edge("a", "p"), edge("p", "end")],
        event_handlers=[{"id": "h", "event_name": "e", "handler_type": action, **fields}],
    )


@pytest.mark.parametrize("step_id", ["a", "p", "end"])
def test_goto_step_leads_to_any_step_when_it_is_not_the_start(step_id: str) -> None:
    assert found(with_handler({"type": "goto_step", "step_id": step_id})) == []


def test_goto_step_is_refused_when_it_leads_into_the_start() -> None:
    given = with_handler({"type": "goto_step", "step_id": "start"})

    assert found(given) == [("TransitionIntoStart", f"{AT}/handler_type/step_id")]


def test_skip_step_is_doubtful_when_its_step_is_not_skippable() -> None:
    given = with_handler({"type": "skip_step", "step_id": "p"})
    assert [(each.code, each.severity) for each in report(given).findings] == [("NotSkippable", "warning")]

    given["steps"][2]["skippable"] = True
    assert found(given) == []


def test_timeout_of_a_handler_is_doubtful_when_it_runs_no_activity() -> None:
    assert found(with_handler({"type": "pause_workflow"}, timeout=5)) == [("NotActedOn", f"{AT}/timeout")]
    assert found(with_handler({"type": "execute_activity", "activity_type": "t"}, timeout=5)) == []


@pytest.mark.parametrize(
    ("correlation", "findings"),
    [
        ("$.input.order", []),
        ("$.event.order", [("NotAllowedHere", f"{AT}/correlation")]),
        ("$.input.", [("InvalidExpression", f"{AT}/correlation")]),
    ],
)
def test_correlation_is_refused_when_it_reads_the_event(correlation: str, findings: list[Any]) -> None:
    assert found(with_handler({"type": "pause_workflow"}, correlation=correlation)) == findings


def test_retry_step_names_any_step() -> None:
    assert found(with_handler({"type": "retry_step", "step_id": "a"})) == []
