"""How large an item is, as DynamoDB counts it.

Source: "DynamoDB item sizes and formats" in the Developer Guide (CapacityUnitCalculations). Where that page says
"approximately", of numbers, the rule is taken from DynamoDB Local: a number is kept in pairs of digits on both sides of
the point, so ``110`` takes two pairs (1, 10) and ``1100`` one. ``recorded_capacity.json`` has the cases.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any, Final

Item = Mapping[str, Mapping[str, Any]]
"""An item as in DynamoDB's JSON: ``{"name": {"S": "value"}}``; binary values are bytes, or base64 text."""

_CONTAINER: Final = 3
_ELEMENT: Final = 1
_DIGITS: Final = Context(prec=40)  # DynamoDB keeps 38


def item_bytes(item: Item) -> int:
    """Bytes of an item: the names of its attributes and their values."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """Bytes of one typed value. Raises ``KeyError`` for a type that DynamoDB does not have."""
    ((kind, content),) = value.items()
    if kind in {"L", "M"}:
        return _container_bytes(kind, content)
    if kind in {"SS", "NS", "BS"}:
        return sum(_SCALARS[kind[0]](each) for each in content)
    return _SCALARS[kind](content)


def number_bytes(text: str) -> int:
    """Bytes of a number: one for each pair of digits, one beside them, one for the sign if there is a minus."""
    sign, digits, exponent = Decimal(text).normalize(_DIGITS).as_tuple()
    if not any(digits):
        return 1
    if not isinstance(exponent, int):
        message = f"DynamoDB has no number {text}"
        raise ValueError(message)  # noqa: TRY004 - infinity and NaN are texts of the right type
    highest, lowest = len(digits) - 1 + exponent, exponent  # powers of ten; two to a pair, counted from the point
    return highest // 2 - lowest // 2 + 1 + 1 + sign


def _container_bytes(kind: str, content: Any) -> int:
    if kind == "L":
        return _CONTAINER + sum(_ELEMENT + value_bytes(each) for each in content)
    return _CONTAINER + sum(_ELEMENT + len(name.encode()) + value_bytes(each) for name, each in content.items())


def _binary_bytes(content: bytes | str) -> int:
    return len(base64.b64decode(content)) if isinstance(content, str) else len(content)


_SCALARS: Final[dict[str, Callable[[Any], int]]] = {
    "S": lambda content: len(content.encode()),
    "N": number_bytes,
    "B": _binary_bytes,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
}
