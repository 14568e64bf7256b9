"""Workflows in a user's own tests: in memory, in virtual time, with mocked activities.

Layer: command line; public. ``docs/testing.md`` shows how to use it. A ``WorkflowTestEnvironment`` is the engine as it
is deployed, over memory adapters. It has one clock, which only moves when a test lets time pass, and then moves for
everything in it. What is due at the present instant has always been done when a call returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from warnings import warn

import msgspec

from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.model import WorkflowDefinition
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution import commands
from chalicelib.domain.execution.commands import AnyRequest
from weftctl.activities import load_activities
from weftctl.checking import checked_document, read_checked
from weftctl.failures import UsageFailure
from weftctl.simulation.mocks import parse_mocks
from weftctl.simulation.pace import VirtualPace
from weftctl.simulation.report import report
from weftctl.simulation.scripting import Script
from weftctl.simulation.signals import parse_signals
from weftctl.simulation.world import World, names_in
from weftctl.times import parse_time

__all__ = ["RequestRefused", "WorkflowRun", "WorkflowTestEnvironment"]

Definition = str | Path | Mapping[str, Any]
"""The path of a JSON or YAML file, or a document."""
Duration = float | str | timedelta
"""Seconds, an ISO 8601 duration such as ``"P7D"``, or a ``timedelta``."""
Row = dict[str, Any]
START: Final = "2026-01-01T00:00:00Z"


class RequestRefused(WeftError):
    """The execution's state forbids what was asked, and nothing has changed. ``code`` says why, for a test to check."""


class WorkflowTestEnvironment:
    """Runs workflows under test.

    ``definitions`` are all that may run; a faulty one raises a ``WeftError`` that lists what is wrong. ``mocks`` is
    ``{step id or activity type: outcome}`` as for `weft run --mock`, where an outcome may also be a function of
    ``(input)`` or ``(input, context)`` that returns a JSON value or raises ``ActivityError``. What is not mocked runs
    for real if its module has been imported.
    """

    def __init__(
        self, *definitions: Definition, mocks: Mapping[str, Any] | None = None, start_at: datetime | str = START
    ) -> None:
        """The clock stands at ``start_at``: an aware time, or an RFC 3339 one."""
        if not definitions:
            raise UsageFailure("A test environment needs at least one definition.")
        known = [_read(definition) for definition in definitions]
        parsed = parse_mocks(mocks or {}, file="mocks")
        self._default = known[0].id
        self._events = count(1)
        self._clock = VirtualClock(_instant(start_at, "start_at"))
        self._world = World(
            self._clock, VirtualPace(self._clock), registry=load_activities(()), mocks=parsed, warn=_warn
        )
        for definition in known:
            self._world.add(definition)
        for warning in parsed.unmatched(names_in(known)):
            _warn(warning)

    @property
    def now(self) -> datetime:
        """The time here, in UTC."""
        return self._clock.now()

    def start(
        self,
        input: Any = msgspec.UNSET,
        *,
        workflow_id: str | None = None,
        version: str | None = None,
        execution_id: str | None = None,
        signals: Sequence[Mapping[str, Any]] = (),
        user: str | None = None,
    ) -> WorkflowRun:
        """Start an execution of ``workflow_id``, the first definition by default, with ``input`` (``{}`` by default).

        ``signals`` happen later by themselves, each ``at`` its time since now: entries as in `weft run --signals`. The
        execution is started by ``user``, who also asks what is asked of it. Raises ``InvalidInput`` and the like.
        """
        script = Script(parse_signals(list(signals), file="signals"), by=user)
        started = self._world.start(
            workflow_id or self._default,
            version=version,
            input={} if input is msgspec.UNSET else input,
            execution_id=execution_id,
            caller=user or "",
        )
        script.enter(self._world, started.execution_id, started.started_at)
        self._world.go_on_to(self.now)
        return WorkflowRun(self, self._world, started.execution_id, script, user)

    def publish(
        self, event_type: str, data: Any = None, *, correlation: Any = None, event_id: str | None = None
    ) -> str:
        """Publish an event, to every execution that waits for it now or later; gives its id.

        A ``correlation`` that is no text is compared by its JSON form, as everywhere.

        The same ``event_id`` again publishes nothing new. Raises a ``WeftError`` for one that was another event's.
        """
        known_by = event_id or f"test:{next(self._events)}"
        self._world.publish(event_type, data, event_id=known_by, correlation=correlation)
        self._world.go_on_to(self.now)
        return known_by

    def advance(self, duration: Duration) -> None:
        """Let ``duration`` pass, and everything happen that is due meanwhile."""
        self.advance_to(self.now + timedelta(seconds=_seconds(duration)))

    def advance_to(self, time: datetime | str) -> None:
        """Let time pass up to ``time``. An instant in the past changes nothing."""
        instant = _instant(time, "advance_to")
        self._world.go_on_to(instant)
        self._clock.advance_to(instant)


