"""What a decision has recorded so far: its size, and the text of its instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import begin
from chalicelib.domain.execution.recorder import Recorder, timestamp

NOW = datetime(2026, 1, 31, 9, 0, 0, 123_999, tzinfo=UTC)


def recorder() -> Recorder:
    created = Event("WorkflowCreated", None, {"workflow_id": "w", "workflow_version": "1.0.0"})
    return Recorder(begin("e-1", created, NOW), NOW)


def test_size_grows_with_what_is_recorded_and_shrinks_when_it_is_taken_back() -> None:
    draft = recorder()
    draft.emit("VariableSet", writes={"$.context.a": "x" * 100})
    first = draft.bytes
    draft.emit("VariableSet", writes={"$.context.a": "x" * 1_000})
    both = draft.bytes
    draft.take_back(1)
    less = draft.bytes
    draft.take_back(0)
    draft.emit("VariableSet", writes={"$.context.a": "x" * 5_000})

    assert 100 < first < 200
    assert first + 1_000 < both < first + 1_200
    assert less == first
    assert 5_000 < draft.bytes < 5_200


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (NOW, "2026-01-31T09:00:00.123Z"),
        (NOW.replace(microsecond=0), "2026-01-31T09:00:00.000Z"),
        (datetime.max.replace(tzinfo=UTC), "9999-12-31T23:59:59.999Z"),
        (NOW.astimezone(timezone(timedelta(hours=2))), "2026-01-31T09:00:00.123Z"),
    ],
)
def test_instant_is_written_to_the_millisecond(instant: datetime, text: str) -> None:
    assert timestamp(instant) == text
