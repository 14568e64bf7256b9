"""Plain values against their descriptions: kinds, bounds, and how both are called in messages.

Layer: domain.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from msgspec import inspect

from chalicelib.domain.definitions.findings import brief
from chalicelib.domain.definitions.shapes import shape_of


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether a number has no fraction; ``3.0`` is whole."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) or (math.isfinite(value) and value.is_integer())


def fits(value: Any, info: inspect.Type) -> bool:
    """Whether a value has the Python type that a description wants; bounds are another matter."""
    match shape_of(info).info:
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.FloatType():
            return is_number(value)
        case inspect.IntType():
            return is_number(value) and is_whole(value)
        case inspect.LiteralType(values=values):
            return isinstance(value, str) and value in values
        case _:
            return isinstance(value, dict)


def expected(info: inspect.Type) -> str:
    """What a description wants, for a message."""
    match shape_of(info).info:
        case inspect.StrType():
            return "a string"
        case inspect.BoolType():
            return "true or false"
        case inspect.FloatType():
            return "a number"
        case inspect.IntType():
            return "a whole number"
        case inspect.LiteralType(values=values):
            return " or ".join(repr(each) for each in values)
        case _:
            return "an object"


def out_of_bounds(value: Any, info: inspect.IntType | inspect.FloatType) -> str:
    """What is wrong with a number; empty if it is within the bounds."""
    if info.gt is not None and not value > info.gt:
        return f"is not greater than {info.gt}"
    if info.ge is not None and not value >= info.ge:
        return f"is less than {info.ge}"
    if info.le is not None and not value <= info.le:
        return f"is more than {info.le:,.0f}"
    return ""


def kind(value: Any) -> str:
    """What a value is, for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f"the string {brief(value)}"
    return f"the number {brief(value)}"
