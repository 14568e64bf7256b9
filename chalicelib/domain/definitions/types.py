"""Type definitions: compiled to JSON Schema (draft 2020-12), and used to check values and fill in defaults.

Layer: domain. The outcome depends on the type and the value alone; nothing is fetched, and the work is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief, error
from chalicelib.domain.definitions.model import FieldDefinition, FieldType, TypeDefinition
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.schema_checks import without_dialect
from chalicelib.domain.errors import Finding

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_FINDINGS = 100
_EXACT = (Decimal,)

_DURATION: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "format": "duration"},
        {
            "type": "object",
            "properties": {
                "secs": {"type": "integer", "minimum": 0},
                "nanos": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
            },
            "required": ["secs"],
            "additionalProperties": False,
        },
    ]
}
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def compile_type(type_definition: TypeDefinition) -> dict[str, Any]:
    """The JSON Schema of a type. Fields that are not declared are allowed; ``any`` allows everything."""
    if type_definition.json_schema is not None:
        raw = type_definition.json_schema
        if isinstance(raw, bool):
            return {} if raw else {"not": {}}
        return without_dialect(raw)
    if type_definition.value_type is not None:
        return _field_schema(type_definition.value_type)
    return _object_schema(type_definition.fields or [])


def check_value(type_definition: TypeDefinition, value: Any, *, root: str) -> list[Finding]:
    """What is wrong with a value; empty if it fits.

    ``root`` is how the value is called in messages, such as ``$.input``; a finding's pointer is relative to the value.
    At most ``MAX_FINDINGS``, the first ones.
    """
    # Imported late: jsonschema takes long to load, and many workflows declare no types.
    from chalicelib.domain.definitions.json_schema import EvaluationLimit, evaluate

    schema = _compiled(jsonvalue.canonical(msgspec.to_builtins(type_definition, builtin_types=_EXACT)))
    try:
        problems = evaluate(schema, value, most=MAX_FINDINGS)
    except EvaluationLimit as problem:
        return [error("LimitExceeded", "", f"{root}: {problem}")]
    return [_finding(problem, root) for problem in problems]


def apply_defaults(type_definition: TypeDefinition, value: Any) -> Any:
    """The value with the declared defaults of missing fields filled in; the value itself is not changed.

    In a raw JSON Schema, the ``default`` of ``properties`` counts, in ``items`` too, not what is behind a ``$ref``.
    """
    return _filled(compile_type(type_definition), value)


@lru_cache(maxsize=256)
def _compiled(type_text: bytes) -> dict[str, Any]:
    return compile_type(msgspec.convert(jsonvalue.loads(type_text), TypeDefinition))


def _object_schema(fields: Iterable[FieldDefinition]) -> dict[str, Any]:
    properties = {field.name: _described(field) for field in fields}
    required = [field.name for field in fields if field.required]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _described(field: FieldDefinition) -> dict[str, Any]:
    schema = dict(_field_schema(field.field_type))
    if field.description is not None:
        schema["description"] = field.description
    if field.default is not None:
        schema["default"] = field.default
    return schema


def _field_schema(field_type: FieldType) -> dict[str, Any]:
    match field_type.type:
        case "object":
            return _object_schema(field_type.fields or [])
        case "array":
            items = {} if field_type.items is None else {"items": _field_schema(field_type.items)}
            return {"type": "array", **items}
        case "enum":
            return {"enum": field_type.values}
        case "any":
            return {}
        case "datetime":
            return {"type": "string", "format": "date-time"}
        case "duration":
            return _DURATION
        case _:
            return {"type": field_type.type}


def _filled(schema: Any, value: Any) -> Any:
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict) and isinstance(schema.get("properties"), dict):
        result = dict(value)
        for name, inner in schema["properties"].items():
            if name in value:
                result[name] = _filled(inner, value[name])
            elif isinstance(inner, dict) and "default" in inner:
                result[name] = inner["default"]
        return result
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_filled(schema["items"], each) for each in value]
    return value


def _finding(problem: ValidationError, root: str) -> Finding:
    path = list(problem.absolute_path)
    code, said = _explained(problem)
    return error(code, below("", *path), f"{_named(root, path)}: {said}")


def _named(root: str, path: Iterable[str | int]) -> str:
    """A path as an expression writes it: ``$.input.items[2].price``."""
    parts = [root]
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        else:
            parts.append(f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{brief(key)}]")
    return "".join(parts)


def _explained(problem: ValidationError) -> tuple[str, str]:
    """The code of an error, and what was expected and found."""
    wanted: Any = problem.validator_value
    found = _found(problem.instance)
    match problem.validator:
        case "type":
            names: list[str] = [wanted] if isinstance(wanted, str) else wanted
            return "WrongType", f"expected {' or '.join(_NAMES[name] for name in names)}, found {found}"
        case "required":
            return "MissingField", "is required and missing"
        case "additionalProperties":
            return "UnknownField", "is not a field of this type"
        case "anyOf" | "oneOf" if problem.schema is _DURATION or problem.schema == _DURATION:
            return "InvalidValue", f"expected a duration (seconds, ISO 8601 or {{secs, nanos}}), found {found}"
        case "format" if wanted == "date-time":
            return "InvalidValue", f"expected a timestamp with an offset (RFC 3339), found {found}"
    template = _EXPECTATIONS.get(str(problem.validator), "does not fit the rule {rule!r}, found {found}")
    return "InvalidValue", template.format(wanted=brief(wanted), found=found, rule=problem.validator)


_EXPECTATIONS = {
    "None": "no value is allowed here, found {found}",
    "not": "found {found}, which is not allowed",
    "anyOf": "expected one of several forms, found {found}",
    "const": "expected {wanted}, found {found}",
    "enum": "expected one of {wanted}, found {found}",
    "exclusiveMaximum": "expected a number below {wanted}, found {found}",
    "exclusiveMinimum": "expected a number above {wanted}, found {found}",
    "format": "expected the format {wanted}, found {found}",
    "maxItems": "expected at most {wanted} elements, found {found}",
    "maxLength": "expected at most {wanted} characters, found {found}",
    "maximum": "expected at most {wanted}, found {found}",
    "minItems": "expected at least {wanted} elements, found {found}",
    "minLength": "expected at least {wanted} characters, found {found}",
    "minimum": "expected at least {wanted}, found {found}",
    "multipleOf": "expected a multiple of {wanted}, found {found}",
    "oneOf": "expected exactly one of several forms, found {found}",
    "pattern": "expected text that matches {wanted}, found {found}",
    "uniqueItems": "stands more than once in the list",
}


def _found(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return f"the string {brief(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"the number {brief(value)}"
