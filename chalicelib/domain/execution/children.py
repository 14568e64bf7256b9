"""Executions that start executions: what a parent and its child know of each other, and what they tell each other.

Layer: domain. The id of a child is derived from the attempt that begins it, so beginning it twice begins it once. A
parent controls the children whose end it waits for: whatever ends such an attempt before its child has ended cancels
the child, and a pause of the parent is one of the child. A child tells its parent when it ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from chalicelib.domain.execution.events import ErrorInfo, Event

LONGEST_ID: Final = 128
"""Characters of an execution id, as the API takes them."""
_KEPT_OF_LONG: Final = 80
_ENDS: Final = frozenset({"WorkflowCompleted", "WorkflowFailed", "WorkflowCanceled", "WorkflowTimedOut"})
_LEAVING: Final = frozenset({"StepCompleted", "StepCanceled", "StepSkipped", "StepRetried", "StepFailed"})
"""Events after which the attempt that began a child waits for it no more."""

Action = Literal["cancel", "pause", "resume"]


class Child(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The child execution of an open attempt, which ``waits`` for its end, or only for its start."""

    execution_id: str
    workflow_id: str
    version: str | None = None
    waits: bool = True


class Parent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The attempt that began an execution, and whether it ``waits`` for the end."""

    execution_id: str
    run_id: str
    attempt: int = 1
    waits: bool = True


class ControlChild(msgspec.Struct, frozen=True):
    """Have ``child`` follow its parent, which ``run_id`` and ``attempt`` name it by; it may not exist yet."""

    run_id: str
    attempt: int
    child: Child
    action: Action


class TellParent(msgspec.Struct, frozen=True):
    """Tell ``parent`` how this execution ended."""

    parent: Parent
    state: str
    output: Any = None
    error: ErrorInfo | None = None


def child_id(parent_id: str, run_id: str, attempt: int) -> str:
    """The id of the execution that an attempt begins: ``<parent>:<step>:<run>:<attempt>``, or a digest if too long.

    A step id holds no colon, so the last three parts are the attempt's and two attempts never share an id.
    """
    step_id, _, number = run_id.rpartition("#")
    return fitting(f"{parent_id}:{step_id}:{number}:{attempt}")


def fitting(wanted: str) -> str:
    """``wanted`` as an execution id: as it is if it is short enough, else its beginning and a digest of all of it."""
    if len(wanted) <= LONGEST_ID:
        return wanted
    return f"{wanted[:_KEPT_OF_LONG]}:{hashlib.sha256(wanted.encode()).hexdigest()[:40]}"


def to_child(details: dict[str, Any]) -> Child:
    """The child that an event's ``child_id`` and ``child`` tell of."""
    given = details["child"]
    return Child(
        execution_id=details["child_id"],
        workflow_id=given["workflow_id"],
        version=given.get("version"),
        waits=given.get("waits", True),
    )


def leaving(child: Child, attempt: int, type_: str, *, over: bool) -> dict[str, Any]:
    """Details to add to an event of type ``type_`` about an ``attempt`` with a child: which, and whether it is left.

    ``over`` says that nothing of the child goes on: it has ended, or has never begun.
    """
    if type_ not in _LEAVING:
        return {}
    if over or not child.waits:
        return {"child_id": child.execution_id}
    left = {"attempt": attempt, "workflow_id": child.workflow_id, "version": child.version}
    return {
        "child_id": child.execution_id,
        "abandons": {name: value for name, value in left.items() if value is not None},
    }


def abandoned(events: Iterable[Event]) -> Iterator[ControlChild]:
    """The children whose attempts ended in ``events`` before they did."""
    for event in events:
        given = event.details.get("abandons")
        if given is not None and event.run_id is not None:
            child = Child(
                execution_id=event.details["child_id"],
                workflow_id=given["workflow_id"],
                version=given.get("version"),
            )
            yield ControlChild(event.run_id, given["attempt"], child, "cancel")


def told(parent: Parent | None, events: Iterable[Event]) -> Iterator[TellParent]:
    """What ``parent`` is to be told of ``events``: the last end, unless it was the parent that wanted it."""
    ends = [event for event in events if event.type in _ENDS]
    if parent is not None and parent.waits and ends and not ends[-1].details.get("from_parent"):
        yield _told(parent, ends[-1])


def _told(parent: Parent, end: Event) -> TellParent:
    details = end.details
    if end.type == "WorkflowCompleted":
        return TellParent(parent, details["state"], output=details.get("output"))
    if end.type == "WorkflowCanceled":
        return TellParent(parent, "canceled", error=_canceled(details))
    state = "failed" if end.type == "WorkflowFailed" else "timed_out"
    return TellParent(parent, state, error=msgspec.convert(details["error"], ErrorInfo))


def _canceled(details: dict[str, Any]) -> ErrorInfo:
    reason = details.get("reason")
    return ErrorInfo(code="Canceled", message="the execution was cancelled" + (f": {reason}" if reason else ""))
