"""The shape of the graph: start and end, what can be reached, what leads to an end, and the borders of branches.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.edges import Edges
from chalicelib.domain.definitions.findings import error, warning
from chalicelib.domain.definitions.territory import Territory
from chalicelib.domain.errors import Finding


def check_structure(subject: Subject) -> Iterator[Finding]:
    """Everything about the graph but its cycles."""
    territory = Territory(subject.edges)
    yield from _starts_and_ends(subject)
    yield from _forbidden_transitions(subject)
    yield from territory.findings
    yield from _decisions(subject)
    if subject.has_whole_graph:
        yield from _lost_exits(territory)
        yield from _unreachable(subject, territory)
        yield from _dead_ends(subject, territory)


def stuck_steps(edges: Edges, territory: Territory) -> dict[str, list[str]]:
    """The steps from which no end can be reached, with where each leads among them.

    The exit of a branch leads to what comes after its ``parallel`` or ``map`` step. A step that only compensates leads
    nowhere and need not.
    """
    leads_to = {step_id: [edge.target for edge in out] for step_id, out in edges.out.items()}
    for exit_id, owners in edges.owners.items():
        if exit_id in leads_to:
            leads_to[exit_id] = leads_to[exit_id] + owners
    led_from: dict[str, list[str]] = {step_id: [] for step_id in leads_to}
    for step_id, targets in leads_to.items():
        for target in targets:
            led_from[target].append(step_id)
    fine = {step_id for step_id, step in edges.steps.items() if isinstance(step.step_type, model.End)}
    fine |= edges.broken & edges.steps.keys()
    pending = list(fine)
    while pending:
        for source in led_from[pending.pop()]:
            if source not in fine:
                fine.add(source)
                pending.append(source)
    excused = {step_id for step_id in territory.compensations if step_id not in territory.region_of}
    return {
        step_id: [target for target in targets if target not in fine]
        for step_id, targets in leads_to.items()
        if step_id not in fine and step_id not in excused
    }


def is_rescued(edges: Edges, stuck: Collection[str]) -> bool:
    """Whether an event may lead an execution on from anywhere: a goto_step whose target can reach an end."""
    return any(
        handler.handler_type.type == "goto_step"
        and handler.handler_type.step_id in edges.steps
        and handler.handler_type.step_id not in stuck
        for handler in edges.definition.event_handlers
    )


def _starts_and_ends(subject: Subject) -> Iterator[Finding]:
    starts = [i for i, step in enumerate(subject.definition.steps) if isinstance(step.step_type, model.Start)]
    for index in starts[1:]:
        message = f"{subject.definition.steps[starts[0]].id!r} is the start step already"
        yield error("SeveralStarts", f"/steps/{index}", message, "A definition has exactly one start step.")
    if "steps" in subject.gaps:
        return
    if not starts:
        hint = 'Add {"id": "start", "step_type": {"type": "start"}}, or start_step_id in the first dialect.'
        yield error("NoStart", "/steps", "There is no start step", hint)
    if not any(isinstance(step.step_type, model.End) for step in subject.definition.steps):
        yield error("NoEnd", "/steps", "There is no end step", 'Add {"id": "end", "step_type": {"type": "end"}}.')


def _forbidden_transitions(subject: Subject) -> Iterator[Finding]:
    for step_id, out in subject.edges.out.items():
        step_type = subject.edges.steps[step_id].step_type
        for edge in out:
            if isinstance(step_type, model.End):
                message = f"{step_id!r} is an end step: nothing comes after it"
                yield error("TransitionOutOfEnd", edge.pointer, message)
            elif isinstance(step_type, model.Decision) and edge.kind == "normal":
                message = f"{step_id!r} is a decision: its conditions say where it leads, not transitions"
                hint = "Put it among the conditions, or make it the default; only error transitions are taken."
                yield error("DecisionTransition", edge.pointer, message, hint)
            if isinstance(subject.edges.steps[edge.target].step_type, model.Start):
                yield error("TransitionIntoStart", edge.pointer, f"Nothing leads into the start step {edge.target!r}")


def _decisions(subject: Subject) -> Iterator[Finding]:
    for index, step in enumerate(subject.definition.steps):
        step_type = step.step_type
        if not isinstance(step_type, model.Decision) or step_type.default is not None:
            continue
        at = f"/steps/{index}/step_type"
        if not step_type.conditions:
            yield error(
                "InvalidValue", f"{at}/conditions", f"The decision {step.id!r} leads nowhere", "Add a condition."
            )
        elif not any(each.condition.strip() == "true" for each in step_type.conditions):
            message = f"If no condition of {step.id!r} is true, the step fails with NoConditionMatched"
            yield warning("NoDefault", at, message, "Add a default, or a last condition that is 'true'.")


def _lost_exits(territory: Territory) -> Iterator[Finding]:
    for region in territory.lost_exits:
        message = f"{region.exit_step_id!r}, the exit of {region}, cannot be reached from {region.entry_step_id!r}"
        yield error("ExitUnreachable", f"{region.pointer}/exit_step_id", message)


def _unreachable(subject: Subject, territory: Territory) -> Iterator[Finding]:
    if not territory.region_of:
        return  # there is no start step
    for index, step in enumerate(subject.definition.steps):
        if not territory.reached(step.id):
            message = f"No way leads to the step {step.id!r}"
            yield error("Unreachable", f"/steps/{index}", message, "Lead a transition to it, or remove it.")


def _dead_ends(subject: Subject, territory: Territory) -> Iterator[Finding]:
    """Steps that lead nowhere. What only leads to them is right once they are; cycles have a check of their own."""
    stuck = stuck_steps(subject.edges, territory)
    report = warning if is_rescued(subject.edges, stuck) else error
    for step_id, targets in stuck.items():
        if not targets:
            only = "" if report is error else " but by an event"
            message = f"No end can be reached from {step_id!r}{only}: it leads nowhere"
            yield report("NoWayToEnd", subject.edges.places[step_id], message, _LEAD_ON)
    for step_id, out in subject.edges.out.items():
        if not out or step_id in stuck or step_id in subject.edges.owners or step_id in subject.edges.broken:
            continue
        leads_on = isinstance(subject.edges.steps[step_id].step_type, model.End | model.Decision)
        if not leads_on and step_id in territory.region_of and all(edge.kind in _WHEN_IT_FAILS for edge in out):
            message = f"{step_id!r} leads on only when it fails or times out: ending well, it has no way on"
            yield warning(
                "OnlyErrorTransitions", subject.edges.places[step_id], message, "Add a transition for success."
            )


_LEAD_ON = "Lead a transition from it towards an end."
_WHEN_IT_FAILS = ("error", "timeout", "deadline")
