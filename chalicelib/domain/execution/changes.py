"""Changes as those see them who watch an execution: one for each event of its history, in order.

Layer: domain. ``event_type`` is dotted (``step.completed``); ``sequence`` is that of the history, gapless from 1: by it
whoever watches can tell what is missing and what came twice.
"""

from __future__ import annotations

import re
from typing import Any, Final

from chalicelib.domain.execution.events import EVENT_TYPES, Commit
from chalicelib.domain.execution.recorder import timestamp

_SUBJECTS: Final = (
    "Workflow",
    "Step",
    "Decision",
    "Signal",
    "ExternalEvent",
    "Variable",
    "Timer",
    "HumanTask",
    "HumanIntervention",
    "Request",
    "Compensation",
)
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _dotted(event_type: str) -> str:
    subject = next(each for each in _SUBJECTS if event_type.startswith(each))
    return f"{_snake(subject)}.{_snake(event_type.removeprefix(subject))}"


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


DOTTED: Final = {event_type: _dotted(event_type) for event_type in EVENT_TYPES}
"""``StepCompleted`` and its like, by the names that changes have."""


def changes_of(commit: Commit, workflow_id: str | None) -> list[dict[str, Any]]:
    """``[{event_type, workflow_id, execution_id, sequence, version, timestamp, data}]`` for the events of ``commit``.

    ``version`` is the commit's number; ``data`` are the event's details, for a step's with ``step_id`` and ``run_id``.
    """
    return [
        {
            "event_type": DOTTED[event.type],
            "workflow_id": workflow_id,
            "execution_id": commit.execution_id,
            "sequence": sequence,
            "version": commit.number,
            "timestamp": timestamp(commit.time),
            "data": event.details
            if event.run_id is None
            else {**event.details, "step_id": event.step_id, "run_id": event.run_id},
        }
        for sequence, event in enumerate(commit.events, start=commit.first_sequence)
    ]
