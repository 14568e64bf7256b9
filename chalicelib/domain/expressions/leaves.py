"""Changes the leaves of one type in a JSON value, level by level instead of by recursion.

Layer: domain. A value that an expression has built may nest deeper than Python's stack goes, and deeper than may be
kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.jsonvalue import MAX_DEPTH, JsonValue


class TooDeep(Exception):
    """The value nests deeper than ``MAX_DEPTH`` levels."""


def change_leaves(value: JsonValue, kind: type, change: Callable[[Any], JsonValue]) -> JsonValue:
    """The value with ``change`` applied to each leaf whose type is exactly ``kind``; lists and objects in place.

    Raises ``TooDeep``.
    """
    if type(value) is kind:
        return change(value)
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = _next_level(level, kind, change)
        if not level:
            return value
    raise TooDeep


def _next_level(level: list[Any], kind: type, change: Callable[[Any], JsonValue]) -> list[Any]:
    below: list[Any] = []
    for container in level:
        entries = container.items() if type(container) is dict else enumerate(container)
        for key, inner in entries:
            found = type(inner)
            if found is kind:
                container[key] = change(inner)
            elif found is dict or found is list:
                below.append(inner)
    return below
