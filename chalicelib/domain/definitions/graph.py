"""The graph of a valid definition, as deciding needs it: every lookup is a dictionary's.

Layer: domain. Built once per definition (``graph_of``) and never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.conditions import is_error_condition
from chalicelib.domain.definitions.edges import Edges, Region
from chalicelib.domain.definitions.places import expressions, step_ids_of
from chalicelib.domain.definitions.territory import Territory

IndexedTransition = tuple[int, model.Transition]


class Graph:
    """Lookups over a definition that passed validation."""

    def __init__(self, definition: model.WorkflowDefinition) -> None:
        self.definition = definition
        edges = Edges(definition)
        self.steps: Mapping[str, model.Step] = edges.steps
        self.start: model.Step = next(step for step in definition.steps if isinstance(step.step_type, model.Start))
        self._normal: dict[str, list[IndexedTransition]] = {}
        self._error: dict[str, list[IndexedTransition]] = {}
        for index, transition in enumerate(definition.transitions):
            kind = self._error if is_error_condition(transition.condition) else self._normal
            kind.setdefault(transition.from_step_id, []).append((index, transition))
        self._regions = edges.regions
        self._region_of = Territory(edges).region_of
        self.exits: Mapping[str, Region] = {
            region.exit_step_id: region
            for region in edges.all_regions()
            if self._region_of.get(region.exit_step_id) is region
        }
        self._points = {point.id: point for point in definition.human_intervention_points}
        self.event_handlers: Sequence[model.EventHandler] = sorted(
            definition.event_handlers, key=lambda handler: model.PRIORITIES.index(handler.priority or "medium")
        )
        self.awaited_events = frozenset(
            step.step_type.event_name for step in definition.steps if isinstance(step.step_type, model.Wait)
        )
        self.referenced_step_ids: frozenset[str] | None = _referenced_step_ids(definition)

    def step(self, step_id: str) -> model.Step:
        """The step of this id. Raises ``KeyError``."""
        return self.steps[step_id]

    def outgoing(self, step_id: str) -> Sequence[IndexedTransition]:
        """The transitions of a step that ended well, with their positions in the document, in its order."""
        return self._normal.get(step_id, [])

    def error_transitions(self, step_id: str) -> Sequence[IndexedTransition]:
        """The transitions of a step that failed for good, with their positions, in document order."""
        return self._error.get(step_id, [])

    def regions(self, step_id: str) -> Sequence[Region]:
        """The branches that a ``parallel`` step opens, or the one body of a ``map`` step."""
        return self._regions.get(step_id, [])

    def region_of(self, step_id: str) -> Region | None:
        """The innermost region a step is inside of; None outside of all."""
        return self._region_of.get(step_id)

    def intervention_point(self, step_id: str) -> model.HumanInterventionPoint | None:
        """The intervention point of a human step; None for any other step."""
        step_type = self.steps[step_id].step_type
        return self._points.get(step_type.intervention_point_id) if isinstance(step_type, model.Human) else None


def graph_of(definition: model.WorkflowDefinition) -> Graph:
    """The graph of a definition, built when first asked for and kept while it is among the last ``_MAX_GRAPHS``."""
    # A cached graph holds its definition, so the id cannot come to mean another one.
    found = _graphs.get(id(definition))
    if found is None:
        found = _graphs[id(definition)] = Graph(definition)
        while len(_graphs) > _MAX_GRAPHS:
            _graphs.pop(next(iter(_graphs)), None)
    return found


_MAX_GRAPHS = 256
_graphs: dict[int, Graph] = {}


def _referenced_step_ids(definition: model.WorkflowDefinition) -> frozenset[str] | None:
    found: set[str] = set()
    for expression in expressions(definition):
        step_ids = step_ids_of(expression)
        if step_ids is None:
            return None
        found |= step_ids
    return frozenset(found)
