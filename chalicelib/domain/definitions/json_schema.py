"""JSON Schema as far as a user may bring it: checked when registered, bounded when used.

Layer: domain. ``jsonschema`` does the work. What could hang or reach out is taken from it: regular expressions run in
RE2 (linear time; look-around and back-references are refused), references stay inside the schema, uniqueness is found
by hashing, numbers of any size are compared exactly, and each keyword evaluated is counted (``MAX_EVALUATIONS``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import re2
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from chalicelib.domain.definitions.durations import is_iso_duration
from chalicelib.domain.definitions.timestamps import parse_timestamp

MAX_EVALUATIONS = 300_000
_MAX_EXPONENT = 400

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Errors | None]


class EvaluationLimit(Exception):
    """A schema and a value that together take too many evaluations, or nest without end."""


def evaluate(
    schema: dict[str, Any] | bool, value: Any, *, most: int, limit: int = MAX_EVALUATIONS
) -> list[ValidationError]:
    """At most ``most`` errors of a value. ``schema`` passed ``schema_checks``. Raises ``EvaluationLimit``."""
    validator = _VALIDATOR(schema, registry=Registry(), format_checker=_FORMATS)
    token = _remaining.set([limit])
    found: list[ValidationError] = []
    try:
        for problem in validator.iter_errors(value):
            found.append(problem)
            if len(found) == most:
                break
    except RecursionError as problem:
        raise EvaluationLimit("The value and its type nest too deeply") from problem
    finally:
        _remaining.reset(token)
    return found


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str) -> Any:
    """The regular expression, compiled by RE2, or None if RE2 refuses it."""
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


_remaining: ContextVar[list[int]] = ContextVar("remaining_evaluations")


def _counted(keyword: Keyword) -> Keyword:
    def evaluate_keyword(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors | None:
        remaining = _remaining.get()
        remaining[0] -= 1 + (len(wanted) if isinstance(wanted, list) else 0)
        if remaining[0] < 0:
            raise EvaluationLimit("Checking the value takes too many evaluations of its type")
        return keyword(validator, wanted, instance, schema)

    return evaluate_keyword


def _matches(pattern: str, text: str) -> bool:
    expression = compiled_pattern(pattern)
    return expression is not None and expression.search(text) is not None


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Errors:
    if validator.is_type(instance, "string") and not _matches(pattern, instance):
        yield ValidationError("does not match")


def _pattern_properties(validator: Any, patterns: dict[str, Any], instance: Any, _schema: Any) -> Errors:
    if validator.is_type(instance, "object"):
        for pattern, schema in patterns.items():
            for key, value in instance.items():
                if _matches(pattern, key):
                    yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key in instance:
        if key in named or any(_matches(pattern, key) for pattern in patterns):
            continue
        if wanted is False:
            yield ValidationError("not allowed", path=[key])
        else:
            yield from validator.descend(instance[key], wanted, path=key)


def _required(validator: Any, names: list[str], instance: Any, _schema: Any) -> Errors:
    if validator.is_type(instance, "object"):
        for name in names:
            if name not in instance:
                yield ValidationError("missing", path=[name])


def _unique_items(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    if wanted and validator.is_type(instance, "array"):
        seen: set[Any] = set()
        for index, item in enumerate(instance):
            frozen = _frozen(item)
            if frozen in seen:
                yield ValidationError("not unique", path=[index])
            seen.add(frozen)


def _frozen(value: Any) -> Any:
    """A hashable form, equal for values that JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return ("object", frozenset((key, _frozen(each)) for key, each in value.items()))
    if isinstance(value, list):
        return ("array", tuple(_frozen(each) for each in value))
    return value


def _multiple_of(validator: Any, step: Any, instance: Any, _schema: Any) -> Errors:
    if validator.is_type(instance, "number") and not _is_multiple(instance, step):
        yield ValidationError("not a multiple")


def _is_multiple(value: Any, step: Any) -> bool:
    if _out_of_reach(value) or _out_of_reach(step):
        return False
    return (Fraction(str(value)) / Fraction(str(step))).denominator == 1


def _out_of_reach(value: Any) -> bool:
    """Whether writing the number out would take more digits than it is worth."""
    if isinstance(value, Decimal):
        return value != 0 and abs(value.adjusted()) > _MAX_EXPONENT
    return isinstance(value, int) and abs(value) >= 10**_MAX_EXPONENT


def _is_number(_checker: Any, value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_integer(_checker: Any, value: Any) -> bool:
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    if isinstance(value, float):
        return math.isfinite(value) and value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_FORMATS = FormatChecker(formats=("date", "email", "ipv4", "ipv6", "uuid"))


@_FORMATS.checks("date-time")
def _is_timestamp(value: object) -> bool:
    return not isinstance(value, str) or parse_timestamp(value) is not None


@_FORMATS.checks("duration")
def _is_duration(value: object) -> bool:
    return not isinstance(value, str) or is_iso_duration(value)


_OWN: dict[str, Keyword] = {
    "additionalProperties": _additional_properties,
    "multipleOf": _multiple_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "required": _required,
    "uniqueItems": _unique_items,
}

_VALIDATOR: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={name: _counted(each) for name, each in {**Draft202012Validator.VALIDATORS, **_OWN}.items()},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer}),
)
