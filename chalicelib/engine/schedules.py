"""Schedules: one execution of a workflow for each instant that its default version's ``schedule`` names.

Layer: engine. An entry a workflow keeps how far its instants have been seen to. Sweeps look a few minutes ahead and
send a delayed wake-up for each instant, which starts the execution to the second. The execution's id is derived from
workflow and instant, so whatever is seen or delivered twice starts once: two sweeps at a time, or one that died
half-way, are harmless. What was missed while nobody swept is made up for as far back as the settings say; older
instants are reported and left out. At its instant the wake-up asks the default version whether it still names that
instant: a schedule that has changed or gone since starts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from chalicelib.domain.cron import next_after, next_due
from chalicelib.domain.definitions.model import Schedule, WorkflowDefinition
from chalicelib.domain.errors import Conflict, InvalidInput, NotFound
from chalicelib.domain.execution.children import fitting
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.engine.start import StartExecution, StartRequest
from chalicelib.ports.definitions import DefinitionStore
from chalicelib.ports.entries import Entries, Entry
from chalicelib.ports.queues import WakeUpMessage, WakeUpQueue
from chalicelib.ports.system import Clock
from chalicelib.settings import Settings

PARTITION: Final = "schedules"
AHEAD: Final = timedelta(minutes=3)
"""Instants this near are sent on their way: the next sweep may be missed, and nothing is late."""
STARTED_BY: Final = "schedule"
_MOST_AT_ONCE: Final = 500

Notice = Callable[[str, str, str], None]
"""Told what happened (a metric's name), to which workflow, in words."""


def scheduled_id(workflow_id: str, at: datetime) -> str:
    """The id of the execution that a workflow's schedule starts at an instant."""
    return fitting(f"{workflow_id}:{at:%Y%m%dT%H%M%SZ}")


class Schedules:
    """Keeps an entry for each schedule, and sends what is due soon. ``notice`` is told of what was missed."""

    def __init__(
        self,
        entries: Entries,
        definitions: DefinitionStore,
        wakeups: WakeUpQueue,
        clock: Clock,
        settings: Settings,
        notice: Notice,
    ) -> None:
        self._entries = entries
        self._definitions = definitions
        self._wakeups = wakeups
        self._clock = clock
        self._catch_up = timedelta(seconds=settings.schedule_catch_up_seconds)
        self._notice = notice

    def registered(self, definition: WorkflowDefinition) -> None:
        """A version was registered, perhaps again: from now on, what the default version says is what holds."""
        schedule = self.current(definition.id)
        while not self._is_kept(definition.id, schedule):
            schedule = self.current(definition.id)
        entry = self._entries.get(PARTITION, definition.id)
        if entry is not None:
            self.look_ahead(entry)

    def deleted(self, workflow_id: str) -> None:
        """A workflow was deleted."""
        self._entries.delete(PARTITION, workflow_id)

    def current(self, workflow_id: str) -> Schedule | None:
        """The schedule of the default version; None for a workflow that has none or is deleted."""
        stored = self._definitions.get(workflow_id)
        given = None if stored is None else stored.document.get("schedule")
        return None if given is None else msgspec.convert(given, Schedule)

    def _is_kept(self, workflow_id: str, schedule: Schedule | None) -> bool:
        """Write what is to be followed; False if somebody else has registered another schedule meanwhile.

        Whoever writes last has looked after writing, so what is kept in the end is what holds.
        """
        if schedule is None:
            self._entries.delete(PARTITION, workflow_id)
        else:
            named = {"cron": schedule.cron, "timezone": schedule.timezone}
            known = self._entries.get(PARTITION, workflow_id)
            if known is None or named.items() - known.body.items():
                self._entries.put(PARTITION, workflow_id, {**named, "after": timestamp(self._clock.now())})
        return self.current(workflow_id) == schedule

    def entries(self) -> list[Entry]:
        """Every schedule there is."""
        return list(self._entries.read(PARTITION))

    def look_ahead(self, entry: Entry) -> int:
        """Send a wake-up for each instant due soon that has not been seen yet; gives how many.

        A crash after a wake-up is sent, and another sweep at the same time, have it sent again, which is harmless.
        """
        now = self._clock.now()
        cron, zone = entry.body["cron"], entry.body["timezone"]
        seen = datetime.fromisoformat(entry.body["after"])
        reached = self._without_missed(entry.key, cron, zone, seen, now)
        due: list[datetime] = []
        while len(due) < _MOST_AT_ONCE and (at := next_after(cron, zone, reached)) <= now + AHEAD:
            reached = at
            due.append(at)
        for at in due:
            message = WakeUpMessage(execution_id=scheduled_id(entry.key, at), at=at, workflow_id=entry.key)
            self._wakeups.send(message, now=now)
        if reached > seen:
            self._entries.replace(entry, {**entry.body, "after": timestamp(reached)})
        return len(due)

    def _without_missed(self, workflow_id: str, cron: str, zone: str, seen: datetime, now: datetime) -> datetime:
        """From where on instants are made up for: what lies too far back is reported once, and left out."""
        oldest = now - self._catch_up
        if seen >= oldest:
            return seen
        first = next_after(cron, zone, seen)
        if first >= oldest:
            return seen
        words = f"from {timestamp(first)} to {timestamp(oldest)} nobody swept: what was due then is not started"
        self._notice("ScheduledStartsMissed", workflow_id, words)
        return oldest - timedelta(milliseconds=1)


class StartScheduled:
    """Starts the execution of an instant. ``notice`` is told of starts that are refused."""

    def __init__(self, schedules: Schedules, start: StartExecution, notice: Notice) -> None:
        self._schedules = schedules
        self._start = start
        self._notice = notice

    def __call__(self, workflow_id: str, at: datetime) -> None:
        """Start it, unless it runs already or the schedule does not want it any more.

        A refusal is reported and stops nothing. Raises what may be over later (``Unavailable``).
        """
        schedule = self._schedules.current(workflow_id)
        if schedule is None or next_due(schedule.cron, schedule.timezone, at) != at:
            return
        try:
            self._start_with(workflow_id, at, {"scheduled_at": timestamp(at)})
        except InvalidInput:
            self._start_without(workflow_id, at)

    def _start_without(self, workflow_id: str, at: datetime) -> None:
        """The input type may allow nothing but its own fields, and have defaults for all of them."""
        try:
            self._start_with(workflow_id, at, {})
        except InvalidInput as error:
            words = f"{timestamp(at)}: {error.message}: {'; '.join(each.message for each in error.findings)}"
            self._notice("ScheduledStartsRefused", workflow_id, words)

    def _start_with(self, workflow_id: str, at: datetime, input: Any) -> None:
        request = StartRequest(
            workflow_id=workflow_id, input=input, execution_id=scheduled_id(workflow_id, at), caller=STARTED_BY
        )
        try:
            self._start(request)
        except (Conflict, NotFound):
            return  # it runs already, perhaps as an earlier version wanted it; or the workflow has been deleted
