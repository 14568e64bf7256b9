"""Writing results to variables and output."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.assign import Target, assign, assignments, parse_target, pick, set_in
from chalicelib.domain.expressions import NOTHING


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("$.context.total", Target("context", ("total",))),
        ("$.output.a.b-c", Target("output", ("a", "b-c"))),
        ("$.output", Target("output", ())),
        ("$.context", Target("context", ())),
        ("$.input.total", None),
        ("context.total", None),
        ("$.context.", None),
        ("$.context..a", None),
        ("$", None),
        ("", None),
    ],
)
def test_target_is_read_when_it_is_under_context_or_output(path: str, target: Target | None) -> None:
    assert parse_target(path) == target


def test_writing_copies_only_the_way_there() -> None:
    before = {"a": {"b": 1}, "other": {"c": 2}}

    after = set_in(before, ("a", "x", "y"), 3)

    assert before == {"a": {"b": 1}, "other": {"c": 2}}
    assert after == {"a": {"b": 1, "x": {"y": 3}}, "other": {"c": 2}}
    assert after["other"] is before["other"]


def test_what_is_no_object_gives_way_when_it_is_in_the_way() -> None:
    assert set_in({"a": 5}, ("a", "b"), 1) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("result", "field", "picked"),
    [
        ({"a": 1}, "$", {"a": 1}),
        ({"a": {"b": 2}}, "a.b", 2),
        ({"a.b": 3, "a": {"b": 2}}, "a.b", 3),
        ({"lines": [{"sku": "x"}]}, "lines.0.sku", "x"),
        ({"lines": []}, "lines.0.sku", NOTHING),
        ({"a": None}, "a", None),
        ({"a": 1}, "b", NOTHING),
        ("text", "b", NOTHING),
    ],
)
def test_field_is_picked_when_the_result_has_it(result: Any, field: str, picked: Any) -> None:
    assert pick(result, field) == picked


def test_output_mapping_leaves_out_what_the_result_lacks() -> None:
    mapping = {"message": "$.output.message", "count": "$.output.count"}

    assert assignments({"message": "hi"}, mapping) == {"$.output.message": "hi"}


def test_assignments_take_effect_in_order() -> None:
    variables, output = assign({"a": 1}, {}, {"$.context.b": 2, "$.output.x.y": 3, "$.output.x.z": 4})

    assert variables == {"a": 1, "b": 2}
    assert output == {"x": {"y": 3, "z": 4}}


def test_all_of_context_and_output_can_be_replaced() -> None:
    assert assign({"a": 1}, {"b": 2}, {"$.context": {"c": 3}, "$.output": [1]}) == ({"c": 3}, [1])
    assert assign({"a": 1}, {}, {"$.context": 5}) == ({"value": 5}, {})


def test_a_path_elsewhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a target path"):
        assign({}, {}, {"$.input.a": 1})
