"""The fold of what happens to human tasks. Layer: domain. Part of ``evolve``: each function changes a state that is the
caller's own copy.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec

from chalicelib.domain.execution import scopes
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.human_tasks import HumanTask
from chalicelib.domain.execution.state import State, StepRun


def human_task_created(state: State, event: Event, commit: int, time: datetime) -> None:
    """People are asked; the run waits for them."""
    details = event.details
    task = HumanTask(
        point_id=details["intervention_point_id"],
        user_groups=tuple(details["user_groups"]),
        deadline=_instant(details, "deadline"),
        remind_at=_instant(details, "remind_at"),
    )
    run = state.runs[scopes.run_id(event)]
    _keep(state, msgspec.structs.replace(run, state="waiting_for_human_intervention"), task)


def human_task_escalated(state: State, event: Event, commit: int, time: datetime) -> None:
    """Other people are asked; what ends the wait now, if anything, is the timeout of the step."""
    run = state.runs[scopes.run_id(event)]
    groups = tuple(event.details["user_groups"])
    task = msgspec.structs.replace(cast(HumanTask, run.human), user_groups=groups, deadline=None, escalated=True)
    _keep(state, msgspec.structs.replace(run, timeout_at=_instant(event.details, "deadline")), task)


def reminded(state: State, event: Event) -> None:
    """A reminder was sent, and the next one is due."""
    run = state.runs[scopes.run_id(event)]
    at, number = _instant(event.details, "remind_at"), event.details["number"]
    _keep(state, run, msgspec.structs.replace(cast(HumanTask, run.human), reminders=number, remind_at=at))


def _keep(state: State, run: StepRun, task: HumanTask) -> None:
    state.runs[run.run_id] = msgspec.structs.replace(run, human=task, due_at=task.due_at)


def _instant(details: dict[str, Any], name: str) -> datetime | None:
    text = details.get(name)
    return None if text is None else datetime.fromisoformat(text)
