"""Plain paths, ``$.input.lines.0.sku``: resolved by key and index, without the engine, so that no number changes.

Layer: domain. A name that is digits is an index into the list that the path before it gives; any other name is sought
in each item, as JSONata does: missing ones are left out, lists found are joined, and a single one stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain.expressions.errors import unknown_root
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.expressions.projection import plain
from chalicelib.domain.expressions.reads import ROOTS, Place, Read
from chalicelib.domain.expressions.syntax import Name, Node, Path, Variable
from chalicelib.domain.jsonvalue import JsonValue

_PLAIN = re.compile(r"\s*\$\$?((?:\.[\w-]+)+)\s*\Z")


def plain_names(text: str) -> tuple[str, ...] | None:
    """The names of a plain path as people write it: dashes and indices are parts of names."""
    found = _PLAIN.match(text)
    return tuple(found[1].split(".")[1:]) if found else None


def names_of(tree: Node) -> tuple[str, ...] | None:
    """The names of a tree that is a plain path: names alone, from the whole context."""
    if isinstance(tree, Name):
        return (tree.name,)
    if not isinstance(tree, Path):
        return None
    steps = tree.steps[1:] if isinstance(tree.steps[0], Variable) and tree.steps[0].name in ("", "$") else tree.steps
    names = tuple(step.name for step in steps if isinstance(step, Name))
    return names if len(names) == len(steps) else None


class PlainPath:
    """The evaluator of a plain path. Raises ``ExpressionSyntaxError`` for a root that does not exist."""

    __slots__ = ("_names", "place")

    def __init__(self, names: tuple[str, ...]) -> None:
        if names[0] not in ROOTS:
            raise unknown_root(names[0], ROOTS, position=0)
        self._names = names
        place = Read()
        below = place
        for name in names[:2]:  # the root, and the step's id
            below = below.child(name, 0)
        below.whole = True
        self.place: Place = place.freeze()

    def evaluate(self, context: Mapping[str, JsonValue], now: datetime) -> JsonValue | Nothing:
        """Never fails; takes no account of the time."""
        return resolve(self._names, context)


def resolve(names: Sequence[str], value: JsonValue | Nothing) -> JsonValue | Nothing:
    """What the names lead to from ``value``: the very object where it is one."""
    for position, name in enumerate(names):
        if type(value) is dict:
            value = value.get(name, NOTHING)
        elif type(value) is list and not name.isdecimal():
            return _in_each(names[position:], value)
        else:
            value = _look_up(name, value)
    return plain(value)


def _in_each(names: Sequence[str], items: list[JsonValue]) -> JsonValue | Nothing:
    found: list[JsonValue] = [items]
    for position, name in enumerate(names):
        if name.isdecimal():
            return resolve(names[position:], _value(found))
        found = [value for value in (_look_up(name, item) for item in _joined(found)) if value is not NOTHING]
    return _value(found)


def _value(found: list[JsonValue]) -> JsonValue | Nothing:
    """One list found stays as it is; else what was found is joined, and a single value stands alone."""
    return found[0] if len(found) == 1 and type(found[0]) is list else _sequence(_joined(found))


def _joined(values: list[JsonValue]) -> list[JsonValue]:
    return [each for value in values for each in (value if type(value) is list else (value,))]


def _sequence(values: list[JsonValue]) -> JsonValue | Nothing:
    if not values:
        return NOTHING
    return values[0] if len(values) == 1 else values


def _look_up(name: str, item: JsonValue) -> JsonValue | Nothing:
    if isinstance(item, Mapping):
        return item.get(name, NOTHING)
    if not isinstance(item, list):
        return NOTHING
    if name.isdecimal():
        return item[int(name)] if int(name) < len(item) else NOTHING
    found = [value for value in (_look_up(name, each) for each in item) if value is not NOTHING]
    return _sequence(_joined(found))
