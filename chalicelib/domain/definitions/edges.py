"""The ways of a definition's graph from step to step, each with the place that says so.

Layer: domain. A way counts only if both its ends exist. Of steps with the same id, the first is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.conditions import is_error_condition

Kind = Literal["normal", "error", "decision", "timeout", "deadline"]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A way from one step to another on the same level: not into a branch, not back from one."""

    source: str
    target: str
    pointer: str
    kind: Kind
    conditional: bool


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A branch of a ``parallel`` step, or the body of a ``map`` step (then ``index`` and ``name`` are None)."""

    owner: str
    entry_step_id: str
    exit_step_id: str
    pointer: str
    index: int | None = None
    name: str | None = None

    def __str__(self) -> str:
        return f"the items of {self.owner!r}" if self.name is None else f"branch {self.name!r} of {self.owner!r}"


class Edges:
    """Lookups over the graph of one definition, complete or partial."""

    def __init__(self, definition: model.WorkflowDefinition) -> None:
        self.definition = definition
        self.steps: dict[str, model.Step] = {}
        self.places: dict[str, str] = {}
        for index, step in enumerate(definition.steps):
            if step.id not in self.steps:
                self.steps[step.id] = step
                self.places[step.id] = f"/steps/{index}"
        self.out: dict[str, list[Edge]] = {step_id: [] for step_id in self.steps}
        # Steps with a way to a step that is not there: it may have been meant to lead to an end.
        self.broken: set[str] = set()
        for edge in self._all():
            if edge.source in self.steps and edge.target in self.steps:
                self.out[edge.source].append(edge)
            else:
                self.broken.add(edge.source)
        self.regions: dict[str, list[Region]] = {}
        for step_id, step in self.steps.items():
            regions = list(regions_of(step, self.places[step_id]))
            if regions:
                self.regions[step_id] = regions
        self.owners: dict[str, list[str]] = {}
        for region in self.all_regions():
            self.owners.setdefault(region.exit_step_id, []).append(region.owner)

    def all_regions(self) -> Iterator[Region]:
        """Every region, in document order."""
        for regions in self.regions.values():
            yield from regions

    def _all(self) -> Iterator[Edge]:
        for index, transition in enumerate(self.definition.transitions):
            yield Edge(
                source=transition.from_step_id,
                target=transition.to_step_id,
                pointer=f"/transitions/{index}",
                kind="error" if is_error_condition(transition.condition) else "normal",
                conditional=transition.condition is not None,
            )
        for step_id, step in self.steps.items():
            yield from self._of_step_type(step, f"{self.places[step_id]}/step_type")
        for index, point in enumerate(self.definition.human_intervention_points):
            target = point.deadline.timeout_strategy.step_id if point.deadline else None
            if target is not None:
                pointer = f"/human_intervention_points/{index}/deadline/timeout_strategy/step_id"
                yield Edge(source=point.step_id, target=target, pointer=pointer, kind="deadline", conditional=True)

    def _of_step_type(self, step: model.Step, pointer: str) -> Iterator[Edge]:
        match step.step_type:
            case model.Decision(conditions=conditions, default=default):
                for index, each in enumerate(conditions):
                    at = f"{pointer}/conditions/{index}/transition_to"
                    yield Edge(source=step.id, target=each.transition_to, pointer=at, kind="decision", conditional=True)
                if default is not None:
                    at = f"{pointer}/default"
                    yield Edge(source=step.id, target=default, pointer=at, kind="decision", conditional=True)
            case model.Wait(timeout_step_id=str(target)) | model.Human(timeout_step_id=str(target)):
                at = f"{pointer}/timeout_step_id"
                yield Edge(source=step.id, target=target, pointer=at, kind="timeout", conditional=True)


def regions_of(step: model.Step, pointer: str) -> Iterator[Region]:
    """The regions that a step opens; ``pointer`` is the step's."""
    match step.step_type:
        case model.Parallel(branches=branches):
            for index, branch in enumerate(branches):
                yield Region(
                    owner=step.id,
                    entry_step_id=branch.entry_step_id,
                    exit_step_id=branch.exit_step_id,
                    pointer=f"{pointer}/step_type/branches/{index}",
                    index=index,
                    name=branch.name,
                )
        case model.MapItems(entry_step_id=entry, exit_step_id=exit_id):
            yield Region(owner=step.id, entry_step_id=entry, exit_step_id=exit_id, pointer=f"{pointer}/step_type")
