"""The edges of a picture: every way that a definition has, under the JSON pointer of the place that says so.

Layer: visualization. Pure. Which ways there are, the domain says; here they get words, and whether they were gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from chalicelib.domain.definitions import edges, model
from chalicelib.domain.definitions.conditions import matches_error
from chalicelib.domain.execution.trail import Trail, Way
from chalicelib.visualization.graph import Edge

HANDLER_PREFIX: Final = "on:"
"""Before the id of an event handler that leads somewhere, as the id of its node: no step's id has a colon."""


def ways_of(known: edges.Edges, trails: Iterable[Trail] | None) -> Iterator[Edge]:
    """The edges between the steps of one definition. ``trails`` are those of its executions; None if there is none."""
    gone = None if trails is None else _Gone(trails)
    for each in (edge for out in known.out.values() for edge in out):
        yield _on_a_level(known.definition, each, gone)
    for region in known.all_regions():
        yield from _in_and_out(region, gone)
    for step_id, step in known.steps.items():
        target = step.compensation_step_id
        if target in known.steps and target is not None:
            yield Edge(
                id=f"{known.places[step_id]}/compensation_step_id",
                source=step_id,
                target=target,
                kind="compensation",
                label="compensated by",
                taken=None if gone is None else gone.has(step_id, target, "compensation"),
            )
    yield from _of_handlers(known, gone)


class _Gone:
    """The ways that executions have gone, together."""

    def __init__(self, trails: Iterable[Trail]) -> None:
        self.ways: dict[tuple[str, str, str], list[Way]] = {}
        self.handlers: set[tuple[str, str]] = set()
        for trail in trails:
            self.handlers |= trail.handlers
            for way in trail.ways:
                self.ways.setdefault((way.source, way.target, way.kind), []).append(way)

    def has(self, source: str, target: str, kind: str) -> bool:
        return (source, target, kind) in self.ways

    def chose(self, source: str, target: str, condition: str | None) -> bool:
        """Whether a decision has gone there for this condition."""
        return any(way.detail == condition for way in self.ways.get((source, target, "decision"), ()))

    def failed(self, source: str, target: str, condition: str) -> bool:
        """Whether a failure has led there that an error transition with this condition answers."""
        return any(matches_error(condition, way.detail or "") for way in self.ways.get((source, target, "error"), ()))


def _on_a_level(definition: model.WorkflowDefinition, each: edges.Edge, gone: _Gone | None) -> Edge:
    label, condition = _words(definition, each)
    taken = None
    if gone is not None and each.kind == "decision":
        taken = gone.chose(each.source, each.target, condition)
    elif gone is not None and each.kind == "error":
        taken = gone.failed(each.source, each.target, condition or "error")
    elif gone is not None:
        taken = gone.has(each.source, each.target, each.kind)
    return Edge(
        id=each.pointer,
        source=each.source,
        target=each.target,
        kind=each.kind,
        label=label,
        condition=condition,
        taken=taken,
    )


def _words(definition: model.WorkflowDefinition, each: edges.Edge) -> tuple[str | None, str | None]:
    """What stands beside an edge, and its condition."""
    place = _value_at(definition, each.pointer.rpartition("/")[0] if each.kind == "decision" else each.pointer)
    if isinstance(place, model.Transition):
        return place.name or place.condition, place.condition
    if isinstance(place, model.DecisionCondition):
        return place.condition, place.condition
    return ("default" if each.kind == "decision" else each.kind), None


def _value_at(definition: model.WorkflowDefinition, pointer: str) -> Any:
    value: Any = definition
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else getattr(value, part)
    return value


def _in_and_out(region: edges.Region, gone: _Gone | None) -> Iterator[Edge]:
    entry, leave = region.entry_step_id, region.exit_step_id
    yield Edge(
        id=f"{region.pointer}/entry_step_id",
        source=region.owner,
        target=entry,
        kind="branch",
        label=region.name or "each item",
        taken=None if gone is None else gone.has(region.owner, entry, "branch"),
    )
    yield Edge(
        id=f"{region.pointer}/exit_step_id",
        source=leave,
        target=region.owner,
        kind="join",
        taken=None if gone is None else gone.has(leave, region.owner, "join"),
    )


def _of_handlers(known: edges.Edges, gone: _Gone | None) -> Iterator[Edge]:
    for index, handler in leading(known.definition, known):
        target = str(handler.handler_type.step_id)
        yield Edge(
            id=f"/event_handlers/{index}/handler_type/step_id",
            source=HANDLER_PREFIX + handler.id,
            target=target,
            kind="handler",
            label="goes on at",
            condition=handler.condition,
            taken=None if gone is None else (handler.id, target) in gone.handlers,
        )


def leading(definition: model.WorkflowDefinition, known: edges.Edges) -> Iterator[tuple[int, model.EventHandler]]:
    """The event handlers that lead to a step, with their places in the document."""
    for index, handler in enumerate(definition.event_handlers):
        if handler.handler_type.type == "goto_step" and handler.handler_type.step_id in known.steps:
            yield index, handler
