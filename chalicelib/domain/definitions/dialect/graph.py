"""The graph of a document in the first dialect while it is rewritten, and its start and end steps.

Layer: domain. Works on plain data that may be broken in any way; what does not have the expected form is left alone.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.conditions import is_error_condition
from chalicelib.domain.definitions.dialect.rewriting import Rewriting

# Finding where branches meet looks at this many steps in all: some shapes would take quadratic time.
MAX_VISITS = 200_000


class FirstDialectGraph:
    """Steps and transitions while they are rewritten, with what a step's way out is."""

    def __init__(self, steps: list[Any], transitions: list[Any], rewriting: Rewriting) -> None:
        self.steps = steps
        self.transitions: list[Any] = transitions
        self.rewriting = rewriting
        self.index: dict[str, int] = {}
        for position, step in enumerate(steps):
            if isinstance(step, dict) and isinstance(step.get("id"), str):
                self.index.setdefault(step["id"], position)
        self.gone: set[int] = set()
        self.made: set[str] = set()
        self.unfinished: set[str] = set()
        self.visits_left = MAX_VISITS
        self._out: dict[str, list[int]] = {}
        for position, transition in enumerate(transitions):
            self._connect(position, transition)

    def step_type(self, step_id: str) -> dict[str, Any]:
        """The settings of a step; empty if they are not an object."""
        found = self.steps[self.index[step_id]].get("step_type")
        return found if isinstance(found, dict) else {}

    def out(self, step_id: str) -> list[int]:
        """The positions of the normal transitions out of a step, in order."""
        return [position for position in self._out.get(step_id, []) if position not in self.gone]

    def targets(self, step_id: str) -> list[str]:
        """The steps that a step leads to when it does not fail, those of its decision included."""
        found = [self.transitions[position].get("to_step_id") for position in self.out(step_id)]
        self.visits_left -= 1
        step_type = self.step_type(step_id)
        conditions = step_type.get("conditions")
        if step_type.get("type") == "decision" and isinstance(conditions, list):
            found.extend(each.get("transition_to") for each in conditions if isinstance(each, dict))
            found.append(step_type.get("default"))
        return [target for target in found if isinstance(target, str) and target in self.index]

    def add_step(self, wanted_id: str, step_type: dict[str, Any], name: str, origin: str) -> str:
        """Add a step that the document does not spell out; returns its id."""
        step_id, count = wanted_id, 1
        while step_id in self.index:
            count += 1
            step_id = f"{wanted_id}-{count}"
        self.index[step_id] = len(self.steps)
        self.rewriting.origins.record(f"/steps/{len(self.steps)}", origin)
        self.made.add(f"/steps/{len(self.steps)}")
        self.steps.append({"id": step_id, "name": name, "step_type": step_type})
        return step_id

    def add_transition(self, from_id: str, to_id: str, origin: str) -> None:
        """Add a transition that the document does not spell out."""
        position = len(self.transitions)
        self.rewriting.origins.record(f"/transitions/{position}", origin)
        self.rewriting.origins.record(f"/transitions/{position}/from_step_id", origin)
        self.rewriting.origins.record(f"/transitions/{position}/to_step_id", origin)
        self.transitions.append({"from_step_id": from_id, "to_step_id": to_id})
        self._connect(position, self.transitions[position])

    def place_of(self, step_id: str) -> str:
        """The pointer to a step in the given document."""
        return self.rewriting.origins.original(f"/steps/{self.index[step_id]}")

    def refuse(self, code: str, step_id: str, message: str, hint: str = "") -> None:
        """Report a step."""
        self.rewriting.refuse(code, f"/steps/{self.index[step_id]}", message, hint)

    def _connect(self, position: int, transition: Any) -> None:
        if not isinstance(transition, dict):
            return
        source, condition = transition.get("from_step_id"), transition.get("condition")
        is_error = isinstance(condition, str) and is_error_condition(condition)
        if isinstance(source, str) and source in self.index and not is_error:
            self._out.setdefault(source, []).append(position)


def refuse_actions(graph: FirstDialectGraph, position: int, owner: str) -> None:
    """Report what a transition does on the way, where the main dialect has no transition to do it."""
    for field in ("before_transition", "after_transition"):
        if graph.transitions[position].get(field) is not None:
            message = f"A way out of {owner} cannot have {field!r}"
            hint = "Put a DataMapping step in between."
            graph.rewriting.refuse("NotAllowedHere", f"/transitions/{position}/{field}", message, hint)


def start_and_end(graph: FirstDialectGraph, start: Any) -> None:
    """A start step before ``start_step_id``, and an end step after every step that leads nowhere."""
    _add_end(graph)
    if not isinstance(start, str):
        graph.rewriting.refuse("WrongType", "/start_step_id", "Expected the id of a step")
        return
    if start in graph.index and graph.step_type(start).get("type") == "start":
        return
    made = graph.add_step("start", {"type": "start"}, "Start", "/start_step_id")
    graph.add_transition(made, start, "/start_step_id")


def _add_end(graph: FirstDialectGraph) -> None:
    exits = _region_exits(graph)
    compensations = {step.get("compensation_step_id") for step in graph.steps if isinstance(step, dict)}
    apart = exits | {each for each in compensations if isinstance(each, str)}
    last = [
        step_id
        for step_id in graph.index
        if step_id not in apart
        and graph.step_type(step_id).get("type") not in ("end", "decision", None)
        and not graph.out(step_id)
    ]
    if not last:
        return
    end = graph.add_step("end", {"type": "end"}, "End", graph.place_of(last[0]))
    for step_id in last:
        graph.add_transition(step_id, end, graph.place_of(step_id))


def _region_exits(graph: FirstDialectGraph) -> set[str]:
    found: set[Any] = set()
    for step_id in graph.index:
        step_type = graph.step_type(step_id)
        if step_type.get("type") == "map":
            found.add(step_type.get("exit_step_id"))
        branches = step_type.get("branches")
        if isinstance(branches, list):
            found.update(each.get("exit_step_id") for each in branches if isinstance(each, dict))
    return {each for each in found if isinstance(each, str)}