class WorkflowRun:
    """One execution under test, made by ``WorkflowTestEnvironment.start``."""

    def __init__(
        self, environment: WorkflowTestEnvironment, world: World, execution_id: str, script: Script, user: str | None
    ) -> None:
        self.execution_id = execution_id
        self._environment = environment
        self._world = world
        self._follower = world.follow(execution_id)
        self._script = script
        self._user = user
        self._numbers = count(1)
        self._children: dict[str, WorkflowRun] = {}

    # --- time ---------------------------------------------------------------------------------------------------------

    def advance(self, duration: Duration) -> None:
        """Let ``duration`` pass, for the whole environment."""
        self._environment.advance(duration)

    def until_idle(self) -> None:
        """Let time pass until this execution has ended, or waits for something that does not come by itself.

        While its ``signals`` or other executions in the environment still go on, it goes on too: they may concern it.
        """
        self._world.go_on_until_idle(self._follower, lambda: self._script.is_over)

    def result(self) -> Row:
        """Everything about it, once it is idle: the object that `weft run` prints, in the same shape."""
        self.until_idle()
        return self._report()

    # --- what there is to see now -------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """The execution's state, such as ``running`` or ``completed``."""
        return self._follower.state().status

    @property
    def output(self) -> Any:
        """The output so far."""
        return self._follower.state().output

    @property
    def variables(self) -> Row:
        """The variables."""
        return self._follower.state().variables

    @property
    def error(self) -> Row | None:
        """``{code, message, details?}`` of an execution that failed, else None."""
        found = self._follower.state().error
        return None if found is None else found.to_dict()

    @property
    def waiting_for(self) -> list[Row]:
        """What it waits for: ``[{step_id, run, state, event_name?, task_id?, due_at?, timeout_at?, message}]``."""
        rows: list[Row] = self._report()["waiting_for"]
        return rows

    @property
    def steps(self) -> list[Row]:
        """One row a step run, in order of start."""
        rows: list[Row] = self._report()["steps"]
        return rows

    def step(self, step_id: str) -> Row:
        """The row of the latest run of a step. Raises ``LookupError`` if it has not been reached."""
        rows = [row for row in self.steps if row["step_id"] == step_id]
        if not rows:
            message = f"the step {step_id!r} has not been reached"
            raise LookupError(message)
        return rows[-1]

    @property
    def children(self) -> list[WorkflowRun]:
        """The executions that its steps began, in that order, to look at and to ask things of."""
        return [self._child(follower.execution_id) for follower in self._follower.children()]

    def history(self, *event_types: str) -> list[Row]:
        """The events so far, in order; only those of ``event_types``, if any are given."""
        rows: list[Row] = self._report()["events"]
        return [row for row in rows if not event_types or row["event_type"] in event_types]

    @property
    def notifications(self) -> list[Row]:
        """What ``notify.send`` was asked to send: ``[{sent_at, execution_id, step_id, channel, text, …}]``.

        Nothing leaves a test: neither e-mails nor calls of webhooks are made.
        """
        rows: list[Row] = self._report().get("notifications", [])
        return rows

    # --- what may be asked of it: each raises ``RequestRefused`` when the state forbids it ----------------------------

    def signal(self, name: str, payload: Any = None) -> None:
        """Send a signal: to the step that waits for it, else kept for the next that does."""
        self._ask(commands.Signal, name=name, payload=payload)

    def pause(self, *, reason: str | None = None) -> None:
        """Have nothing new begin."""
        self._ask(commands.Pause, reason=reason)

    def resume(self, *, reason: str | None = None) -> None:
        """Go on after a pause."""
        self._ask(commands.Resume, reason=reason)

    def cancel(self, *, reason: str | None = None) -> None:
        """End it now."""
        self._ask(commands.Cancel, reason=reason)

    def skip(self, step: str, *, reason: str | None = None) -> None:
        """End an open step as skipped."""
        self._ask(commands.Skip, step=step, reason=reason)

    def retry(self, step: str, *, reason: str | None = None) -> None:
        """Run a step again that failed for good."""
        self._ask(commands.Retry, step=step, reason=reason)

    def rerun(self, step: str, *, input: Any = msgspec.UNSET, reason: str | None = None) -> None:
        """Run again from a step that has ended, with ``input`` if one is given."""
        self._ask(commands.Rerun, step=step, input=input, reason=reason)

    def set_variables(self, variables: Mapping[str, Any], *, reason: str | None = None) -> None:
        """Set variables by name."""
        self._ask(commands.SetVariables, variables=dict(variables), reason=reason)

    def confirm(self, step: str) -> None:
        """Let a step begin that waits to be confirmed."""
        self._ask(commands.Confirm, step=step)

    def submit(
        self,
        step: str,
        action: str,
        *,
        data: Mapping[str, Any] | None = None,
        reason: str | None = None,
        comments: str | None = None,
        user: str | None = None,
        groups: Sequence[str] | None = None,
    ) -> None:
        """Answer the open task of ``step``: ``approve``, ``reject``, ``modify_data``, or the id of a custom action.

        ``user`` answers, by default the one who started the execution; who is in ``groups``, or for None in all.
        """
        self._ask(
            commands.SubmitHuman,
            step=step,
            action=action,
            data=None if data is None else dict(data),
            reason=reason,
            comments=comments,
            **({} if user is None else {"by": user}),
            groups=None if groups is None else tuple(groups),
        )

    def _child(self, execution_id: str) -> WorkflowRun:
        """Always the same one: it counts what is asked of it."""
        if execution_id not in self._children:
            child = WorkflowRun(self._environment, self._world, execution_id, Script(()), self._user)
            self._children[execution_id] = child
        return self._children[execution_id]

    def _ask(self, kind: Callable[..., AnyRequest], **fields: Any) -> None:
        request = kind(**{"id": f"test:{next(self._numbers)}", "by": self._user, **fields})
        self._world.send(self.execution_id, request)
        self._world.go_on_to(self._environment.now)
        refusal = self._follower.refusals().get(request.id)
        if refusal is not None:
            raise RequestRefused(refusal.message, code=refusal.code)

    def _report(self) -> Row:
        return report(self._follower, self._script, self._world.notifier.outbox)


def _read(definition: Definition) -> WorkflowDefinition:
    if isinstance(definition, Mapping):
        return checked_document(dict(definition))
    return read_checked(str(definition))


def _warn(message: str) -> None:
    warn(message, stacklevel=3)


def _seconds(duration: Duration) -> float:
    found = duration.total_seconds() if isinstance(duration, timedelta) else to_seconds(duration)
    if found is None or found < 0:
        raise UsageFailure(f"{duration!r} is no duration.", remedy='Give seconds, a timedelta, or such as "PT5M".')
    return float(found)


def _instant(time: datetime | str, name: str) -> datetime:
    if isinstance(time, str):
        return parse_time(time, option=name)
    if time.tzinfo is None:
        raise UsageFailure(f"{name}: {time.isoformat()} has no time zone.", remedy="Give an aware time, as in UTC.")
    return time.astimezone(UTC)
