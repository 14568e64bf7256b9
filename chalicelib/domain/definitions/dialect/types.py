"""Types of values: ``"String"``, ``{"Object": {name: type}}``, ``{"Array": type}``, ``{"Enum": [...]}`` and the like.

Layer: domain.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.dialect.rewriting import Rewriting, externally_tagged, folded
from chalicelib.domain.definitions.origins import below

_NAMES = {
    **{name: name for name in ("string", "number", "integer", "boolean", "object", "array", "enum", "any")},
    **{name: name for name in ("datetime", "duration")},
    "text": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "timestamp": "datetime",
    "unknown": "any",
}


_MAIN_FORMS = frozenset({"fields", "value_type", "json_schema"})


def type_definition(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A type definition in one of its main forms."""
    if isinstance(value, dict) and "type" not in value and not _MAIN_FORMS.isdisjoint(value):
        return _main_form(value, pointer, rewriting)
    rewriting.origins.record(f"{pointer}/value_type", rewriting.origins.original(pointer))
    field = field_type(value, f"{pointer}/value_type", rewriting)
    if not isinstance(field, dict) or "type" not in field:
        return value
    if field["type"] == "object" and field.keys() == {"type", "fields"}:
        # The plain form of an object type; its fields came from where the type stood.
        again = field_type(value, pointer, rewriting)
        return {"fields": again["fields"]}
    return {"value_type": field}


def field_type(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """The type of a field as ``{type, …}``."""
    if isinstance(value, dict) and "type" in value:
        return _typed(value, pointer, rewriting)
    tagged = externally_tagged(value)
    if tagged is None or tagged[0] not in _NAMES:
        return value
    name = _NAMES[tagged[0]]
    if isinstance(value, str):
        return {"type": name}
    source = below(rewriting.origins.original(pointer), next(iter(value)))
    return _tagged(name, tagged[1], source, pointer, rewriting) or value


def field_definition(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A field of a type or form, its type as ``{type, …}``."""
    if not isinstance(value, dict) or "field_type" not in value:
        return value
    return {**value, "field_type": field_type(value["field_type"], f"{pointer}/field_type", rewriting)}


def field_definitions(value: Any, pointer: str, rewriting: Rewriting) -> Any:
    """A list of fields."""
    if not isinstance(value, list):
        return value
    return [field_definition(each, f"{pointer}/{index}", rewriting) for index, each in enumerate(value)]


def _main_form(value: dict[str, Any], pointer: str, rewriting: Rewriting) -> dict[str, Any]:
    result = dict(value)
    if "fields" in result:
        result["fields"] = field_definitions(result["fields"], f"{pointer}/fields", rewriting)
    if "value_type" in result:
        result["value_type"] = field_type(result["value_type"], f"{pointer}/value_type", rewriting)
    return result


def _typed(value: dict[str, Any], pointer: str, rewriting: Rewriting) -> dict[str, Any]:
    result = dict(value)
    if isinstance(result["type"], str):
        result["type"] = _NAMES.get(folded(result["type"]), result["type"])
    if "fields" in result:
        result["fields"] = field_definitions(result["fields"], f"{pointer}/fields", rewriting)
    if "items" in result:
        result["items"] = field_type(result["items"], f"{pointer}/items", rewriting)
    return result


def _tagged(name: str, body: Any, source: str, pointer: str, rewriting: Rewriting) -> dict[str, Any] | None:
    if name == "object" and isinstance(body, dict):
        fields = []
        for index, (field, each) in enumerate(body.items()):
            at = f"{pointer}/fields/{index}"
            rewriting.origins.record(at, below(source, field))
            rewriting.origins.record(f"{at}/field_type", below(source, field))
            fields.append(
                {"name": field, "field_type": field_type(each, f"{at}/field_type", rewriting), "required": True}
            )
        return {"type": "object", "fields": fields}
    if name == "array":
        rewriting.origins.record(f"{pointer}/items", source)
        return {"type": "array", "items": field_type(body, f"{pointer}/items", rewriting)}
    if name == "enum":
        rewriting.origins.record(f"{pointer}/values", source)
        return {"type": "enum", "values": body}
    return None
