"""Which step belongs to which region, found by following the graph level by level from the start.

Layer: domain. Linear: every step is entered once. What crosses a border on the way is a finding.
"""

from __future__ import annotations

from collections import deque

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.edges import Edge, Edges, Region
from chalicelib.domain.definitions.findings import error
from chalicelib.domain.errors import Finding

_BORDER = "Transitions and goto_step stay on one side of the border of a branch."


class Territory:
    """The steps that can be reached, by region (None: outside of all), and what crosses a border."""

    def __init__(self, edges: Edges) -> None:
        self.region_of: dict[str, Region | None] = {}
        self.compensations: set[str] = set()
        self.findings: list[Finding] = []
        self.lost_exits: list[Region] = []
        self._crossed: set[tuple[Region | None, str]] = set()
        self._edges = edges
        self._pending: deque[Region] = deque()
        for step_id, step in edges.steps.items():
            if isinstance(step.step_type, model.Start) and step_id not in self.region_of:
                self._explore(step_id)
        self._explore_handlers()
        self._explore_compensations()

    def reached(self, step_id: str) -> bool:
        """Whether a step can be reached, if only to compensate."""
        return step_id in self.region_of or step_id in self.compensations

    def _explore(self, entry: str) -> None:
        self._flood(entry, None)
        self._explore_regions()

    def _explore_regions(self) -> None:
        while self._pending:
            region = self._pending.popleft()
            if region.entry_step_id not in self._edges.steps:
                continue  # reported as an unknown step
            if region.entry_step_id in self.region_of:
                self._entered_twice(region)
            elif self._may_be_inside(region.entry_step_id, region, f"{region.pointer}/entry_step_id"):
                self._flood(region.entry_step_id, region)
                self._look_for_exit(region)

    def _flood(self, entry: str, region: Region | None) -> None:
        self._enter(entry, region)
        pending = [entry]
        while pending:
            step_id = pending.pop()
            for edge in self._edges.out[step_id]:
                if region is not None and step_id == region.exit_step_id and edge.kind in ("normal", "decision"):
                    self._leaves(edge, region)
                elif edge.target not in self.region_of:
                    if self._may_be_inside(edge.target, region, edge.pointer):
                        self._enter(edge.target, region)
                        pending.append(edge.target)
                elif self.region_of[edge.target] is not region:
                    self._crosses(edge, region)

    def _look_for_exit(self, region: Region) -> None:
        exit_id = region.exit_step_id
        found = self.region_of.get(exit_id) is region or (region, exit_id) in self._crossed
        if exit_id in self._edges.steps and not found:
            self.lost_exits.append(region)

    def _enter(self, step_id: str, region: Region | None) -> None:
        self.region_of[step_id] = region
        self._pending.extend(self._edges.regions.get(step_id, ()))

    def _may_be_inside(self, step_id: str, region: Region | None, pointer: str) -> bool:
        """A branch has no start and no end of its own."""
        inside = isinstance(self._edges.steps[step_id].step_type, model.Start | model.End)
        if region is None or not inside:
            return True
        message = f"{step_id!r} cannot be inside {region}: a branch has no start or end step of its own"
        hint = f"A branch ends with its exit step {region.exit_step_id!r}; to fail the execution, let a step fail."
        self.findings.append(error("LeavesRegion", pointer, message, hint))
        return False

    def _leaves(self, edge: Edge, region: Region) -> None:
        message = f"{edge.source!r} is the exit of {region}, so the way to {edge.target!r} is never taken"
        hint = f"Remove it, and lead from {region.owner!r} to what comes after it."
        self.findings.append(error("LeavesRegion", edge.pointer, message, hint))

    def _crosses(self, edge: Edge, region: Region | None) -> None:
        other = self.region_of[edge.target]
        self._crossed.add((region, edge.target))
        if region is not None and other is not None and region.owner == other.owner:
            message = f"{region} and {other} share the step {edge.target!r}"
            hint = "Give each branch steps of its own, and put what they share after the parallel step."
            self.findings.append(error("BranchesShareStep", edge.pointer, message, hint))
            return
        source = "outside" if region is None else f"in {region}"
        target = "outside" if other is None else f"in {other}"
        message = f"The way from {edge.source!r} ({source}) to {edge.target!r} ({target}) crosses a border"
        self.findings.append(error("LeavesRegion", edge.pointer, message, _BORDER))

    def _entered_twice(self, region: Region) -> None:
        other = self.region_of[region.entry_step_id]
        pointer = f"{region.pointer}/entry_step_id"
        if other is not None and other.owner == region.owner:
            message = f"{region} and {other} share the step {region.entry_step_id!r}"
            self.findings.append(error("BranchesShareStep", pointer, message, "Give each branch steps of its own."))
            return
        place = "from outside" if other is None else f"from {other}"
        message = f"{region.entry_step_id!r}, the entry of {region}, is also reached {place}"
        self.findings.append(error("LeavesRegion", pointer, message, _BORDER))

    def _explore_handlers(self) -> None:
        for index, handler in enumerate(self._edges.definition.event_handlers):
            target = handler.handler_type.step_id
            if handler.handler_type.type != "goto_step" or target not in self._edges.steps:
                continue
            region = self.region_of.get(target)
            if target not in self.region_of:
                self._explore(target)
            elif region is not None:
                pointer = f"/event_handlers/{index}/handler_type/step_id"
                message = f"goto_step leads to {target!r}, inside {region}"
                self.findings.append(error("LeavesRegion", pointer, message, _BORDER))

    def _explore_compensations(self) -> None:
        """A compensation runs alone: its transitions are ignored, but it may have regions of its own."""
        pending = list(self.region_of)
        while pending:
            target = self._edges.steps[pending.pop()].compensation_step_id
            if target is None or target not in self._edges.steps or self.reached(target):
                continue
            before = len(self.region_of)
            self.compensations.add(target)
            self._pending.extend(self._edges.regions.get(target, ()))
            self._explore_regions()
            pending.extend([target, *list(self.region_of)[before:]])
