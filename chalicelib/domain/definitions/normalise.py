"""Both dialects, and every lenient form, into the main dialect.

Layer: domain. ``normalise`` never raises and never changes what it is given; what it does not understand stays as it
is and is reported by ``reading`` at its place. A document in the main dialect comes out equal but for its durations.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain.definitions.dialect import forms, graph
from chalicelib.domain.definitions.dialect.branches import branches_from_transitions
from chalicelib.domain.definitions.dialect.decisions import conditions_from_transitions
from chalicelib.domain.definitions.dialect.handlers import event_handler, subscription
from chalicelib.domain.definitions.dialect.monitoring import monitoring_config
from chalicelib.domain.definitions.dialect.people import intervention_point
from chalicelib.domain.definitions.dialect.rewriting import Rewriting, rename
from chalicelib.domain.definitions.dialect.steps import step
from chalicelib.domain.definitions.dialect.types import type_definition
from chalicelib.domain.definitions.origins import Origins
from chalicelib.domain.errors import Finding

# The service's own marks and an editor's, not part of what is defined.
_NOT_CONTENT = ("created_at", "updated_at", "$schema")


class Normalised(msgspec.Struct, frozen=True, kw_only=True):
    """A document in the main dialect, where its places came from, and what had no form there.

    ``made`` are the pointers to steps that the given document does not spell out, ``unfinished`` those to parts that
    lack something because of one of the findings.
    """

    document: Any
    origins: Origins
    findings: list[Finding]
    made: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()


def normalise(document: dict[str, Any]) -> dict[str, Any]:
    """The document in the main dialect, durations in seconds. Idempotent."""
    result: dict[str, Any] = normalised(document).document
    return result


def normalised(document: Any) -> Normalised:
    """Like ``normalise``, with the origins of what was moved and the findings of what could not be."""
    rewriting = Rewriting()
    if not isinstance(document, dict):
        return Normalised(document=document, origins=rewriting.origins, findings=[])
    result = {name: value for name, value in document.items() if name not in _NOT_CONTENT}
    for field in ("input_type", "output_type"):
        if field in result:
            result[field] = type_definition(result[field], f"/{field}", rewriting)
    forms.in_seconds(result, "timeout")
    forms.policies(result, "", rewriting)
    if "monitoring_config" in result:
        result["monitoring_config"] = monitoring_config(result["monitoring_config"], "/monitoring_config", rewriting)
    for field, rewrite in _LISTS.items():
        values = result.get(field)
        if isinstance(values, list):
            result[field] = [rewrite(each, f"/{field}/{index}", rewriting) for index, each in enumerate(values)]
    first = _steps(result, rewriting)
    return Normalised(
        document=result,
        origins=rewriting.origins,
        findings=rewriting.findings,
        made=frozenset(first.made),
        unfinished=frozenset(first.unfinished),
    )


_LISTS = {
    "transitions": forms.transition,
    "human_intervention_points": intervention_point,
    "event_handlers": event_handler,
    "subscriptions": subscription,
}


def _steps(document: dict[str, Any], rewriting: Rewriting) -> graph.FirstDialectGraph:
    """Rewrite steps and transitions in place."""
    if not isinstance(document.get("steps"), list):
        return graph.FirstDialectGraph([], [], rewriting)
    points = document.get("human_intervention_points")
    by_step = _points_by_step(points)
    given = enumerate(document["steps"])
    steps = [step(each, f"/steps/{index}", rewriting, by_step) for index, each in given]
    document["steps"] = steps
    _move_timeouts(points, steps, rewriting)
    if not isinstance(document.get("transitions"), list | None):
        return graph.FirstDialectGraph(steps, [], rewriting)
    edges: list[Any] = list(document.get("transitions") or [])
    moved = _move_transitions(steps, edges, rewriting)
    first = graph.FirstDialectGraph(steps, edges, rewriting)
    if "start_step_id" in document or moved:
        conditions_from_transitions(first)
        branches_from_transitions(first, document.get("start_step_id"))
    if "start_step_id" in document:
        graph.start_and_end(first, document.pop("start_step_id"))
    _store_transitions(document, first, rewriting)
    return first


def _points_by_step(points: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for point in points if isinstance(points, list) else []:
        if isinstance(point, dict) and isinstance(point.get("step_id"), str) and isinstance(point.get("id"), str):
            found.setdefault(point["step_id"], point["id"])
    return found


def _move_timeouts(points: Any, steps: list[Any], rewriting: Rewriting) -> None:
    """A point's ``timeout`` that says no action is its step's."""
    types = {each.get("id"): (index, each.get("step_type")) for index, each in enumerate(steps) if _is_step(each)}
    for number, point in enumerate(points if isinstance(points, list) else []):
        if not isinstance(point, dict) or "timeout" not in point or not isinstance(point.get("step_id"), str):
            continue
        index, step_type = types.get(point["step_id"], (0, None))
        if isinstance(step_type, dict) and step_type.get("type") == "human" and "timeout" not in step_type:
            forms.in_seconds(point, "timeout")
            step_type["timeout"] = point.pop("timeout")
            origin = rewriting.origins.original(f"/human_intervention_points/{number}/timeout")
            rewriting.origins.record(f"/steps/{index}/step_type/timeout", origin)


def _is_step(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _move_transitions(steps: list[Any], edges: list[Any], rewriting: Rewriting) -> bool:
    """The transitions inside steps go to the end of the document's, in order; whether there were any."""
    before = len(edges)
    for index, each in enumerate(steps):
        if not isinstance(each, dict) or not isinstance(each.get("transitions"), list):
            continue
        for number, transition in enumerate(each.pop("transitions")):
            at = f"/transitions/{len(edges)}"
            rewriting.origins.record(at, f"/steps/{index}/transitions/{number}")
            edges.append(transition)
            if isinstance(transition, dict):
                edge = edges[-1] = {"from_step_id": each.get("id"), **transition}
                rewriting.origins.record(f"{at}/from_step_id", f"/steps/{index}/id")
                rename(edge, "target_id", "to_step_id", at, rewriting)
                rename(edge, "to", "to_step_id", at, rewriting)
    return len(edges) > before


def _store_transitions(document: dict[str, Any], first: graph.FirstDialectGraph, rewriting: Rewriting) -> None:
    """Close the gaps that transitions left which became conditions and branches."""
    if not first.transitions and "transitions" not in document:
        return
    if not first.gone:
        document["transitions"] = first.transitions
        return
    kept = [position for position in range(len(first.transitions)) if position not in first.gone]
    rewriting.origins.renumber("/transitions", kept)
    document["transitions"] = [first.transitions[position] for position in kept]
