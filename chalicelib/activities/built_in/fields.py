"""Reads the input of a built-in activity, naming the field that is wrong.

Layer: activities.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn, TypeVar

import msgspec

from chalicelib.activities.errors import ActivityError

T = TypeVar("T")

_POINTER = re.compile(r" - at `\$\.?([^`]*)`$")
_NAMED = re.compile(r"(?:required|unknown) field `([^`]+)`")


def read(activity_type: str, input: Any, form: type[T]) -> T:
    """``input`` as a ``form``. Raises ``ActivityError`` (``InvalidInput``, with the field in ``details``)."""
    try:
        return msgspec.convert(input, form)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _NAMED.search(text) or _POINTER.search(text)
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(form))  # type: ignore[arg-type]
        hint = f"; known are {known}" if "unknown field" in text else ""
        refuse(activity_type, found[1] if found else None, _POINTER.sub("", text) + hint)


def refuse(activity_type: str, field: str | None, problem: str) -> NoReturn:
    """Raise ``ActivityError`` with code ``InvalidInput``, naming the activity and the field."""
    subject = activity_type if field is None else f"{activity_type}: field {field!r}"
    details = None if field is None else {"field": field}
    raise ActivityError("InvalidInput", f"{subject}: {problem}", retryable=False, details=details)
