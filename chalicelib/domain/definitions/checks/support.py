"""What the language has and this service does not run yet: refused, never ignored.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.findings import error, warning
from chalicelib.domain.definitions.supported import step_type_name
from chalicelib.domain.errors import Finding


def check_support(subject: Subject) -> Iterator[Finding]:
    """Step types and features that are used and cannot run."""
    runnable = subject.runnable_step_types
    for index, step in enumerate(subject.definition.steps):
        name = step_type_name(step.step_type)
        if runnable is not None and name not in runnable:
            message = f"The step type {name!r} of {step.id!r} cannot run yet"
            hint = f"These can: {', '.join(sorted(runnable))}."
            yield error("UnsupportedStepType", f"/steps/{index}/step_type", message, hint)
    features = subject.runnable_features
    for feature, pointer in used_features(subject):
        if features is None or feature in features:
            continue
        if feature == "monitoring":  # it changes nothing that an execution does
            message = (
                "Of the monitoring configuration only observability.detailed_logging is acted on; the rest is kept"
            )
            yield warning("NotActedOn", pointer, message)
        else:
            message = f"{feature!r} is part of the language, but cannot run yet"
            yield error("UnsupportedFeature", pointer, message, "Leave it out for now.")


def used_features(subject: Subject) -> Iterator[tuple[str, str]]:
    """The features of ``supported.FEATURES`` that a definition uses, each with the place that does."""
    definition = subject.definition
    for field, feature in _LISTS.items():
        if getattr(definition, field):
            yield feature, f"/{field}"
    if definition.schedule is not None:
        yield "schedule", "/schedule"
    if definition.compensate_on_cancel:
        yield "compensation", "/compensate_on_cancel"
    if definition.monitoring_config is not None:
        yield "monitoring", "/monitoring_config"
    for index, step in enumerate(definition.steps):
        yield from _features_of(step, f"/steps/{index}")


def _features_of(step: model.Step, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(step.step_type, model.Activity):
        yield from ((name, f"{at}/step_type/{name}") for name in _OF_WORKERS if _has(step.step_type, name))
    if step.monitoring_config is not None:
        yield "monitoring", f"{at}/monitoring_config"
    if step.requires_confirmation:
        yield "confirmation", f"{at}/requires_confirmation"
    if step.compensation_step_id is not None:
        yield "compensation", f"{at}/compensation_step_id"


def _has(step_type: model.Activity, name: str) -> bool:
    return getattr(step_type, name) is not None


_OF_WORKERS = ("task_list", "heartbeat_timeout")
_LISTS = {
    "event_handlers": "event_handlers",
    "subscriptions": "subscriptions",
    "human_intervention_points": "human_intervention",
}
