"""The work that Weft and every peer do: a chain of steps that take next to no time, so that the engine is measured."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from chalicelib.activities import activity

ACTIVITY = "bench.Increment"


@activity(ACTIVITY)
def increment(input: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - an activity takes both
    """The number after the input's ``n``."""
    return {"n": input["n"] + 1}


def chain(steps: int, *, kind: str = "activity") -> dict[str, Any]:
    """A Weft definition of ``steps`` steps, activities or (``kind="script"``) expressions."""
    ids = ["start", *(f"s{number}" for number in range(steps)), "end"]
    script = {"type": "script", "expression": "{'n': 1}"}
    work = {"type": "activity", "activity_type": ACTIVITY, "input_mapping": {"n": "$.input.n"}}
    body = script if kind == "script" else work
    inner = [{"id": name, "step_type": body} for name in ids[1:-1]]
    return {
        "id": f"bench-{kind}-{steps}",
        "name": f"A chain of {steps}",
        "version": "1.0.0",
        "steps": [
            {"id": "start", "step_type": {"type": "start"}},
            *inner,
            {"id": "end", "step_type": {"type": "end"}},
        ],
        "transitions": [{"from_step_id": a, "to_step_id": b} for a, b in pairwise(ids)],
    }
