"""YAML 1.2, core schema, as far as it says JSON data, built from the parser's events.

Layer: domain. Refused: tags, merge keys, several documents, keys that are not text, numbers JSON cannot say, and
aliases that expand to more than a document may hold. Iterative: depth costs no stack.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief

MAX_DEPTH = 100

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OTHER_BASE = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)", re.ASCII)
_FLOAT = re.compile(r"([-+]?)(\.[0-9]+|[0-9]+(?:\.[0-9]*)?)((?:[eE][-+]?[0-9]+)?)", re.ASCII)
_NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)


class YamlError(Exception):
    """Why a text was refused, and where: ``line`` and ``column`` count from 1. ``code`` is a finding's."""

    def __init__(self, code: str, reason: str, mark: Any = None, hint: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.line: int | None = None if mark is None else mark.line + 1
        self.column: int | None = None if mark is None else mark.column + 1
        self.hint = hint


def read_yaml(source: str, *, max_weight: int) -> Any:
    """The one document of a text. ``max_weight`` bounds the nodes and characters that aliases add. Raises YamlError."""
    builder = _Builder(max_weight)
    try:
        for event in yaml.parse(source, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as problem:
        reason = " ".join(part for part in (problem.context, problem.problem) if part)
        raise YamlError("InvalidSyntax", f"Not YAML: {reason}", problem.problem_mark) from problem
    except yaml.reader.ReaderError as problem:
        raise _bad_character(source, problem) from problem
    return builder.document


_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def _bad_character(source: str, problem: Any) -> YamlError:
    character = problem.character if isinstance(problem.character, str) else chr(problem.character)
    before = source[: max(source.find(character), 0)]
    error = YamlError("InvalidSyntax", f"Not YAML: the character U+{ord(character):04X} is not allowed")
    error.line = before.count("\n") + 1
    error.column = len(before) - before.rfind("\n")
    return error


class _Open:
    """A list or object that is being filled."""

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.weight = 1


class _Builder:
    """Takes the events of one document and builds its value."""

    def __init__(self, max_weight: int) -> None:
        self.document: Any = None
        self._documents = 0
        self._stack: list[_Open] = []
        self._anchored: dict[str, tuple[Any, int] | None] = {}
        self._max_weight = max_weight
        self._added_by_aliases = 0

    def take(self, event: yaml.Event) -> None:
        """Go on by one event."""
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise YamlError("InvalidSyntax", f"The tag {brief(tag)} is not allowed", event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                self._start_document(event)
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._open({}, event)
            case yaml.SequenceStartEvent():
                self._open([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close(event)
            case yaml.AliasEvent():
                self._alias(event)

    def _start_document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            raise YamlError("InvalidSyntax", "A file holds one document, and here a second begins", event.start_mark)

    def _open(self, value: Any, event: Any) -> None:
        self._refuse_as_key(event)
        if len(self._stack) >= MAX_DEPTH:
            raise YamlError("TooDeep", f"The document nests deeper than {MAX_DEPTH} levels", event.start_mark)
        if event.anchor is not None:
            self._anchored[event.anchor] = None  # open: an alias to it would be endless
        self._stack.append(_Open(value, event.anchor))

    def _close(self, event: yaml.Event) -> None:
        done = self._stack.pop()
        self._put(done.value, done.weight, done.anchor, event)

    def _scalar(self, event: Any) -> None:
        holder = self._stack[-1] if self._stack else None
        plain = not event.style  # None from the Python parser, empty from libyaml
        if holder is not None and isinstance(holder.value, dict) and holder.key is None:
            self._key(holder, event, plain)
            return
        value = _resolved(event) if plain else event.value
        self._put(value, 1 + len(event.value), event.anchor, event)

    def _key(self, holder: _Open, event: Any, plain: bool) -> None:
        key = event.value
        if plain and key == "<<":
            hint = "YAML 1.2 has none: use an alias for a whole value, or write the fields out."
            raise YamlError("InvalidSyntax", "Merge keys (<<) are not supported", event.start_mark, hint)
        if plain and not isinstance(_resolved(event), str):
            raise YamlError("WrongType", f"The key {key!r} is not a text", event.start_mark, "Put it in quotes.")
        if key in holder.value:
            raise YamlError("DuplicateKey", f"The key {brief(key)} stands twice in one object", event.start_mark)
        if event.anchor is not None:
            self._anchored[event.anchor] = (key, 1 + len(key))
        holder.key = key
        holder.weight += 1 + len(key)

    def _alias(self, event: Any) -> None:
        self._refuse_as_key(event)
        if event.anchor not in self._anchored:
            raise YamlError(
                "InvalidSyntax", f"There is no anchor {brief(event.anchor)} before this alias", event.start_mark
            )
        target = self._anchored[event.anchor]
        if target is None:
            raise YamlError("AliasExplosion", f"The alias {brief(event.anchor)} contains itself", event.start_mark)
        value, weight = target
        self._added_by_aliases += weight
        if self._added_by_aliases > self._max_weight:
            reason = f"The aliases expand to more than {self._max_weight:,} characters"
            raise YamlError("AliasExplosion", reason, event.start_mark)
        self._put(value, weight, None, event)

    def _refuse_as_key(self, event: Any) -> None:
        holder = self._stack[-1] if self._stack else None
        if holder is not None and isinstance(holder.value, dict) and holder.key is None:
            raise YamlError("WrongType", "A key must be a text", event.start_mark)

    def _put(self, value: Any, weight: int, anchor: str | None, event: yaml.Event) -> None:
        if anchor is not None:
            self._anchored[anchor] = (value, weight)
        if not self._stack:
            self.document = value
            return
        holder = self._stack[-1]
        holder.weight += weight
        if isinstance(holder.value, list):
            holder.value.append(value)
        else:
            holder.value[holder.key] = value
            holder.key = None


def _resolved(event: Any) -> Any:
    """A plain scalar by the core schema of YAML 1.2: ``on``, ``yes``, ``12:30`` and dates stay text."""
    text = event.value
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _NOT_JSON.fullmatch(text):
        raise YamlError("InvalidNumber", f"{text} is not a JSON number", event.start_mark)
    other = _OTHER_BASE.fullmatch(text)
    if other is not None:
        digits = other[1] or other[2]
        if len(digits) > 1_000:
            raise YamlError("InvalidNumber", "A number has more than 1,000 digits", event.start_mark)
        return int(digits, 8 if other[1] else 16)
    literal = _json_literal(text)
    if literal is None:
        return text
    try:
        return jsonvalue.loads(literal)
    except jsonvalue.JsonError as problem:
        raise YamlError("InvalidNumber", problem.message, event.start_mark) from problem


def _json_literal(text: str) -> str | None:
    """A number as JSON writes it: no plus, no leading zeros, digits on both sides of the point."""
    found = _FLOAT.fullmatch(text)
    if found is None:
        return None
    sign, number, exponent = found.groups()
    whole, point, fraction = number.partition(".")
    whole = whole.lstrip("0") or "0"
    return ("-" if sign == "-" else "") + whole + (f".{fraction or '0'}" if point else "") + exponent
