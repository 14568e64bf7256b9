"""Walks a normalised document along the model, copies what it understands and reports what it does not.

Layer: domain. ``reading`` says what is lost with a part that was not understood.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from msgspec import inspect

from chalicelib.domain.definitions.findings import brief, error, nearest
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.scalars import expected, fits, is_number, kind, out_of_bounds
from chalicelib.domain.definitions.shapes import Shape, field_shapes, shape_of, struct_info, tagged_members
from chalicelib.domain.definitions.variants import BY_FIELD, BY_TYPE
from chalicelib.domain.errors import Finding

BROKEN: Final = object()
_DURATION_HINT = (
    "Write seconds (90), ISO 8601 (PT1M30S) or {secs: 90, nanos: 0}; years and months have no fixed length."
)


class Reader:
    """Collects findings while it copies what it understands."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.gaps: set[str] = set()
        self.kept: dict[str, list[int]] = {}

    def read(self, value: Any, shape: Shape, pointer: str) -> Any:
        """The value in the form the model takes, or ``BROKEN`` with at least one finding."""
        info = shape.info
        if isinstance(info, inspect.StructType):
            return self._struct(value, info, pointer)
        if isinstance(info, inspect.UnionType):
            return self._union(value, info, shape.role, pointer)
        if isinstance(info, inspect.ListType):
            return self._list(value, info, pointer)
        if isinstance(info, inspect.DictType):
            return self._dict(value, info, pointer)
        if isinstance(info, inspect.AnyType):
            if shape.role == "fields" and not isinstance(value, dict | str):
                return self.wrong_type(value, "an object or an expression", pointer)
            return value
        return self._scalar(value, info, shape.role, pointer)

    def fields_of(self, value: dict[str, Any], info: inspect.StructType, pointer: str) -> dict[str, Any]:
        """The fields of an object by name, ``BROKEN`` where one is missing or was not understood."""
        fields = field_shapes(info)
        self._refuse_unknown(value, info, pointer)
        read: dict[str, Any] = {}
        for name, (field, shape) in fields.items():
            given = value.get(name)
            if given is not None:
                read[name] = self.read(given, shape, below(pointer, name))
            elif field.required:
                self.findings.append(error("MissingField", pointer, f"The field {name!r} is missing"))
                read[name] = BROKEN
        self._check_variant(value, info.cls, pointer)
        return read

    def wrong_type(self, value: Any, expected: str, pointer: str, hint: str = "") -> Any:
        """Report a value of the wrong type."""
        if expected == "a string" and isinstance(value, int | float | Decimal):
            hint = hint or "Put it in quotes."
        self.findings.append(error("WrongType", pointer, f"Expected {expected}, found {kind(value)}", hint))
        return BROKEN

    def _struct(self, value: Any, info: inspect.StructType, pointer: str) -> Any:
        if not isinstance(value, dict):
            return self.wrong_type(value, "an object", pointer)
        before = len(self.findings)
        read = self.fields_of(value, info, pointer)
        fields = field_shapes(info)
        lost = [name for name, each in read.items() if each is BROKEN]
        # An unknown or a misplaced field does not hide the rest; a required one that is lost does.
        if any(fields[name][0].required for name in lost) or self._lost_variant(before, info.cls, pointer):
            return BROKEN
        if any(_may_lead_on(fields[name][1]) for name in lost):
            self._note_gap(pointer)
        kept = {name: each for name, each in read.items() if each is not BROKEN}
        if info.tag_field and info.tag is not None:
            kept[info.tag_field] = info.tag
        return kept

    def _note_gap(self, pointer: str) -> None:
        self.gaps.add(pointer.split("/")[1])

    def _lost_variant(self, before: int, cls: type, pointer: str) -> bool:
        """Whether a struct told apart by its fields lacks the one that says what it is."""
        if cls not in BY_TYPE and cls not in BY_FIELD:
            return False
        return any(
            finding.pointer == pointer and finding.code in ("MissingField", "ConflictingFields")
            for finding in self.findings[before:]
        )

    def _refuse_unknown(self, value: dict[str, Any], info: inspect.StructType, pointer: str) -> None:
        known = set(field_shapes(info)) | ({info.tag_field} if info.tag_field else set())
        for name in value:
            if name not in known:
                message = f"There is no field {brief(name)} here"
                self.findings.append(error("UnknownField", below(pointer, name), message, nearest(str(name), known)))

    def _check_variant(self, value: dict[str, Any], cls: type, pointer: str) -> None:
        given = {name for name, each in value.items() if each is not None}
        if cls in BY_TYPE:
            self._check_by_type(value, given, cls, pointer)
        elif cls in BY_FIELD:
            self._check_by_field(given, cls, pointer)

    def _check_by_type(self, value: dict[str, Any], given: set[str], cls: type, pointer: str) -> None:
        variants = BY_TYPE[cls]
        field, _ = field_shapes(struct_info(cls))["type"]
        name = value.get("type") or field.default
        if not isinstance(name, str) or name not in variants.by_type:
            return  # reported as a missing field or a wrong value
        variant = variants.by_type[name]
        for missing in variant.required:
            if missing not in given:
                message = f"{name!r} needs the field {missing!r}"
                self.findings.append(error("MissingField", pointer, message))
        allowed = {"type", *variant.required, *variant.optional, *variants.shared}
        for extra in sorted((value.keys() & field_shapes(struct_info(cls)).keys()) - allowed):
            message = f"{name!r} has no field {extra!r}"
            hint = f"It has: {', '.join(sorted(allowed - {'type'}))}." if len(allowed) > 1 else "It has no fields."
            self.findings.append(error("UnknownField", below(pointer, extra), message, hint))

    def _check_by_field(self, given: set[str], cls: type, pointer: str) -> None:
        choice = BY_FIELD[cls]
        names = list(choice.by_field)
        chosen = [name for name in names if name in given]
        listed = " or ".join(repr(name) for name in names)
        if len(chosen) != 1:
            code = "ConflictingFields" if chosen else "MissingField"
            self.findings.append(error(code, pointer, f"Exactly one of {listed} is needed here"))
            return
        allowed = {*chosen, *choice.by_field[chosen[0]], *choice.shared}
        for extra in sorted((given & field_shapes(struct_info(cls)).keys()) - allowed):
            message = f"{extra!r} has no meaning beside {chosen[0]!r}"
            self.findings.append(error("ConflictingFields", below(pointer, extra), message))

    def _union(self, value: Any, info: inspect.UnionType, role: str, pointer: str) -> Any:
        tagged = tagged_members(info)
        if tagged:
            return self._tagged(value, tagged, pointer)
        for member in info.types:
            if fits(value, member):
                return self.read(value, Shape(info=shape_of(member).info, role=role), pointer)
        if role == "delay":
            return self._bad_duration(value, pointer)
        return self.wrong_type(value, " or ".join(expected(member) for member in info.types), pointer)

    def _tagged(self, value: Any, tagged: dict[str, inspect.StructType], pointer: str) -> Any:
        names = ", ".join(tagged)
        if isinstance(value, str):
            message = f"There is no step type {brief(value)}"
            self.findings.append(error("UnknownStepType", pointer, message, nearest(value, tagged)))
            return BROKEN
        if not isinstance(value, dict):
            return self.wrong_type(value, "an object with a type", pointer, f"Known types: {names}.")
        tag = value.get("type")
        if tag is None:
            self.findings.append(error("MissingField", pointer, "The field 'type' is missing", f"Known: {names}."))
            return BROKEN
        if not isinstance(tag, str):
            return self.wrong_type(tag, "a string", below(pointer, "type"))
        if tag not in tagged:
            message = f"There is no step type {brief(tag)}"
            self.findings.append(error("UnknownStepType", below(pointer, "type"), message, nearest(tag, tagged)))
            return BROKEN
        return self._struct(value, tagged[tag], pointer)

    def _list(self, value: Any, info: inspect.ListType, pointer: str) -> Any:
        if not isinstance(value, list):
            return self.wrong_type(value, "a list", pointer)
        if info.min_length and len(value) < info.min_length:
            self.findings.append(error("InvalidValue", pointer, "The list must not be empty"))
            return BROKEN
        shape = shape_of(info.item_type)
        read = [self.read(each, shape, f"{pointer}/{index}") for index, each in enumerate(value)]
        kept = [index for index, each in enumerate(read) if each is not BROKEN]
        if len(kept) == len(read):
            return read
        self._note_gap(pointer)
        self.kept[pointer] = kept
        return [read[index] for index in kept] or BROKEN

    def _dict(self, value: Any, info: inspect.DictType, pointer: str) -> Any:
        if not isinstance(value, dict):
            return self.wrong_type(value, "an object", pointer)
        shape = shape_of(info.value_type)
        read = {key: self.read(each, shape, below(pointer, key)) for key, each in value.items()}
        return {key: each for key, each in read.items() if each is not BROKEN}

    def _scalar(self, value: Any, info: inspect.Type, role: str, pointer: str) -> Any:
        if role == "duration" and not is_number(value):
            return self._bad_duration(value, pointer)
        if not fits(value, info):
            if isinstance(info, inspect.LiteralType):
                return self._not_one_of(value, info, pointer)
            return self.wrong_type(value, expected(info), pointer)
        if isinstance(info, inspect.StrType):
            return self._text(value, info, role, pointer)
        if isinstance(info, inspect.IntType | inspect.FloatType):
            return self._number(value, info, role, pointer)
        return value

    def _not_one_of(self, value: Any, info: inspect.LiteralType, pointer: str) -> Any:
        known = [str(each) for each in info.values]
        hint = nearest(value, known) if isinstance(value, str) else ""
        message = f"Expected one of {', '.join(sorted(known))}, found {brief(value)}"
        self.findings.append(error("InvalidValue", pointer, message, hint))
        return BROKEN

    def _text(self, value: str, info: inspect.StrType, role: str, pointer: str) -> Any:
        problem = ""
        if info.min_length and len(value) < info.min_length:
            problem = "must not be empty"
        elif info.max_length and len(value) > info.max_length:
            problem = f"is longer than {info.max_length} characters"
        elif info.pattern and not re.fullmatch(info.pattern.removesuffix("$"), value):
            problem = "must be 1 to 128 letters (A to Z), digits, '.', '_' or '-', the first a letter or digit"
        if not problem:
            return value
        code = "InvalidId" if role == "id" else "InvalidValue"
        self.findings.append(error(code, pointer, f"{brief(value)} {problem}"))
        return BROKEN

    def _number(self, value: Any, info: inspect.IntType | inspect.FloatType, role: str, pointer: str) -> Any:
        problem = out_of_bounds(value, info)
        if problem:
            code = "InvalidDuration" if role == "duration" else "InvalidValue"
            self.findings.append(error(code, pointer, f"{brief(value)} {problem}"))
            return BROKEN
        return int(value) if isinstance(info, inspect.IntType) else float(value)

    def _bad_duration(self, value: Any, pointer: str) -> Any:
        message = f"{brief(value)} is not a duration"
        self.findings.append(error("InvalidDuration", pointer, message, _DURATION_HINT))
        return BROKEN


def _may_lead_on(shape: Shape) -> bool:
    """Whether a field may say where a step leads: what the graph is made of is then not all known."""
    return shape.role == "step" or isinstance(shape.info, inspect.StructType | inspect.ListType | inspect.UnionType)
