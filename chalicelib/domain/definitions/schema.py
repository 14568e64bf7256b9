"""The published JSON Schema (draft 2020-12) of the main dialect, generated from the model.

Layer: domain. An editor completes and checks documents with it; reading reports more, and says it better. What the
schema accepts has the right shape, but for durations that are too long; what has the right shape is accepted by the
schema once it is in the main dialect.

``python -m chalicelib.domain.definitions.schema FILE…`` writes the copies that are kept in the repository.
"""

from __future__ import annotations

import inspect as python_inspect
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import inspect

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.durations import ISO_PATTERN
from chalicelib.domain.definitions.schema_checks import DIALECT
from chalicelib.domain.definitions.shapes import Shape, field_shapes, shape_of, struct_info, tagged_members
from chalicelib.domain.definitions.variants import BY_FIELD, BY_TYPE, Variants

SCHEMA_ID: Final = "urn:weft:workflow-definition"
Schema = dict[str, Any]


def definition_schema() -> Schema:
    """The JSON Schema of a definition; a copy of the caller's own."""
    schema: Schema = msgspec.json.decode(_text())
    return schema


@cache
def _text() -> bytes:
    return msgspec.json.encode(_Generator().root())


_ROLES: Final = {
    "expression": "An expression, such as $.input.count > 0.",
    "validation": "An expression in which $ is the value, such as $ > 0.",
    "edge_condition": "An expression, or 'error', or 'error:' and the code of an error.",
    "mapping": "A value whose texts may be expressions: those that start with $. or stand in {% … %}.",
    "fields": "{field: value or expression}, or one expression that gives the whole object.",
    "targets": "Where fields of the result go: {field: $.context.name or $.output.name}; the key $ is all of it.",
    "writes": "What is written where: {$.context.name or $.output.name: value or expression}.",
    "variables": "Variables and their values: {name: value or expression}.",
    "step": "The id of a step.",
    "point": "The id of an intervention point.",
    "cron": "A cron expression: minute, hour, day of month, month, day of week.",
    "timezone": "A time zone, such as Europe/Berlin.",
    "datetime": "A timestamp with an offset, such as 2030-01-31T09:00:00+08:00.",
    "calendar": "The code of a country or region, such as CN or US-NY, or a registered calendar.",
    "version": "A semantic version, such as 1.0.0.",
}
_NULL: Final[Schema] = {"type": "null"}
_DURATION: Final[Schema] = {
    "description": "Seconds, ISO 8601 without years and months (PT1M30S), or {secs, nanos}.",
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": model.MAX_SECONDS},
        {"type": "string", "pattern": ISO_PATTERN},
        {
            "type": "object",
            "properties": {
                "secs": {"type": "integer", "minimum": 0, "maximum": model.MAX_SECONDS},
                "nanos": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
            },
            "required": ["secs"],
            "additionalProperties": False,
        },
    ],
}


