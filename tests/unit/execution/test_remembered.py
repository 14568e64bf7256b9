"""Which answered requests are still known. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import begin
from chalicelib.domain.execution.remembered import REMEMBERED_SECONDS, forget_old, is_remembered, remember

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
LATER = NOW + timedelta(seconds=REMEMBERED_SECONDS + 1)


def test_requests_are_forgotten_in_order_of_age_when_they_are_old_enough() -> None:
    state = begin("e-1", Event("WorkflowCreated", None, {"workflow_id": "w", "workflow_version": "1.0.0"}), NOW)
    remember(state, "request:first", NOW)
    remember(state, "request:second", NOW + timedelta(seconds=5))

    forget_old(state, LATER)
    assert not is_remembered(state, "request:first")
    assert is_remembered(state, "request:second")

    forget_old(state, LATER + timedelta(seconds=5))
    assert not state.requests
