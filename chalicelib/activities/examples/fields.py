"""Reads the input of an example activity: unknown fields are ignored, a wrong one is named.

Layer: activities.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.activities.errors import ActivityError

T = TypeVar("T")


def read(input: Any, form: type[T]) -> T:
    """``input`` as a ``form``. Raises ``ActivityError`` with code ``InvalidInput``."""
    try:
        return msgspec.convert(input, form)
    except msgspec.ValidationError as error:
        raise ActivityError("InvalidInput", str(error), retryable=False) from error


def whole(number: float, field: str) -> int:
    """A whole number from its JSON form: ``3.0`` is an integer there. Raises ``ActivityError``."""
    if number != int(number):
        raise ActivityError("InvalidInput", f"{field} must be a whole number, not {number}", retryable=False)
    return int(number)
