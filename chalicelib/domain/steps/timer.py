"""Steps of type ``timer``: wait for an instant, and go on. Layer: domain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from chalicelib.domain.cron import NoInstant, next_due
from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.model import Step, Timer
from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.execution import failure, flow
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.domain.execution.state import StepRun
from chalicelib.domain.expressions import ExpressionFailure


class TimerStep:
    """Fires once, at the first due instant at or after the step started."""

    name = "timer"

    def start(self, draft: Draft, run_id: str, step: Step, recorded: dict[str, Any], context: dict[str, Any]) -> None:
        """Evaluate when to fire, and wait for it."""
        timer = cast(Timer, step.step_type)
        timeout_at = failure.timeout_at(draft, step)
        draft.emit(
            "StepStarted",
            run_id,
            step_type=self.name,
            step_name=step.name,
            **draft.begins(),
            timeout_at=timeout_at,
        )
        config = draft.map(draft.program.mapping(_settings(timer)), context)
        fires_at = fire_instant(config, draft.now)
        draft.emit("TimerScheduled", run_id, fire_at=timestamp(fires_at), timer_type=timer.timer_config.type)
        if fires_at <= draft.now:
            self.due(draft, draft.state.runs[run_id])

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """The step's own timeout came first."""
        failure.time_out_attempt(draft, run)

    def due(self, draft: Draft, run: StepRun) -> None:
        """The instant has come."""
        trigger_time = timestamp(run.due_at or draft.now)
        draft.emit("TimerFired", run.run_id, trigger_time=trigger_time)
        flow.complete_run(draft, run.run_id, {"trigger_time": trigger_time})


def _settings(timer: Timer) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(timer.timer_config).items() if value is not None}


def fire_instant(config: dict[str, Any], now: datetime) -> datetime:
    """When a timer set ``now`` fires: aware UTC. Raises ``ExpressionFailure`` for values that name no instant."""
    kind = config["type"]
    if kind == "delay":
        return _after_delay(config.get("seconds"), now)
    if kind == "datetime":
        instant = parse_timestamp(str(config.get("datetime")))
        if instant is None:
            raise ExpressionFailure("datetime", f"{config.get('datetime')!r} is no RFC 3339 timestamp with an offset")
        return instant
    return next_cron(str(config.get("expression")), str(config.get("timezone") or "UTC"), now)


def _after_delay(seconds: Any, now: datetime) -> datetime:
    parsed = to_seconds(seconds)
    if parsed is None or not 0 <= parsed <= _LONGEST_SECONDS:
        raise ExpressionFailure("seconds", f"{seconds!r} is no delay in seconds from 0 to {_LONGEST_SECONDS:,}")
    return now + timedelta(seconds=float(parsed))


_LONGEST_SECONDS = 3_155_760_000
"""A hundred years, as for every duration of the language."""


def next_cron(expression: str, zone_name: str, now: datetime) -> datetime:
    """The first instant at or after ``now`` that ``expression`` names in the zone, across changes of its offset."""
    try:
        return next_due(expression, zone_name, now)
    except NoInstant as error:
        raise ExpressionFailure(expression, str(error)) from error
