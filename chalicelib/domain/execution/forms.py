"""Forms of human tasks: what was submitted, checked against the fields of the action.

Layer: domain. Every finding names its field; the pointer leads into the submission, below ``/data``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.definitions.findings import brief, error, nearest
from chalicelib.domain.definitions.model import FormField, HumanAction, TypeDefinition
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.types import apply_defaults, check_value
from chalicelib.domain.errors import Finding
from chalicelib.domain.expressions import ExpressionFailure, compile_validation


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was submitted with the defaults filled in, and what is wrong with it. ``data`` None: nothing was."""

    data: Any
    findings: tuple[Finding, ...]


def check_form(action: HumanAction, data: Any, now: datetime) -> Checked:
    """Check ``data`` ({field: value}, or None) against the fields of ``action``, which may have none."""
    fields = action.field_definitions or []
    if data is None and not fields:
        return Checked(data=None, findings=())
    given = {} if data is None else data
    if not isinstance(given, dict):
        message = f"data: expected an object {{field: value}}, found {brief(data)}"
        return Checked(data=data, findings=(error("WrongType", "/data", message),))
    filled = {field.name: field.default_value for field in fields if field.default_value is not None}
    filled.update({field.name: _filled(field, given[field.name]) for field in fields if field.name in given})
    findings = (*_unknown(fields, given), *(each for field in fields for each in _field(field, filled, now)))
    return Checked(data=filled, findings=findings)


def _filled(field: FormField, value: Any) -> Any:
    return apply_defaults(_type(field), value)


def _unknown(fields: Sequence[FormField], given: dict[str, Any]) -> Iterator[Finding]:
    names = [field.name for field in fields]
    for name in given:
        if name not in names:
            message = f"{brief(name)} is no field of this form"
            yield error("UnknownField", below("/data", name), message, nearest(name, names))


def _field(field: FormField, filled: dict[str, Any], now: datetime) -> Iterator[Finding]:
    pointer = below("/data", field.name)
    if field.name not in filled:
        if field.required:
            yield error("MissingField", pointer, f"{field.name}: is required and missing")
        return
    value = filled[field.name]
    found = check_value(_type(field), value, root=field.name)
    for finding in found:
        yield msgspec.structs.replace(finding, pointer=pointer + finding.pointer)
    if field.validation is not None and not found:
        yield from _validation(field, field.validation, value, now)


def _validation(field: FormField, text: str, value: Any, now: datetime) -> Iterator[Finding]:
    pointer = below("/data", field.name)
    try:
        if not compile_validation(text).accepts(value, now):
            yield error("InvalidValue", pointer, f"{field.name}: {brief(value)} is refused, for {text} does not hold")
    except ExpressionFailure as failure:
        message = f"{field.name}: {text} cannot be evaluated for {brief(value)}: {failure.cause}"
        yield error("InvalidValue", pointer, message)


def _type(field: FormField) -> TypeDefinition:
    return TypeDefinition(value_type=field.field_type)
