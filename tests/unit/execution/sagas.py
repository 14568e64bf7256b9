"""Workflows that take back what they have done, and what is to be seen of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from chalicelib.domain.execution.commands import (
    Advance,
)
from chalicelib.domain.execution.effects import Continue, outstanding
from chalicelib.domain.execution.views import status_view
from tests.unit.execution.play import Play, activity, chain, workflow


def undone(step_id: str, by: str, **fields: Any) -> dict[str, Any]:
    """A step and, apart from the graph, the name of what compensates it."""
    return activity(step_id, compensation_step_id=by, **fields)


def undo(step_id: str, mapping: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    mapped = {"out": "$.compensated.output"} if mapping is None else mapping
    return activity(step_id, of={"input_mapping": mapped, **fields.pop("of", {})}, **fields)


def saga(*steps: dict[str, Any], also: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A chain of steps, with compensations beside it."""
    document = chain(*steps, **fields)
    document["steps"] += also
    return document


def twice(**fields: Any) -> dict[str, Any]:
    """Steps a and b, which undo-a and undo-b compensate, and c, which may fail."""
    return saga(
        undone("a", "undo-a"), undone("b", "undo-b"), activity("c"), also=[undo("undo-a"), undo("undo-b")], **fields
    )


def mapped(*inner: dict[str, Any], also: list[dict[str, Any]], of: dict[str, Any] | None = None) -> dict[str, Any]:
    """A map over ``$.input.items`` whose items go through ``inner``, and then a step ``last``."""
    ids = [step["id"] for step in inner]
    step_type = {
        "type": "map",
        "items": "$.input.items",
        "entry_step_id": ids[0],
        "exit_step_id": ids[-1],
        **(of or {}),
    }
    return workflow(
        {"id": "m", "step_type": step_type},
        *inner,
        activity("last"),
        *also,
        transitions=[("start", "m"), *pairwise(ids), ("m", "last"), ("last", "end")],
    )


def hand_over(play: Play) -> None:
    """Go on with what did not fit into a commit."""
    while any(isinstance(effect, Continue) for effect in outstanding(play.state)):
        play.tell(Advance(cause=play.state.commit))


def compensations(play: Play) -> list[str]:
    """What was compensated, in order, by how it ended."""
    return [
        f"{event.type.removeprefix('Compensation')} {event.details['compensates']}"
        for event in play.events
        if event.type.startswith("Compensation") and event.run_id is not None
    ]


def shown(play: Play) -> dict[str, Any]:
    """The status that people see."""
    found = status_view(play.commits, play.program.definition)
    assert found is not None
    return found


def summary(play: Play) -> dict[str, Any]:
    found: dict[str, Any] = play.events[-1].details["compensation"]
    return found


def side_by_side(**fields: Any) -> dict[str, Any]:
    """Branches: charge, which refund compensates, beside reserve."""
    branches = [{"name": name, "entry_step_id": name, "exit_step_id": name} for name in ("charge", "reserve")]
    mapping = {"id": "$.context.id", "out": "$.compensated.output"}
    return workflow(
        {"id": "p", "step_type": {"type": "parallel", "branches": branches}},
        undone("charge", "refund", of={"output_mapping": {"id": "$.context.id"}}, **fields),
        activity("reserve"),
        undo("refund", mapping),
        transitions=[("start", "p"), ("p", "end")],
    )


def branches_that_undo(exit_of: str = "x") -> dict[str, Any]:
    """Step a is compensated by a parallel step of two branches."""
    branches = [
        {"name": "one", "entry_step_id": "x", "exit_step_id": exit_of},
        {"name": "two", "entry_step_id": "y", "exit_step_id": "y"},
    ]
    inner = [undone("x", "undo-x"), activity("y", of={"input_mapping": {"o": "$.compensated.output"}}), undo("undo-x")]
    document = saga(
        undone("a", "both"),
        activity("b"),
        also=[{"id": "both", "step_type": {"type": "parallel", "branches": branches}}, *inner],
    )
    if exit_of != "x":
        document["steps"].append(activity(exit_of))
        document["transitions"].append({"from_step_id": "x", "to_step_id": exit_of, "condition": "$.result.ok"})
    return document


def compensating(**created: Any) -> Play:
    play = Play(twice(), **created)
    play.complete("a")
    play.complete("b")
    play.fail("c")
    return play
