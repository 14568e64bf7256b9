"""References: to steps, intervention points and activities.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.findings import Suggestions, brief, error, warning
from chalicelib.domain.definitions.places import Place, places
from chalicelib.domain.errors import Finding


def check_references(subject: Subject) -> Iterator[Finding]:
    """Everything a definition names that has to exist."""
    definition = subject.definition
    points = {point.id for point in definition.human_intervention_points}
    suggest_step, suggest_point = subject.suggestions(), Suggestions(points)
    suggest_activity = Suggestions(subject.known_activities or ())
    for place in places(definition):
        if place.role == "step" and not subject.knows_step(place.value):
            message = f"There is no step {brief(place.value)}"
            yield error("UnknownStep", place.pointer, message, suggest_step(place.value))
        elif place.role == "point" and place.value not in points:
            if "human_intervention_points" not in subject.gaps:
                message = f"There is no intervention point {brief(place.value)}"
                yield error("UnknownInterventionPoint", place.pointer, message, suggest_point(place.value))
        elif place.role == "activity":
            yield from _activity(place, subject, suggest_activity)
    yield from _points(subject)
    yield from _compensations(subject)


def _activity(place: Place, subject: Subject, suggest: Suggestions) -> Iterator[Finding]:
    known = subject.known_activities
    if known is None or place.value in known or _has_own_workers(place, subject.definition):
        return
    message = f"The activity {brief(place.value)} is not registered here"
    yield warning("UnknownActivity", place.pointer, message, suggest(place.value))


def _has_own_workers(place: Place, definition: model.WorkflowDefinition) -> bool:
    """Whether workers outside poll for the activity: then it need not be registered."""
    segments = place.pointer.split("/")
    if segments[1] != "steps":
        return False
    step_type = definition.steps[int(segments[2])].step_type
    return isinstance(step_type, model.Activity) and step_type.task_list is not None


def _points(subject: Subject) -> Iterator[Finding]:
    definition = subject.definition
    used = {
        step.step_type.intervention_point_id: step.id
        for step in definition.steps
        if isinstance(step.step_type, model.Human)
    }
    for index, point in enumerate(definition.human_intervention_points):
        at = f"/human_intervention_points/{index}"
        if not point.allowed_actions:
            message = f"The intervention point {point.id!r} allows no action, so nobody could answer"
            yield error("NoActions", f"{at}/allowed_actions", message, "Allow approve, reject, modify_data or custom.")
        step = subject.edges.steps.get(point.step_id)
        if step is not None and not isinstance(step.step_type, model.Human):
            message = f"The step {point.step_id!r} is not a human step"
            yield error("NotAHumanStep", f"{at}/step_id", message)
        elif point.id not in used and "steps" not in subject.gaps:
            message = f"No human step uses the intervention point {point.id!r}"
            yield warning(
                "UnusedInterventionPoint", at, message, "Name it as a step's intervention_point_id, or remove it."
            )


def _compensations(subject: Subject) -> Iterator[Finding]:
    for index, step in enumerate(subject.definition.steps):
        target = subject.edges.steps.get(step.compensation_step_id or "")
        reason = None if target is None else _why_no_compensation(step, target)
        if target is not None and reason is not None:
            message = f"{target.id!r} cannot compensate {step.id!r}: {reason}"
            yield error("NotAllowedHere", f"/steps/{index}/compensation_step_id", message)


def _why_no_compensation(step: model.Step, target: model.Step) -> str | None:
    """A compensation runs by itself, with nothing after it and nobody who could signal or confirm it."""
    if isinstance(target.step_type, model.Start | model.End | model.Decision):
        return "it only leads on"
    if isinstance(target.step_type, model.Wait):
        return "signals and events do nothing any more then"
    if target.requires_confirmation:
        return "it would wait to be confirmed"
    return "it is the same step" if target.id == step.id else None