class _Generator:
    """Turns the structs of the model into definitions, each once."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {"Duration": _DURATION}

    def root(self) -> Schema:
        """The whole schema."""
        body = self._struct(struct_info(model.WorkflowDefinition))
        own = {"type": "string", "description": "Set by the service; read and ignored."}
        body["properties"] |= {
            "$schema": {"type": "string", "description": "Where this schema is, for an editor."},
            "created_at": own,
            "updated_at": own,
        }
        return {
            "$schema": DIALECT,
            "$id": SCHEMA_ID,
            "title": "Weft workflow definition",
            **body,
            "$defs": dict(sorted(self.definitions.items())),
        }

    def _of(self, shape: Shape) -> Schema:
        schema = self._bare(shape)
        return {"description": _ROLES[shape.role], **schema} if shape.role in _ROLES else schema

    def _bare(self, shape: Shape) -> Schema:
        if shape.role == "duration":
            return self._duration(shape.info)
        if shape.role == "delay":
            return {"anyOf": [{"$ref": "#/$defs/Duration"}, {"type": "string", "description": _ROLES["mapping"]}]}
        match shape.info:
            case inspect.StructType(cls=cls) as info:
                return self._reference(cls, info)
            case inspect.UnionType(types=types) as info:
                members: list[inspect.Type] = list(tagged_members(info).values())
                members = members or list(types)
                return {"anyOf": [self._of(shape_of(member)) for member in members]}
            case inspect.ListType(item_type=item, min_length=least):
                return {"type": "array", "items": self._of(shape_of(item)), **({"minItems": least} if least else {})}
            case inspect.DictType(value_type=value):
                return {"type": "object", "additionalProperties": self._of(shape_of(value))}
            case inspect.AnyType():
                return {"type": ["object", "string"]} if shape.role == "fields" else {}
            case other:
                return _scalar(other)

    def _duration(self, info: inspect.Type) -> Schema:
        if isinstance(info, inspect.FloatType) and info.gt is not None:
            return {"$ref": "#/$defs/Duration", "not": {"const": 0}}
        return {"$ref": "#/$defs/Duration"}

    def _reference(self, cls: type, info: inspect.StructType) -> Schema:
        name = cls.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # a type may contain itself
            self.definitions[name] = self._struct(info)
        return {"$ref": f"#/$defs/{name}"}

    def _struct(self, info: inspect.StructType) -> Schema:
        text = python_inspect.cleandoc(info.cls.__doc__ or "").split("\n\n")[0]
        described = {"description": " ".join(text.replace("``", "`").split())}
        if info.cls in BY_TYPE:
            return {**described, "anyOf": self._variants(info, BY_TYPE[info.cls])}
        if info.cls in BY_FIELD:
            return {**described, "oneOf": self._choices(info)}
        properties = {name: self._property(info, name) for name in field_shapes(info)}
        required = [name for name, (field, _) in field_shapes(info).items() if field.required]
        if info.tag_field is not None:
            properties = {info.tag_field: {"const": info.tag}, **properties}
            required = [info.tag_field, *required]
        body = {**described, **_object(properties, required)}
        if info.cls is model.Transition:
            return _transition(body)
        return _step(body) if info.cls is model.Step else body

    def _property(self, info: inspect.StructType, name: str) -> Schema:
        """The schema of a field; one that may be absent may be null too, which says the same."""
        field, shape = field_shapes(info)[name]
        schema = self._of(shape)
        return schema if field.required else _or_null(schema)

    def _variants(self, info: inspect.StructType, variants: Variants) -> list[Schema]:
        fields = field_shapes(info)
        found = []
        for name, variant in variants.by_type.items():
            properties: dict[str, Schema] = {"type": {"const": name}}
            properties |= {each: self._of(fields[each][1]) for each in variant.required}
            properties |= {each: self._property(info, each) for each in (*variant.optional, *variants.shared)}
            required = [] if fields["type"][0].default == name else ["type"]
            if not required:
                properties["type"] = _or_null(properties["type"])
            found.append(_object(properties, [*required, *variant.required]))
        if info.cls is model.ErrorPolicy:
            # The fields of the policy may stand beside the type.
            self._reference(model.RetryPolicy, struct_info(model.RetryPolicy))
            inline = self.definitions["RetryPolicy"]["oneOf"]
            found.extend(_with_type(choice) for choice in inline)
        return found

    def _choices(self, info: inspect.StructType) -> list[Schema]:
        choice = BY_FIELD[info.cls]
        fields = field_shapes(info)
        found = []
        for name, beside in choice.by_field.items():
            properties = {name: self._of(fields[name][1])}
            properties |= {each: self._property(info, each) for each in (*beside, *choice.shared)}
            for each in beside:
                if each in ("initial_interval", "max_interval"):
                    most = model.MAX_SECONDS * 1000
                    properties[f"{each}_ms"] = _or_null({"type": "number", "minimum": 0, "maximum": most})
            properties |= {each: _NULL for each in fields if each not in properties}
            schema = _object(properties, [name])
            twice = [_both(each, f"{each}_ms") for each in beside if f"{each}_ms" in properties]
            found.append({**schema, "not": {"anyOf": twice}} if twice else schema)
        return found


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return {**schema, "additionalProperties": False}


def _both(one: str, other: str) -> Schema:
    """Two fields that are there and not null."""
    return {"required": [one, other], "properties": {one: {"not": _NULL}, other: {"not": _NULL}}}


def _or_null(schema: Schema) -> Schema:
    if not schema or schema.keys() == {"description"}:
        return schema
    if isinstance(schema.get("type"), list):
        return {**schema, "type": [*schema["type"], "null"]}
    if isinstance(schema.get("type"), str) and "enum" not in schema and "const" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {"anyOf": [schema, _NULL]}


def _with_type(choice: Schema) -> Schema:
    properties = {"type": {"const": "retry"}, **choice["properties"]}
    return {**choice, "properties": properties, "required": ["type", *choice["required"]]}


def _scalar(info: inspect.Type) -> Schema:
    match info:
        case inspect.StrType(min_length=least, max_length=most, pattern=pattern):
            return _given({"type": "string", "minLength": least, "maxLength": most, "pattern": pattern})
        case inspect.IntType():
            return _bounded({"type": "integer"}, info)
        case inspect.FloatType():
            return _bounded({"type": "number"}, info)
        case inspect.BoolType():
            return {"type": "boolean"}
        case inspect.LiteralType(values=values):
            return {"enum": sorted(values, key=str)}
        case _:
            raise TypeError(f"{info} has no form in JSON Schema")


def _bounded(schema: Schema, info: inspect.IntType | inspect.FloatType) -> Schema:
    return _given({**schema, "minimum": info.ge, "exclusiveMinimum": info.gt, "maximum": info.le})


def _given(schema: Schema) -> Schema:
    return {keyword: value for keyword, value in schema.items() if value is not None}


def _transition(schema: Schema) -> Schema:
    """``from`` and ``to`` are read too."""
    properties = schema["properties"]
    properties |= {"from": properties["from_step_id"], "to": properties["to_step_id"]}
    ways = [[{"required": [name]} for name in (f"{end}_step_id", end)] for end in ("from", "to")]
    del schema["required"]
    return {**schema, "allOf": [{"oneOf": way} for way in ways]}


def _step(schema: Schema) -> Schema:
    """A single condition need not be a list."""
    for name in ("preconditions", "postconditions"):
        conditions = schema["properties"][name]
        schema["properties"][name] = {"anyOf": [conditions, conditions["items"]]}
    return schema


if __name__ == "__main__":
    written = msgspec.json.format(_text(), indent=2) + b"\n"
    for path in sys.argv[1:]:
        Path(path).write_bytes(written)
