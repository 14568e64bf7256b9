"""From text to a document: JSON or YAML, with line and column of what is wrong, and bounds on what is taken.

Layer: domain. A document that passes is plain JSON data of at most ``MAX_BYTES``, nested at most ``MAX_DEPTH`` deep.
Nothing here knows what a workflow is.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief, error
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.yaml_reader import MAX_DEPTH, YamlError, read_yaml
from chalicelib.domain.errors import Finding, InvalidDefinition, TooLarge

MAX_BYTES = 1_000_000

_JSON_START = re.compile(r'\s*(?:\[|\{\s*(?:["}]|\Z))')
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]', re.DOTALL)


def parse_document(text: str | bytes, *, media_type: str | None = None) -> dict[str, Any]:
    """The document that a text in JSON or YAML says.

    ``media_type`` such as ``application/json`` or ``application/yaml`` settles the language; without it, a text that
    starts like JSON is read as JSON. Raises ``InvalidDefinition`` with findings, ``TooLarge`` over ``MAX_BYTES``.
    """
    source = _decoded(text)
    document = _from_json(source) if _is_json(source, media_type) else _from_yaml(source)
    if not isinstance(document, dict):
        raise _refused("WrongType", "A definition is an object, and this document is not")
    return document


def check_plain(document: Any) -> list[Finding]:
    """What keeps a value from being a document: foreign types, keys that are not text, depth.

    For documents that did not come through ``parse_document``. Raises ``TooLarge``. Bounded work, whatever comes in.
    """
    findings: list[Finding] = []
    weight = 0
    pending: list[tuple[Any, str, int]] = [(document, "", 1)]
    while pending and not findings:
        value, pointer, depth = pending.pop()
        weight += 1 + (len(value) if isinstance(value, str | dict | list) else 0)
        if weight > MAX_BYTES:
            raise _too_large()
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                findings.append(error("TooDeep", "", f"The document nests deeper than {MAX_DEPTH} levels"))
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            pending.extend((each, below(pointer, key), depth + 1) for key, each in pairs)
        findings.extend(_foreign(value, pointer))
    return findings


def _foreign(value: Any, pointer: str) -> list[Finding]:
    if isinstance(value, dict):
        bad = [key for key in value if not isinstance(key, str) or not _encodable(key)]
        return [error("WrongType", pointer, f"The key {brief(key)} is not a text") for key in bad[:1]]
    if isinstance(value, str):
        return [] if _encodable(value) else [error("InvalidSyntax", pointer, "The text has an unpaired surrogate")]
    if isinstance(value, float) and not math.isfinite(value):
        return [error("InvalidNumber", pointer, f"{value} is not a JSON number")]
    if value is None or isinstance(value, bool | int | float | Decimal | list):
        return []
    return [error("WrongType", pointer, f"A {type(value).__name__} is not a JSON value")]


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise _too_large()
    if isinstance(text, str):
        source = text
        if not _encodable(source):
            raise _refused("InvalidSyntax", "The text has an unpaired surrogate")
        if len(source.encode()) > MAX_BYTES:
            raise _too_large()
    else:
        try:
            source = text.decode("utf-8")
        except UnicodeDecodeError as problem:
            line, column = _line_and_column(text[: problem.start].decode("utf-8"))
            raise _refused("InvalidSyntax", "The text is not UTF-8", line, column) from problem
    return source.removeprefix("\ufeff")


def _is_json(source: str, media_type: str | None) -> bool:
    if media_type is not None:
        kind = media_type.partition(";")[0].strip().lower()
        if kind.endswith("json"):
            return True
        if kind.endswith("yaml"):
            return False
    return _JSON_START.match(source) is not None


def _from_json(source: str) -> Any:
    try:
        document = jsonvalue.loads(source)
    except jsonvalue.JsonError as problem:
        code = "InvalidNumber" if "number" in problem.message else "InvalidSyntax"
        code = "TooDeep" if "nests deeper" in problem.message else code
        raise InvalidDefinition(problem.message, [error(code, "", problem.message)]) from problem
    _refuse_duplicates(source)
    findings = check_plain(document)
    if findings:
        raise InvalidDefinition(findings[0].message, findings)
    return document


def _refuse_duplicates(source: str) -> None:
    """The decoder takes the last of two equal keys without a word; a person who wrote both wants to know."""
    seen: list[set[str] | None] = []
    previous = ""
    for found in _TOKEN.finditer(source):
        token = found[0]
        if token in "{[":
            seen.append(set() if token == "{" else None)
        elif token in "}]":
            seen.pop()
        keys = seen[-1] if seen else None
        if token[0] == '"' and keys is not None and previous in "{,":
            key = jsonvalue.loads(token)
            if key in keys:
                line, column = _line_and_column(source[: found.start()])
                raise _refused("DuplicateKey", f"The key {brief(key)} stands twice in one object", line, column)
            keys.add(key)
        previous = token if len(token) == 1 else "text"


def _from_yaml(source: str) -> Any:
    try:
        return read_yaml(source, max_weight=MAX_BYTES)
    except YamlError as problem:
        raise _refused(problem.code, problem.reason, problem.line, problem.column, problem.hint) from problem


def _line_and_column(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _too_large() -> TooLarge:
    return TooLarge(f"The definition is larger than {MAX_BYTES:,} bytes")


def _refused(
    code: str, reason: str, line: int | None = None, column: int | None = None, hint: str = ""
) -> InvalidDefinition:
    message = reason if line is None else f"{reason} at line {line}, column {column}"
    return InvalidDefinition(message, [error(code, "", message, hint)])
