"""Steps of type ``human``: people are asked, and answer in time or do not.

Layer: domain. A deadline of the intervention point takes the place of the step's own timeout. Escalating uses it up:
from then on the step's timeout counts, if it has one. Everything that time does goes by ``due_at`` (deadline and
reminders) and ``timeout_at``; what falls due during a pause waits for the resume, an answer that comes meanwhile
is taken, and counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

import msgspec

from chalicelib.domain.calendars import after_business_days
from chalicelib.domain.definitions.model import Deadline, DeadlineType, Human, HumanInterventionPoint, Step
from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.execution import answers, failure, flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.human_tasks import HumanTask, task_id
from chalicelib.domain.execution.notices import errands
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import StepRun
from chalicelib.domain.expressions import ExpressionFailure

MOST_REMINDERS: Final = 1_000
"""Where a notification does not say how many."""
_SHORTEST_INTERVAL: Final = timedelta(seconds=1)


class HumanStep:
    """Completes with the answer; a rejection fails it."""

    name = "human"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Create the task. A deadline that has passed already is acted on at once."""
        point = draft.program.point_of(run_id.rpartition("#")[0])
        timeout_at = failure.timeout_at(draft, step) if point.deadline is None else None
        draft.emit(
            "StepStarted",
            run_id,
            step_type=self.name,
            step_name=step.name,
            **draft.begins(),
            timeout_at=timeout_at,
        )
        deadline = None if point.deadline is None else _deadline(draft, point.deadline.deadline_type, context)
        remind_at = _next_reminder(point, draft.now, draft.now, sent=0)
        draft.emit(
            "HumanTaskCreated",
            run_id,
            intervention_point_id=point.id,
            task_id=task_id(draft.state.execution_id, run_id),
            name=point.name,
            description=point.description,
            priority=point.priority,
            deadline=None if deadline is None else timestamp(deadline),
            user_groups=point.user_groups,
            allowed_actions=msgspec.to_builtins(point.allowed_actions),
            remind_at=None if remind_at is None else timestamp(remind_at),
            errands=errands(
                draft,
                run_id,
                point,
                "created",
                groups=point.user_groups,
                deadline=deadline or draft.state.runs[run_id].timeout_at,
            ),
        )
        if deadline is not None and deadline <= draft.now:
            self.due(draft, draft.state.runs[run_id])

    def due(self, draft: Draft, run: StepRun) -> None:
        """The deadline has come, or else it is time to remind."""
        task = cast(HumanTask, run.human)
        if task.deadline is not None and task.deadline <= draft.now:
            self._too_late(draft, run, task.deadline)
        elif run.timeout_at is not None and run.timeout_at <= draft.now:
            self.timed_out(draft, run)
        else:
            self._remind(draft, run, task)

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The step's own timeout has come: go to the timeout step if there is one, else fail."""
        step = draft.program.graph.step(run.step_id)
        to = cast(Human, step.step_type).timeout_step_id
        if to is None:
            failure.time_out_attempt(draft, run)
            return
        draft.emit("StepTimedOut", run.run_id, attempt=run.attempt, timeout_seconds=draft.program.timeout_seconds(step))
        _go_to(draft, run, to)

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def _too_late(self, draft: Draft, run: StepRun, deadline: datetime) -> None:
        point = draft.program.point_of(run.step_id)
        strategy = cast(Deadline, point.deadline).timeout_strategy
        draft.emit("HumanInterventionTimedOut", run.run_id, strategy=strategy.type, deadline=timestamp(deadline))
        if strategy.type == "auto_approve":
            answers.auto_approve(draft, run)
        elif strategy.type == "auto_reject":
            answers.auto_reject(draft, run, point, strategy.reason)
        elif strategy.type == "escalate":
            self._escalate(draft, run, point, strategy.user_groups or [])
        else:
            _go_to(draft, run, str(strategy.step_id))

    def _escalate(self, draft: Draft, run: StepRun, point: HumanInterventionPoint, groups: list[str]) -> None:
        timeout_at = failure.timeout_at(draft, draft.program.graph.step(run.step_id))
        until = None if timeout_at is None else datetime.fromisoformat(timeout_at)
        notice = errands(draft, run.run_id, point, "escalated", groups=groups, deadline=until)
        draft.emit("HumanTaskEscalated", run.run_id, user_groups=groups, deadline=timeout_at, errands=notice)

    def _remind(self, draft: Draft, run: StepRun, task: HumanTask) -> None:
        point, number = draft.program.point_of(run.step_id), task.reminders + 1
        following = _next_reminder(point, task.remind_at or draft.now, draft.now, sent=number)
        groups, deadline = list(task.user_groups), task.deadline or run.timeout_at
        notice = errands(draft, run.run_id, point, "reminder", groups=groups, deadline=deadline, number=number)
        draft.emit(
            "TimerFired",
            run.run_id,
            timer_type="reminder",
            number=number,
            remind_at=None if following is None else timestamp(following),
            errands=notice,
        )


def _deadline(draft: Draft, wanted: DeadlineType, context: dict[str, Any]) -> datetime:
    """When the task is due: aware UTC. Raises ``ExpressionFailure`` for a value that names no instant."""
    if wanted.type == "relative":
        return failure.after(draft.now, (wanted.hours or 0) * 3_600)
    if wanted.type == "business_days":
        return after_business_days(draft.now, wanted.days or 0, wanted.calendar_id, draft.program.rules.calendars)
    named = draft.map(draft.program.mapping(wanted.datetime), context)
    instant = parse_timestamp(named) if isinstance(named, str) else None
    if instant is None:
        raise ExpressionFailure(str(wanted.datetime), f"{named!r} is no RFC 3339 timestamp with an offset")
    return instant


def _next_reminder(point: HumanInterventionPoint, last: datetime, now: datetime, *, sent: int) -> datetime | None:
    """The first instant after ``now`` that is whole intervals after ``last``; None once enough were ``sent``."""
    notification = point.notification
    if notification is None or notification.reminder_interval is None:
        return None
    most = MOST_REMINDERS if notification.max_reminders is None else notification.max_reminders
    if sent >= most:
        return None
    interval = max(timedelta(hours=notification.reminder_interval), _SHORTEST_INTERVAL)
    missed = (now - last) // interval
    return failure.after(last, (missed + 1) * interval.total_seconds())


def _go_to(draft: Draft, run: StepRun, step_id: str) -> None:
    output = {"timeout": True, "timeout_handled": True, "timeout_step": step_id}
    flow.complete_run(draft, run.run_id, output, to=step_id, mapped=False)
