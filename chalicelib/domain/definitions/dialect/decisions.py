"""Decisions of the first dialect, which say by their transitions where they lead.

Layer: domain.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.dialect.graph import FirstDialectGraph, refuse_actions


def conditions_from_transitions(graph: FirstDialectGraph) -> None:
    """A decision without conditions takes its transitions as conditions, in order, and the bare one as default."""
    for step_id in list(graph.index):
        step_type = graph.step_type(step_id)
        if step_type.get("type") == "decision" and not step_type.get("conditions") and graph.out(step_id):
            _decide_by_transitions(graph, step_id, step_type)


def _decide_by_transitions(graph: FirstDialectGraph, step_id: str, step_type: dict[str, Any]) -> None:
    origins = graph.rewriting.origins
    at = f"/steps/{graph.index[step_id]}/step_type"
    conditions: list[dict[str, Any]] = []
    defaults: list[int] = []
    for position in graph.out(step_id):
        transition = graph.transitions[position]
        refuse_actions(graph, position, "a decision")
        if transition.get("condition") is None:
            defaults.append(position)
            continue
        place = origins.original(f"/transitions/{position}")
        origins.record(f"{at}/conditions/{len(conditions)}", place)
        target_place = origins.original(f"/transitions/{position}/to_step_id")
        origins.record(f"{at}/conditions/{len(conditions)}/transition_to", target_place)
        conditions.append({"condition": transition["condition"], "transition_to": transition.get("to_step_id")})
    graph.gone.update(graph.out(step_id))
    step_type["conditions"] = conditions
    if defaults and step_type.get("default") is None:
        step_type["default"] = graph.transitions[defaults[0]].get("to_step_id")
        origins.record(f"{at}/default", origins.original(f"/transitions/{defaults[0]}/to_step_id"))
        defaults = defaults[1:]
    for position in defaults:
        message = f"The decision {step_id!r} has more than one way without a condition"
        graph.rewriting.refuse("ConflictingFields", f"/transitions/{position}", message)
