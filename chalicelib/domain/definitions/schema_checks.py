"""What keeps a raw JSON Schema in a definition from being used.

Layer: domain. Bounded work, whatever comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from chalicelib.domain.definitions.findings import brief, error
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.errors import Finding

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_DEPTH = 60

_REFUSED = {
    "$dynamicRef": "Use $ref.",
    "$recursiveRef": "Use $ref.",
    "unevaluatedProperties": "Use additionalProperties.",
    "unevaluatedItems": "Use items.",
}
# Keywords whose value is data, and keywords whose keys are names: neither is a schema itself.
_DATA = frozenset({"enum", "const", "default", "examples", "required", "dependentRequired"})
_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
# What a schema may cost for a value with nothing inside.
_MAX_EVALUATIONS = 20_000
_SAMPLES: tuple[Any, ...] = (None, {}, [], "", 0)


def check_schema(schema: Any, pointer: str) -> list[Finding]:
    """The findings of a raw JSON Schema that stands at ``pointer``."""
    # Imported late: jsonschema takes long to load, and few processes check a schema.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    from chalicelib.domain.definitions.json_schema import EvaluationLimit, evaluate

    findings = list(_refused_parts(schema, pointer))
    if findings or isinstance(schema, bool):
        return findings
    plain = without_dialect(schema)
    try:
        problem = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(plain))
        if problem is not None:
            at = below(pointer, *problem.absolute_path)
            return [error("InvalidType", at, f"Not a JSON Schema: {brief(problem.message)}")]
        for sample in _SAMPLES:
            evaluate(plain, sample, most=1, limit=_MAX_EVALUATIONS)
    except (RecursionError, EvaluationLimit):
        return [error("InvalidType", pointer, "The JSON Schema refers to itself without end, or too often")]
    return []


def without_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without ``$schema``: its presence would make ``jsonschema`` choose a validator of its own."""
    return {keyword: each for keyword, each in schema.items() if keyword != "$schema"}


def _refused_parts(schema: Any, pointer: str) -> Iterator[Finding]:
    anchors: set[str] = set()
    references: list[tuple[Any, str]] = []
    for part, at, depth in _schemas_in(schema, pointer):
        if depth > MAX_SCHEMA_DEPTH:
            yield error("InvalidType", at, f"The JSON Schema nests deeper than {MAX_SCHEMA_DEPTH} levels")
            return
        yield from _refused_keywords(part, at, root=depth == 1)
        if "$ref" in part:
            references.append((part["$ref"], f"{at}/$ref"))
        anchors.add(str(part.get("$anchor", "")))
    for reference, at in references:
        if not _resolves(reference, schema, anchors):
            message = f"The reference {brief(reference)} leads nowhere inside this schema"
            yield error("InvalidType", at, message, "Only '#', '#/$defs/…' and '#anchor' are followed.")


def _schemas_in(schema: Any, pointer: str) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Every object that is a schema, with its place and its depth."""
    pending: list[tuple[Any, str, int, bool]] = [(schema, pointer, 1, False)]
    while pending:
        value, at, depth, names = pending.pop()
        if isinstance(value, list):
            pending.extend((each, f"{at}/{index}", depth + 1, False) for index, each in enumerate(value))
        elif isinstance(value, dict):
            if not names:
                yield value, at, depth
            for key, each in value.items():
                if names or key not in _DATA:
                    pending.append((each, below(at, key), depth + 1, not names and key in _NAMES))


def _refused_keywords(schema: dict[str, Any], at: str, *, root: bool) -> Iterator[Finding]:
    from chalicelib.domain.definitions.json_schema import compiled_pattern

    for keyword, hint in _REFUSED.items():
        if keyword in schema:
            yield error("InvalidType", f"{at}/{keyword}", f"The keyword {keyword!r} is not supported", hint)
    if "$schema" in schema and not (root and str(schema["$schema"]).rstrip("#") == DIALECT):
        message = "Only draft 2020-12 is supported, and only the root may say so"
        yield error("InvalidType", f"{at}/$schema", message, f"Use {DIALECT}.")
    if "$id" in schema:
        yield error("InvalidType", f"{at}/$id", "A schema in a definition has no $id", "Use $anchor.")
    patterns = schema.get("patternProperties")
    places = [(key, below(at, "patternProperties", key)) for key in patterns] if isinstance(patterns, dict) else []
    for pattern, place in [*places, (schema.get("pattern"), f"{at}/pattern")]:
        if isinstance(pattern, str) and compiled_pattern(pattern) is None:
            hint = "The syntax is RE2's: no look-around, no back-references, repetitions up to 1,000."
            yield error("InvalidType", place, f"The regular expression {brief(pattern)} is refused", hint)


def _resolves(reference: Any, schema: Any, anchors: set[str]) -> bool:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return False
    fragment = unquote(reference[1:])
    if not fragment.startswith("/"):
        return not fragment or fragment in anchors
    value = schema
    for segment in fragment[1:].split("/"):
        key = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return False
    return isinstance(value, dict | bool)
