"""Transitions: which of them are taken out of a step, and what taking one does.

Layer: domain. Works on a ``Draft``. Every transition whose condition is true or absent is taken; the paths then run
side by side. Error transitions are taken by ``failure`` only.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.model import Transition
from chalicelib.domain.execution import ending
from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.program import Plan
from chalicelib.domain.expressions import ExpressionFailure


def leave(draft: Draft, plan: Plan, *, result: Any = None) -> None:
    """Take every normal transition out of a step that holds; if none does and it is no end, fail the execution."""
    if plan.is_end:
        return
    taken = [
        transition
        for transition in plan.transitions
        if transition.condition is None or draft.holds(transition.condition, draft.context(result=result))
    ]
    if not taken:
        message = f"no transition out of step {plan.step.id!r} can be taken, and it is not an end"
        ending.fail(draft, ErrorInfo(code="NoTransition", message=message), failed_step_id=plan.step.id)
        return
    for transition in taken:
        take(draft, transition, result=result)


def take(draft: Draft, transition: Transition, **extra: Any) -> None:
    """Follow one transition: its side expressions set variables, then its target's turn has come."""
    if transition.before_transition is not None or transition.after_transition is not None:
        _take_along(draft, transition, extra)
    draft.ready.append((transition.to_step_id, draft.origin))


def _take_along(draft: Draft, transition: Transition, extra: dict[str, Any]) -> None:
    for text in (transition.before_transition, transition.after_transition):
        if text is not None:
            value = draft.evaluate(text, draft.context(**extra))
            if not isinstance(value, dict):
                raise ExpressionFailure(text, "a transition's expression gives an object to merge into the variables")
            writes = {f"$.context.{name}": item for name, item in value.items()}
            draft.emit("VariableSet", writes=writes, region=draft.origin.region)
