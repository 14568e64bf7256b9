"""Leaves are changed in a copy, at any depth that may be kept."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.expressions.leaves import TooDeep, change_leaves
from chalicelib.domain.jsonvalue import MAX_DEPTH


def test_leaves_of_the_type_are_changed_when_a_value_holds_them() -> None:
    value = {"a": [1.5, 1, {"b": 2.5}], "c": "x", "d": [], "e": True}

    changed = change_leaves(value, float, lambda number: number * 2)

    assert changed == {"a": [3.0, 1, {"b": 5.0}], "c": "x", "d": [], "e": True}
    assert value == {"a": [1.5, 1, {"b": 2.5}], "c": "x", "d": [], "e": True}


def test_parts_are_shared_when_nothing_in_them_changes() -> None:
    value: dict[str, Any] = {"a": [1, "x"], "b": [2.5]}

    changed = change_leaves(value, float, str)

    assert changed["a"] is value["a"]
    assert change_leaves(value, int, lambda number: number) is value


def test_the_value_itself_is_changed_when_it_is_a_leaf() -> None:
    assert change_leaves("x", str, str.upper) == "X"


def test_a_value_is_refused_when_it_nests_too_deeply() -> None:
    value: Any = []
    for _ in range(MAX_DEPTH - 1):
        value = [value]

    assert change_leaves(value, str, str.upper) is value
    with pytest.raises(TooDeep):
        change_leaves([[value]], str, str.upper)
