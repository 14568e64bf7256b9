"""What a run is reported as. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.adapters.memory import MemoryExecutionStore
from chalicelib.domain.execution.events import Commit, Event
from weftctl.simulation.following import Follower, Refusal
from weftctl.simulation.report import report
from weftctl.simulation.scripting import Script

CREATED = {"workflow_id": "flow", "workflow_version": "1.0.0", "input": {}, "priority": "medium"}


def followed(*batches: tuple[Event, ...]) -> Follower:
    """A follower of an execution with these commits."""
    store, sequence = MemoryExecutionStore(), 1
    for number, events in enumerate(batches, 1):
        commit = Commit(
            execution_id="e1",
            number=number,
            time=datetime(2026, 1, 1, tzinfo=UTC),
            first_sequence=sequence,
            command_ids=(f"c{number}",),
            events=events,
        )
        store.append(commit, expires_at=None)
        sequence += len(events)
    return Follower(store, "e1")


def test_an_execution_that_has_not_begun_has_no_times() -> None:
    result = report(followed((Event("WorkflowCreated", None, CREATED),)), Script(()))
    assert (result["status"], result["started_at"], result["duration_seconds"]) == ("pending", None, None)
    assert (result["steps"], result["waiting_for"], result["refused"]) == ([], [], [])
    assert [event["event_type"] for event in result["events"]] == ["WorkflowCreated"]


def test_nothing_is_reported_when_there_are_no_commits() -> None:
    with pytest.raises(LookupError, match="there is no execution 'e1'"):
        report(followed(), Script(()))


def test_a_refusal_is_found_by_the_request_that_it_answers() -> None:
    refusal = Event("RequestRefused", None, {"request_id": "r1", "code": "InvalidState", "message": "not now"})
    follower = followed((Event("WorkflowCreated", None, CREATED),), (refusal,))
    assert follower.refusals() == {"r1": Refusal(code="InvalidState", message="not now")}
