"""The work that Weft and every peer do: a chain of steps that take next to no time, so that the engine is measured."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from chalicelib.activities import activity

ACTIVITY = "bench.Increment"


def _body(kind: str, source: str, *, last: bool) -> dict[str, Any]:
    root = "$.output" if last else "$.context"
    if kind == "script":
        return {"type": "script", "expression": f"{{'n': $.{source}.n + 1}}", "output_mapping": {"n": f"{root}.n"}}
    if kind == "greeting":
        greet = {"input_mapping": {"name": "$.input.name"}, "output_mapping": {"greeting": f"{root}.greeting"}}
        return {"type": "activity", "activity_type": "example.PrepareGreeting", **greet}
    mapped = {"input_mapping": {"n": f"$.{source}.n"}, "output_mapping": {"n": f"{root}.n"}}
    return {"type": "activity", "activity_type": ACTIVITY, **mapped}


@activity(ACTIVITY)
def increment(input: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - an activity takes both
    """The number after the input's ``n``."""
    return {"n": input["n"] + 1}


def chain(steps: int, *, kind: str = "activity") -> dict[str, Any]:
    """A Weft definition of ``steps`` steps, each adding one to what it is handed; the output is ``{"n": …}``.

    They are activities, or (``kind="script"``) expressions, which the engine computes itself. ``kind="greeting"`` has
    activities that every deployment knows, and works on a ``name``.
    """
    ids = ["start", *(f"s{number}" for number in range(steps)), "end"]
    inner = [
        {"id": name, "step_type": _body(kind, "input" if name == "s0" else "context", last=name == ids[-2])}
        for name in ids[1:-1]
    ]
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
