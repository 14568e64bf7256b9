"""Changes the leaves of one type in a JSON value, without recursion.

Layer: domain. A value that an expression has built may nest deeper than Python's stack goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.jsonvalue import JsonValue


def change_leaves(value: JsonValue, kind: type, change: Callable[[Any], JsonValue]) -> JsonValue:
    """The value with ``change`` applied to each leaf whose type is exactly ``kind``; lists and objects in place."""
    if type(value) is kind:
        return change(value)
    pending: list[Any] = [value]
    while pending:
        current = pending.pop()
        if type(current) is dict:
            entries: Any = current.items()
        elif type(current) is list:
            entries = enumerate(current)
        else:
            continue
        for key, inner in entries:
            if type(inner) is kind:
                current[key] = change(inner)
            elif type(inner) is dict or type(inner) is list:
                pending.append(inner)
    return value
