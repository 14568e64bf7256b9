"""What may be asked of an execution.

Layer: domain. Commands travel through the command queue, so each is plain data with a stable wire form (tagged by
``type``). ``command_id`` is what a commit records as answered: a command of the engine's own is named by what it is
about, so a repeat of it has the same id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.execution.children import Action, Parent
from chalicelib.domain.execution.events import ErrorInfo


class _Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Base: frozen, by keyword, told apart by ``type`` on the wire."""


class Advance(_Command, frozen=True, tag="Advance"):
    """Do what can be done now: start a pending execution, or go on after a hand-over at commit ``cause``."""

    cause: int

    @property
    def command_id(self) -> str:
        """Named by the commit that caused it."""
        return f"advance:{self.cause}"


class CompleteTask(_Command, frozen=True, tag="CompleteTask"):
    """An attempt of a step run ended well. ``started_at`` is the worker's clock; ``node`` names the worker."""

    run_id: str
    attempt: int
    output: Any
    started_at: datetime
    node: str | None = None

    @property
    def command_id(self) -> str:
        """Named by the attempt: its outcome counts once, be it success or failure."""
        return f"task:{self.run_id}:{self.attempt}"


class FailTask(_Command, frozen=True, tag="FailTask"):
    """An attempt of a step run failed. ``lost`` means it never gave an outcome (its worker died)."""

    run_id: str
    attempt: int
    error: ErrorInfo
    started_at: datetime
    node: str | None = None
    lost: bool = False

    @property
    def command_id(self) -> str:
        """Named by the attempt: its outcome counts once, be it success or failure."""
        return f"task:{self.run_id}:{self.attempt}"


class TaskStarted(_Command, frozen=True, tag="TaskStarted"):
    """A worker (``node``) has begun an attempt whose outcome may be long in coming, at ``started_at`` by its clock."""

    run_id: str
    attempt: int
    started_at: datetime
    node: str | None = None

    @property
    def command_id(self) -> str:
        """Named by the attempt and its beginning: one that was lost on its way to a worker may begin again."""
        return f"start:{self.run_id}:{self.attempt}:{self.started_at.isoformat()}"


class Heartbeat(_Command, frozen=True, tag="Heartbeat"):
    """The worker of an attempt was heard of ``at``, with what it said of its ``progress`` then."""

    run_id: str
    attempt: int
    at: datetime
    progress: dict[str, Any] = {}

    @property
    def command_id(self) -> str:
        """Named by the attempt and the instant."""
        return f"heartbeat:{self.run_id}:{self.attempt}:{self.at.isoformat()}"


class WakeUp(_Command, frozen=True, tag="WakeUp"):
    """Something of the execution was due at ``at``."""

    at: datetime

    @property
    def command_id(self) -> str:
        """Named by the instant it was armed for."""
        return f"wake:{self.at.isoformat()}"


class FailExecution(_Command, frozen=True, tag="FailExecution"):
    """Deciding itself failed again and again: give the execution up, visibly. ``cause`` is the poisoned command."""

    cause: str
    error: ErrorInfo

    @property
    def command_id(self) -> str:
        """Named by the command that could not be decided."""
        return f"poison:{self.cause}"


class DeliverEvent(_Command, frozen=True, kw_only=True, tag="DeliverEvent"):
    """An event was published: for every open run that waits for it, and every handler, whose correlation matches.

    ``correlation`` is a text, or None for an event without. ``lineage`` counts the executions that one after the other
    led to it, ``published_at`` is when it was first published.
    """

    event_id: str
    name: str
    data: Any = None
    correlation: str | None = None
    source: str | None = None
    lineage: int = 0
    published_at: datetime

    @property
    def command_id(self) -> str:
        """Named by the event: an execution takes each event once."""
        return f"event:{self.event_id}"


class ChildStarted(_Command, frozen=True, tag="ChildStarted"):
    """The child execution of an attempt exists: all that a step waits for that does not wait for its end."""

    run_id: str
    attempt: int

    @property
    def command_id(self) -> str:
        """Named by the attempt."""
        return f"child-started:{self.run_id}:{self.attempt}"


class ChildEnded(_Command, frozen=True, tag="ChildEnded"):
    """The child execution of an attempt has ended as ``state``; ``refused`` if it could not be started at all."""

    run_id: str
    attempt: int
    state: str
    output: Any = None
    error: ErrorInfo | None = None

    @property
    def command_id(self) -> str:
        """Named by the attempt: the first end that the parent hears of counts."""
        return f"child:{self.run_id}:{self.attempt}"


class FollowParent(_Command, frozen=True, tag="FollowParent"):
    """``parent``, at its commit ``cause``, wants its child cancelled, paused or resumed."""

    parent: Parent
    action: Action
    cause: int
    reason: str | None = None

    @property
    def command_id(self) -> str:
        """Named by what the parent wants, and the commit that wants it."""
        return f"parent:{self.action}:{self.cause}"


class Request(_Command, frozen=True, kw_only=True):
    """Base of what people and machines outside ask for: known by ``id``, asked ``by`` somebody, for a ``reason``."""

    id: str
    by: str | None = None
    reason: str | None = None

    @property
    def command_id(self) -> str:
        """Named by the request: the same request twice is answered once."""
        return f"request:{self.id}"


class Signal(Request, frozen=True, kw_only=True, tag="Signal"):
    """Something ``name``d happened: for a step or handler that waits for it, else kept for the next that does."""

    name: str
    payload: Any = None


class Pause(Request, frozen=True, kw_only=True, tag="Pause"):
    """Begin nothing new until resumed."""


class Resume(Request, frozen=True, kw_only=True, tag="Resume"):
    """Go on, with what was kept meanwhile."""


class Cancel(Request, frozen=True, kw_only=True, tag="Cancel"):
    """End at once, as cancelled."""


class Skip(Request, frozen=True, kw_only=True, tag="Skip"):
    """End an open run of ``step`` (a step id or a run id) as skipped, and go on after it."""

    step: str


class Retry(Request, frozen=True, kw_only=True, tag="Retry"):
    """Begin a new run of ``step``, whose last one failed; an execution that failed runs again."""

    step: str


class Rerun(Request, frozen=True, kw_only=True, tag="Rerun"):
    """Run again from ``step``, which has ended, with ``input`` if one is given."""

    step: str
    input: Any = msgspec.UNSET


class SetVariables(Request, frozen=True, kw_only=True, tag="SetVariables"):
    """Set variables by name."""

    variables: dict[str, Any]


class Confirm(Request, frozen=True, kw_only=True, tag="Confirm"):
    """Let ``step``, which waits to be confirmed, begin."""

    step: str


class SubmitHuman(Request, frozen=True, kw_only=True, tag="SubmitHuman"):
    """Answer the open task of ``step`` (a step id or a run id) with ``action``: its type, or a custom action's id.

    ``custom_action_id`` goes with ``custom``; ``data`` is {field: value} for the action's form. ``groups`` are those
    of whoever answers; None stands for every group.
    """

    step: str
    action: str
    custom_action_id: str | None = None
    data: Any = None
    comments: str | None = None
    groups: tuple[str, ...] | None = None


AnyRequest = Signal | Pause | Resume | Cancel | Skip | Retry | Rerun | SetVariables | Confirm | SubmitHuman
Command = (
    Advance
    | CompleteTask
    | FailTask
    | TaskStarted
    | Heartbeat
    | WakeUp
    | FailExecution
    | DeliverEvent
    | ChildStarted
    | ChildEnded
    | FollowParent
    | AnyRequest
)
