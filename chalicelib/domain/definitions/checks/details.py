"""Single values that only make sense together with others: strategies, types and their defaults.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.checks.subject import Subject
from chalicelib.domain.definitions.findings import error
from chalicelib.domain.definitions.schema_checks import check_schema
from chalicelib.domain.definitions.types import check_value
from chalicelib.domain.errors import Finding

RESERVED_PREFIX = "weft."
"""What the names of the engine's own activities begin with."""


def check_details(subject: Subject) -> Iterator[Finding]:
    """What is left: values that are each well formed and still do not fit."""
    definition = subject.definition
    for index, step in enumerate(definition.steps):
        yield from _strategy(step, f"/steps/{index}/step_type/completion_strategy/n")
        if isinstance(step.step_type, model.Activity):
            yield from _reserved(step.step_type.activity_type, f"/steps/{index}/step_type/activity_type")
    for index, handler in enumerate(definition.event_handlers):
        yield from _reserved(handler.handler_type.activity_type, f"/event_handlers/{index}/handler_type/activity_type")
    for name in ("input_type", "output_type"):
        declared: model.TypeDefinition | None = getattr(definition, name)
        if declared is not None:
            yield from _type(declared, f"/{name}")
    for index, point in enumerate(definition.human_intervention_points):
        for number, action in enumerate(point.allowed_actions):
            at = f"/human_intervention_points/{index}/allowed_actions/{number}/field_definitions"
            yield from _form(action.field_definitions or (), at)


def _reserved(activity_type: str | None, pointer: str) -> Iterator[Finding]:
    if activity_type is not None and activity_type.startswith(RESERVED_PREFIX):
        message = f"{activity_type!r} is one of the engine's own activities, which a definition cannot name"
        yield error("InvalidId", pointer, message, "Use an event, wait or sub_workflow step, or another name.")


def _strategy(step: model.Step, pointer: str) -> Iterator[Finding]:
    match step.step_type:
        case model.Parallel(branches=branches, completion_strategy=model.StrategyN(n=wanted)) if wanted > len(branches):
            message = f"{step.id!r} waits for {wanted} branches and has {len(branches)}"
            yield error("InvalidValue", pointer, message)


def _type(declared: model.TypeDefinition, pointer: str) -> Iterator[Finding]:
    if declared.json_schema is not None:
        yield from check_schema(declared.json_schema, f"{pointer}/json_schema")
    if declared.value_type is not None:
        yield from _field_type(declared.value_type, f"{pointer}/value_type")
    yield from _fields(declared.fields or (), f"{pointer}/fields")


def _fields(fields: Iterable[model.FieldDefinition], pointer: str) -> Iterator[Finding]:
    for index, field in enumerate(fields):
        yield from _field_type(field.field_type, f"{pointer}/{index}/field_type")
        yield from _default(field.default, field.field_type, field.name, f"{pointer}/{index}/default")


def _form(fields: Iterable[model.FormField], pointer: str) -> Iterator[Finding]:
    for index, field in enumerate(fields):
        yield from _field_type(field.field_type, f"{pointer}/{index}/field_type")
        yield from _default(field.default_value, field.field_type, field.name, f"{pointer}/{index}/default_value")


def _field_type(field_type: model.FieldType, pointer: str) -> Iterator[Finding]:
    if field_type.values is not None and not field_type.values:
        yield error("InvalidType", f"{pointer}/values", "An enum needs at least one value")
    yield from _fields(field_type.fields or (), f"{pointer}/fields")
    if field_type.items is not None:
        yield from _field_type(field_type.items, f"{pointer}/items")


def _default(value: object, field_type: model.FieldType, name: str, pointer: str) -> Iterator[Finding]:
    if value is not None:
        for problem in check_value(model.TypeDefinition(value_type=field_type), value, root=name)[:1]:
            yield error("InvalidType", pointer, f"The default does not fit its type: {problem.message}")
