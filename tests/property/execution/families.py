"""Random sub-workflow steps, and what their children and a parent of the execution tell it.

Layer: tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st

from chalicelib.domain.execution.children import ControlChild, Parent
from chalicelib.domain.execution.commands import ChildEnded, ChildStarted, Command, FollowParent
from chalicelib.domain.execution.effects import Effect, StartChild, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.state import State

BOOM = ErrorInfo(code="Boom", message="x")
PARENT = {"execution_id": "p", "run_id": "s#1", "attempt": 2}
OF: list[dict[str, Any]] = [{}, {}, {"wait": False}, {"workflow_version": "1.0.0"}, {"input_mapping": {"n": 1}}]
MORE: list[dict[str, Any]] = [
    {},
    {"skippable": True},
    {"timeout": 5},
    {"retry_policy": {"max_attempts": 2, "initial_interval": 2}, "timeout": 20},
    {"retry_policy": {"max_retries": 1, "retry_intervals": [0]}},
    {"error_policy": {"type": "continue_workflow"}, "postconditions": ["$.result.n = 1"]},
]


@st.composite
def sub_workflow_steps(draw: st.DrawFn, step_id: str, later: list[str]) -> dict[str, Any]:
    """A step that begins a child, of the workflow ``child``."""
    of = {"type": "sub_workflow", "workflow_id": "child", **draw(st.sampled_from(OF))}
    return {"id": step_id, "step_type": {**of, "output_mapping": {"n": "$.context.n"}}, **draw(st.sampled_from(MORE))}


def wishes(cause: int) -> list[FollowParent]:
    """What a parent may want at its commit ``cause``."""
    parent = msgspec.convert(PARENT, Parent)
    return [FollowParent(parent=parent, action=action, cause=cause) for action in ("cancel", "pause", "resume")]


class Children:
    """Plays the children of an execution, and knows which of them go on."""

    def __init__(self) -> None:
        self.going_on: set[str] = set()

    def note(self, effects: Iterable[Effect]) -> None:
        """A child that is begun goes on until it ends or is cancelled; none is cancelled that was not begun."""
        for effect in effects:
            if isinstance(effect, StartChild) and effect.child.waits:
                self.going_on.add(effect.child.execution_id)
            elif isinstance(effect, ControlChild) and effect.action == "cancel":
                assert effect.child.execution_id in self.going_on
                self.going_on.remove(effect.child.execution_id)

    def outcome(self, data: st.DataObject, state: State) -> Command | None:
        """News of an open child: mostly that it has ended, one way or another."""
        children = [effect for effect in outstanding(state) if isinstance(effect, StartChild)]
        if not children:
            return None
        begun = data.draw(st.sampled_from(children))
        how = data.draw(st.sampled_from(["completed", "partially_failed", "failed", "refused", "started"]))
        if how == "started" or not begun.child.waits:
            return ChildStarted(run_id=begun.run_id, attempt=begun.attempt)
        self.going_on.discard(begun.child.execution_id)
        output = {"n": data.draw(st.sampled_from([1, 2]))} if how in ("completed", "partially_failed") else None
        error = BOOM if how in ("failed", "refused") else None
        return ChildEnded(run_id=begun.run_id, attempt=begun.attempt, state=how, output=output, error=error)
