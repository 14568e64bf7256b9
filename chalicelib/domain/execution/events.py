"""What happened to an execution: events, and the commit that carries them.

Layer: domain. An event is written once and never changed; ``details`` hold JSON values under the names of the public
history (``docs/definition-language.md``). A commit is the unit of writing: the events one decision led to, with the
ids of the commands it answers. Events of a commit share its time; their sequence numbers are gapless over the
execution and start at 1.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

EXECUTION_STATES: Final = (
    "pending",
    "scheduled",
    "running",
    "paused",
    "waiting_for_event",
    "waiting_for_human_intervention",
    "completed",
    "partially_failed",
    "failed",
    "canceled",
    "timed_out",
)
TERMINAL_STATES: Final = frozenset({"completed", "partially_failed", "failed", "canceled", "timed_out"})
STEP_STATES: Final = (
    "pending",
    "scheduled",
    "running",
    "waiting_for_event",
    "waiting_for_timer",
    "waiting_for_human_intervention",
    "waiting_for_confirmation",
    "paused",
    "completed",
    "skipped",
    "failed",
    "canceled",
)
EVENT_TYPES: Final = (
    "WorkflowCreated",
    "WorkflowStarted",
    "WorkflowCompleted",
    "WorkflowFailed",
    "WorkflowCanceled",
    "WorkflowPauseRequested",
    "WorkflowPaused",
    "WorkflowResumed",
    "WorkflowTimedOut",
    "StepScheduled",
    "StepStarted",
    "StepCompleted",
    "StepFailed",
    "StepSkipped",
    "StepRetried",
    "StepTimedOut",
    "StepCanceled",
    "DecisionMade",
    "SignalReceived",
    "ExternalEventReceived",
    "VariableSet",
    "TimerScheduled",
    "TimerFired",
    "HumanTaskCreated",
    "HumanInterventionSubmitted",
    "HumanInterventionTimedOut",
    "RequestRefused",
    "HumanTaskEscalated",
    "CompensationStarted",
    "CompensationCompleted",
    "CompensationFailed",
)


class ErrorInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A failure as data. ``retryable`` None leaves the question to the retry policy."""

    code: str
    message: str
    details: Any = None
    stack_trace: str | None = None
    retryable: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """``{code, message, details?, stack_trace?}``, as histories and expressions show it."""
        shown: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details is not None:
            shown["details"] = self.details
        if self.stack_trace is not None:
            shown["stack_trace"] = self.stack_trace
        return shown


class Event(msgspec.Struct, frozen=True, array_like=True):
    """One fact. ``type`` is one of ``EVENT_TYPES``; ``run_id`` is ``<step id>#<run number>`` for events of a step."""

    type: str
    run_id: str | None = None
    details: dict[str, Any] = {}

    @property
    def step_id(self) -> str | None:
        """The step that the event is about, if any."""
        return None if self.run_id is None else self.run_id.rpartition("#")[0]


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """Commit ``number`` (from 1) of an execution.

    ``first_sequence`` is the sequence number of ``events[0]``; ``time`` is aware UTC; ``command_ids`` say what it
    answers; ``trace_id`` follows a request through the logs.
    """

    execution_id: str
    number: int
    time: datetime
    first_sequence: int
    command_ids: tuple[str, ...]
    events: tuple[Event, ...]
