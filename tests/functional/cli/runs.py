"""What calls of the command line give, `weft run` above all, and definitions for it. Layer: tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

START = "2026-01-01T00:00:00Z"
Json = dict[str, Any]


class Called(NamedTuple):
    """What a call gave."""

    exit_code: int
    out: str
    err: str


Weft = Callable[..., Called]


class Ran:
    """A call of `weft run` and its result."""

    def __init__(self, called: Called) -> None:
        self.exit_code = called.exit_code
        self.err = called.err
        self.out = called.out

    @property
    def result(self) -> Json:
        parsed: Json = json.loads(self.out)
        return parsed

    def steps(self, *fields: str) -> list[tuple[Any, ...]]:
        return [tuple(row[field] for field in fields) for row in self.result["steps"]]

    def at(self, event_type: str) -> list[str]:
        """Virtual seconds since the start at which events of this type happened."""
        return [event["timestamp"] for event in self.result["events"] if event["event_type"] == event_type]


Run = Callable[..., Ran]


def activity(step_id: str, activity_type: str = "shop.Do", **fields: Any) -> Json:
    own = {name: fields.pop(name) for name in ("input_mapping", "output_mapping", "inline") if name in fields}
    return {"id": step_id, "step_type": {"type": "activity", "activity_type": activity_type, **own}, **fields}


def chain(*steps: Json, **fields: Any) -> Json:
    """A definition of ``steps`` one after the other, between a start and an end."""
    start, end = ({"id": name, "step_type": {"type": name}} for name in ("start", "end"))
    every = [start, *steps, end]
    transitions = [{"from_step_id": before["id"], "to_step_id": after["id"]} for before, after in pairwise(every)]
    return {
        "id": "flow",
        "name": "Flow",
        "version": "1.0.0",
        "steps": every,
        "transitions": [*transitions, *fields.pop("transitions", [])],
        **fields,
    }
