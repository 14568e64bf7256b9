"""Every place of a definition whose text has a meaning beyond itself: expressions, references, crons, durations.

Layer: domain. The places come from the roles in the model's annotations, so a new field is found without a change here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from chalicelib.domain.definitions.conditions import is_error_condition
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.shapes import Shape, field_shapes, shape_of, struct_info
from chalicelib.domain.expressions import compile_expression, compile_mapping, compile_validation, is_expression_value


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A value with a role (see ``model.values``) and the pointer to it."""

    role: str
    pointer: str
    value: Any


class ExpressionText(msgspec.Struct, frozen=True, kw_only=True):
    """An expression and the pointer to it. ``text`` is as written: in a mapping it may stand in ``{% … %}``.

    ``about_value``: it is about a value of its own (``$``), not about the execution.
    """

    pointer: str
    text: str
    in_mapping: bool = False
    about_value: bool = False


def places(struct: msgspec.Struct, pointer: str = "") -> Iterator[Place]:
    """Every place with a role inside a struct of the model, in document order."""
    for name, role, nested in _fields(type(struct)):
        value = getattr(struct, name)
        if value is None:
            continue
        at = f"{pointer}/{name}"
        if role:
            yield Place(role=role, pointer=at, value=value)
        elif isinstance(value, msgspec.Struct):
            yield from places(value, at)
        elif nested and isinstance(value, list):
            yield from _in_list(value, nested, at)


def expressions(struct: msgspec.Struct, pointer: str = "") -> Iterator[ExpressionText]:
    """Every expression inside a struct of the model, those inside mappings one by one."""
    for place in places(struct, pointer):
        yield from expressions_of(place)


def expressions_of(place: Place) -> Iterator[ExpressionText]:
    """The expressions of one place, by its role."""
    if place.role in ("expression", "validation"):
        about_value = place.role == "validation"
        yield ExpressionText(pointer=place.pointer, text=place.value, about_value=about_value)
    elif place.role == "edge_condition":
        if not is_error_condition(place.value):
            yield ExpressionText(pointer=place.pointer, text=place.value)
    elif place.role in _MAPPING_ROLES:
        yield from _in_mapping(place.value, place.pointer)


def step_ids_of(expression: ExpressionText) -> frozenset[str] | None:
    """The steps an expression names under ``$.steps``; None if that is known only when it is evaluated."""
    if expression.about_value:
        compile_validation(expression.text)  # it sees no step, but must be one
        return frozenset()
    compiled = compile_mapping(expression.text) if expression.in_mapping else compile_expression(expression.text)
    return compiled.step_ids


# ``cron``, ``timezone``, ``datetime`` and ``delay`` may be an expression by the rules of mappings.
_MAPPING_ROLES = frozenset({"mapping", "fields", "writes", "variables", "cron", "timezone", "datetime", "delay"})


def _in_list(values: list[Any], item: Shape, pointer: str) -> Iterator[Place]:
    for index, value in enumerate(values):
        at = f"{pointer}/{index}"
        if item.role:
            yield Place(role=item.role, pointer=at, value=value)
        elif isinstance(value, msgspec.Struct):
            yield from places(value, at)


def _in_mapping(mapping: Any, pointer: str) -> Iterator[ExpressionText]:
    pending = [(mapping, pointer)]
    while pending:
        value, at = pending.pop()
        if is_expression_value(value):
            yield ExpressionText(pointer=at, text=value, in_mapping=True)
        elif isinstance(value, list):
            pending.extend((each, f"{at}/{index}") for index, each in reversed(list(enumerate(value))))
        elif isinstance(value, dict) and value.keys() != {"$literal"}:
            pending.extend((each, below(at, key)) for key, each in reversed(value.items()))


@cache
def _fields(cls: type) -> tuple[tuple[str, str, Shape | None], ...]:
    """Name, role and element shape of each field that can hold a place."""
    found = []
    for field, shape in field_shapes(struct_info(cls)).values():
        nested = shape_of(shape.info.item_type) if isinstance(shape.info, inspect.ListType) else None
        found.append((field.name, shape.role, nested))
    return tuple(found)
