"""What an activity returned, checked and copied: only JSON goes on.

Layer: activities. The copy is private (the activity may keep what it returned) and in the form that the codec gives
on reading, so state folded from memory equals state folded from the store.
"""

from __future__ import annotations

import math
from decimal import Decimal
from enum import Enum
from typing import Any

from chalicelib.activities.errors import ActivityError
from chalicelib.domain.jsonvalue import MAX_DEPTH, JsonError, dumps, loads

Path = tuple[str | int, ...]

_REMEDIES = {
    "tuple": "return a list",
    "set": "return a sorted list",
    "frozenset": "return a sorted list",
    "bytes": "decode it, or return base64 text",
    "datetime": "return isoformat() text with an offset",
    "date": "return isoformat() text",
    "coroutine": "declare the function async def",
    "generator": "return a list",
}


def checked_result(value: Any, *, max_bytes: int) -> Any:
    """A private copy of ``value`` as a JSON value.

    Raises ``ActivityError``: with its own code for what is no JSON (naming the path, ``$.items[2].price``), with
    ``PayloadTooLarge`` for one whose encoded form is over ``max_bytes``.
    """
    plain = _plain(value, ())
    try:
        size = len(dumps(plain))
    except JsonError as error:
        raise _refused((), str(error)) from error
    if size > max_bytes:
        raise ActivityError(
            "PayloadTooLarge",
            f"The result is {size} bytes of JSON; at most {max_bytes} are kept. Store it and return where it is.",
            retryable=False,
        )
    return plain


def _plain(value: Any, path: Path) -> Any:
    # Subclasses (numpy's float64, StrEnum, OrderedDict) pass as what they are a kind of.
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _plain_text(value, path)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        return _plain_number(value, path)
    if isinstance(value, dict | list):
        if len(path) >= MAX_DEPTH:
            raise _refused(path[:8], f"nests deeper than {MAX_DEPTH} levels, or contains itself")
        return _plain_dict(value, path) if isinstance(value, dict) else _plain_list(value, path)
    raise _refused(path, f"is a {type(value).__name__}, which is no JSON value{_remedy_for(value)}")


def _plain_list(value: list[Any], path: Path) -> list[Any]:
    return [_plain(item, (*path, index)) for index, item in enumerate(value)]


def _plain_dict(value: dict[Any, Any], path: Path) -> dict[str, Any]:
    copied: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise _refused(path, f"has a key of type {type(key).__name__}; keys must be strings")
        copied[_plain_text(key, path)] = _plain(item, (*path, key))
    return copied


def _plain_text(value: str, path: Path) -> str:
    text = str.__str__(value.value) if isinstance(value, Enum) else str.__str__(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _refused(path, "holds an unpaired surrogate, which is no text") from error
    return text


def _plain_number(value: float | Decimal, path: Path) -> Any:
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not finite:
        raise _refused(path, f"is {value}, which is no JSON number")
    if isinstance(value, float):
        return float(value)
    try:
        return loads(dumps(Decimal(value)))
    except JsonError as error:
        raise _refused(path, f"is a number that cannot be kept: {error}") from error


def _remedy_for(value: Any) -> str:
    if hasattr(type(value), "__dataclass_fields__"):
        return "; return dataclasses.asdict() of it"
    if isinstance(value, tuple):
        return f"; {_REMEDIES['tuple']}"
    remedy = _REMEDIES.get(type(value).__name__)
    return "" if remedy is None else f"; {remedy}"


def _refused(path: Path, problem: str) -> ActivityError:
    return ActivityError("ActivityError", f"The result {problem} (at {_shown(path)}).", retryable=False)


def _shown(path: Path) -> str:
    return "$" + "".join(_part(part) for part in path)


def _part(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if part.isidentifier() else f"[{part!r}]"
