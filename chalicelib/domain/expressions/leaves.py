"""Changes the leaves of one type in a JSON value, and nothing in place.

Layer: domain. The engine gives back parts of the context as the very objects that went in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.domain.jsonvalue import MAX_DEPTH, JsonValue


class TooDeep(Exception):
    """The value nests deeper than ``MAX_DEPTH`` levels."""


def change_leaves(value: JsonValue, kind: type, change: Callable[[Any], JsonValue], depth: int = 0) -> JsonValue:
    """The value with ``change`` applied to each leaf whose type is exactly ``kind``.

    Lists and objects are copied where something in them changes, and shared where nothing does. Raises ``TooDeep``.
    """
    if type(value) is kind:
        return change(value)
    if type(value) is dict:
        return _changed(value, value.items(), kind, change, depth)
    return _changed(value, enumerate(value), kind, change, depth) if type(value) is list else value


def _changed(
    container: Any, entries: Iterable[tuple[Any, Any]], kind: type, change: Callable[[Any], JsonValue], depth: int
) -> Any:
    if depth == MAX_DEPTH:
        raise TooDeep
    copy: Any = None
    for key, inner in entries:
        found = type(inner)
        if found is kind:
            changed = change(inner)
        elif found is dict or found is list:
            changed = change_leaves(inner, kind, change, depth + 1)
        else:
            continue
        if changed is not inner:
            copy = container.copy() if copy is None else copy
            copy[key] = changed
    return container if copy is None else copy
