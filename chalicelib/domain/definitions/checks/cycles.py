"""Cycles, endless recursion through sub-workflows, and paths that fork and meet again.

Layer: domain. Cycles are found in linear time; the search for meeting paths stops after ``_MAX_STEPS_VISITED``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.structure import is_rescued, stuck_steps
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.components import components, shortest_cycle
from chalicelib.domain.definitions.edges import Edge
from chalicelib.domain.definitions.findings import error, warning
from chalicelib.domain.definitions.territory import Territory
from chalicelib.domain.errors import Finding

_MAX_STEPS_VISITED = 200_000


def check_cycles(subject: Subject) -> Iterator[Finding]:
    """Everything about ways that come back or come together."""
    stuck = stuck_steps(subject.edges, Territory(subject.edges)) if subject.has_whole_graph else {}
    if is_rescued(subject.edges, stuck):
        stuck = {}
    order = list(subject.edges.steps)
    for component in components(order, lambda step_id: [edge.target for edge in subject.edges.out[step_id]]):
        members = set(component)
        first = min(component, key=order.index) if len(component) < 50 else component[-1]
        if len(members) > 1 or any(edge.target == first for edge in subject.edges.out[first]):
            yield from _cycle(subject, first, members, stuck)
    yield from _recursion(subject)
    yield from _meetings(subject)


def _cycle(subject: Subject, first: str, members: set[str], stuck: dict[str, list[str]]) -> Iterator[Finding]:
    cycle = shortest_cycle(first, lambda step_id: [edge.target for edge in subject.edges.out[step_id]], members)
    printed = " -> ".join([*cycle, first])
    pointer = next(edge.pointer for edge in subject.edges.out[cycle[-1]] if edge.target == first)
    # Endless: nothing leads out of it towards an end, and nothing else that leads nowhere is to blame.
    if all(member in stuck and members.issuperset(stuck[member]) for member in members):
        message = f"The cycle {printed} has no way out"
        yield error("EndlessCycle", pointer, message, "Lead a transition from one of its steps towards an end.")
    elif not subject.definition.allow_cycles:
        hint = "Set allow_cycles to true if it is meant."
        yield error("Cycle", pointer, f"There is a cycle: {printed}", hint)


def _recursion(subject: Subject) -> Iterator[Finding]:
    definition = subject.definition
    certain = _certain_steps(subject)
    for index, step in enumerate(definition.steps):
        match step.step_type:
            case model.SubWorkflow(workflow_id=called, workflow_version=version):
                itself = called == definition.id and version in (None, definition.version)
                if itself and step.id in certain:
                    message = f"{step.id!r} starts {called!r} again, without a condition: it would never end"
                    hint = "Put a decision before it, or a condition on the way to it."
                    yield error("EndlessRecursion", f"/steps/{index}/step_type/workflow_id", message, hint)


def _certain_steps(subject: Subject) -> set[str]:
    """The steps that every execution runs unless something fails."""
    edges = subject.edges
    pending = [step_id for step_id, step in edges.steps.items() if isinstance(step.step_type, model.Start)]
    certain: set[str] = set()
    while pending:
        step_id = pending.pop()
        step = edges.steps.get(step_id)
        if step is None or step_id in certain or (step.preconditions and step.skippable):
            continue
        certain.add(step_id)
        pending.extend(edge.target for edge in edges.out[step_id] if not edge.conditional)
        if isinstance(step.step_type, model.Parallel) and step.step_type.completion_strategy == "all":
            pending.extend(branch.entry_step_id for branch in step.step_type.branches)
        if isinstance(step.step_type, model.Decision) and not step.step_type.conditions and step.step_type.default:
            pending.append(step.step_type.default)
    return certain


def _meetings(subject: Subject) -> Iterator[Finding]:
    edges = subject.edges
    left = _MAX_STEPS_VISITED
    for step_id in edges.steps:
        ways = [edge for edge in edges.out[step_id] if edge.kind == "normal"]
        if len(ways) < 2 or isinstance(edges.steps[step_id].step_type, model.Decision):
            continue
        meeting, visited = _first_meeting(subject, step_id, ways, left)
        left -= visited
        if meeting is not None:
            message = f"Paths that fork at {step_id!r} meet again at {meeting!r}, which then runs once for each of them"
            hint = "Use a parallel step to join them, or a decision to choose one."
            yield warning("PathsMeet", edges.places[step_id], message, hint)
        if left <= 0:
            return


def _first_meeting(subject: Subject, fork: str, ways: list[Edge], most: int) -> tuple[str | None, int]:
    """The first step that two of the ways lead to, and how many steps were looked at. A plain end does not count."""
    edges = subject.edges
    seen: dict[str, int] = {}
    visited = 0
    pending = deque((way.target, number) for number, way in enumerate(ways))
    while pending and visited < most:
        step_id, number = pending.popleft()
        visited += 1
        if step_id == fork or seen.get(step_id) == number or _is_plain_end(edges.steps[step_id]):
            continue
        if step_id in seen:
            return step_id, visited
        seen[step_id] = number
        onward = (edge.target for edge in edges.out[step_id] if edge.kind in ("normal", "decision"))
        pending.extend((target, number) for target in onward)
    return None, visited


def _is_plain_end(step: model.Step) -> bool:
    return isinstance(step.step_type, model.End) and step.step_type.output_mapping is None
