"""What a run is reported as. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.domain.execution.events import Commit, Event
from weftctl.simulation.report import report

CREATED = {"workflow_id": "flow", "workflow_version": "1.0.0", "input": {}, "priority": "medium"}


def test_an_execution_that_has_not_begun_has_no_times() -> None:
    created = Commit(
        execution_id="e1",
        number=1,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        first_sequence=1,
        command_ids=("start:e1",),
        events=(Event("WorkflowCreated", None, CREATED),),
    )
    result = report([created])
    assert (result["status"], result["started_at"], result["duration_seconds"]) == ("pending", None, None)
    assert (result["steps"], result["waiting_for"]) == ([], [])
    assert [event["event_type"] for event in result["events"]] == ["WorkflowCreated"]


def test_nothing_is_reported_when_there_are_no_commits() -> None:
    with pytest.raises(ValueError, match="at least one commit"):
        report([])
