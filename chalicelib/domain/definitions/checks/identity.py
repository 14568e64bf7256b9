"""Ids and names: reserved ones, the version, and the same one twice.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.findings import brief, error
from chalicelib.domain.definitions.versions import parse_version
from chalicelib.domain.errors import Finding

# These are path segments of the service's API where the id of a workflow stands.
RESERVED_IDS = frozenset({"executions", "start", "validate"})


def check_identity(subject: Subject) -> Iterator[Finding]:
    """Everything about ids, names and versions."""
    definition = subject.definition
    if definition.id in RESERVED_IDS:
        yield error("InvalidId", "/id", f"The id {definition.id!r} is reserved", "Choose another one.")
    yield from _versions(definition)
    yield from _twice("step", ((step.id, f"/steps/{i}/id") for i, step in enumerate(definition.steps)))
    points = enumerate(definition.human_intervention_points)
    yield from _twice("intervention point", ((each.id, f"/human_intervention_points/{i}/id") for i, each in points))
    handlers = enumerate(definition.event_handlers)
    yield from _twice("event handler", ((each.id, f"/event_handlers/{i}/id") for i, each in handlers))
    yield from _branch_names(definition)
    yield from _field_names(definition)


def _versions(definition: model.WorkflowDefinition) -> Iterator[Finding]:
    wanted = [(definition.version, "/version")]
    for index, step in enumerate(definition.steps):
        if isinstance(step.step_type, model.SubWorkflow) and step.step_type.workflow_version is not None:
            wanted.append((step.step_type.workflow_version, f"/steps/{index}/step_type/workflow_version"))
    for version, pointer in wanted:
        if parse_version(version) is None:
            hint = "Write three numbers, such as 1.0.0 or 1.0.0-beta.1."
            yield error("InvalidVersion", pointer, f"{brief(version)} is not a semantic version", hint)


def _twice(kind: str, named: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, pointer in named:
        if name in seen:
            yield error("DuplicateId", pointer, f"There is already another {kind} {brief(name)} before this one")
        seen.add(name)


def _branch_names(definition: model.WorkflowDefinition) -> Iterator[Finding]:
    for index, step in enumerate(definition.steps):
        if isinstance(step.step_type, model.Parallel):
            at = f"/steps/{index}/step_type/branches"
            named = ((branch.name, f"{at}/{i}/name") for i, branch in enumerate(step.step_type.branches))
            yield from _twice("branch", named)


def _field_names(definition: model.WorkflowDefinition) -> Iterator[Finding]:
    for name in ("input_type", "output_type"):
        declared: model.TypeDefinition | None = getattr(definition, name)
        if declared is not None:
            yield from _names_of(declared.fields, f"/{name}/fields")
            if declared.value_type is not None:
                yield from _names_in(declared.value_type, f"/{name}/value_type")
    for index, point in enumerate(definition.human_intervention_points):
        at = f"/human_intervention_points/{index}/allowed_actions"
        named = ((action.id, f"{at}/{i}/id") for i, action in enumerate(point.allowed_actions) if action.id)
        yield from _twice("custom action", named)
        types = ((each.type, f"{at}/{i}/type") for i, each in enumerate(point.allowed_actions) if each.type != "custom")
        yield from _twice("action of type", types)
        for number, action in enumerate(point.allowed_actions):
            yield from _names_of(action.field_definitions, f"{at}/{number}/field_definitions")


def _names_of(fields: Iterable[model.FieldDefinition | model.FormField] | None, pointer: str) -> Iterator[Finding]:
    listed = list(fields or ())
    yield from _twice("field", ((field.name, f"{pointer}/{i}/name") for i, field in enumerate(listed)))
    for index, field in enumerate(listed):
        yield from _names_in(field.field_type, f"{pointer}/{index}/field_type")


def _names_in(field_type: model.FieldType, pointer: str) -> Iterator[Finding]:
    yield from _names_of(field_type.fields, f"{pointer}/fields")
    if field_type.items is not None:
        yield from _names_in(field_type.items, f"{pointer}/items")
