"""Plain paths: keys, indices, lists on the way, and numbers that stay what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.expressions import NOTHING, compile_expression
from tests.unit.expressions.conftest import NOW, Evaluate

CONTEXT = {
    "input": {
        "order-id": 7,
        "order id": 8,
        "none": None,
        "empty": [],
        "big": 2**70,
        "huge": Decimal("1e400"),
        "number": 5,
        "lines": [{"sku": "a", "tags": ["x", "y"]}, {"sku": "b"}, {"other": 1}],
        "single": [{"sku": "a", "tags": ["x"]}],
        "matrix": [[{"a": 1}, {"a": 2}], [{"a": 3}]],
        "0": "zero",
    },
    "steps": {"check-stock": {"output": {"ok": True}}},
    "index": 0,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.input.order-id", 7),
        ("  $.input.order-id\n", 7),
        ("$.input.`order id`", 8),
        ('$.input."order id"', 8),
        ("input.number", 5),
        ("$$.input.number", 5),
        ("index", 0),
        ("$.input.none", None),
        ("$.input.empty", []),
        ("$.input.big", 2**70),
        ("$.input.huge", Decimal("1e400")),
        ("$.steps.check-stock.output.ok", True),
        # indices
        ("$.input.lines.0.sku", "a"),
        ("$.input.lines.0", {"sku": "a", "tags": ["x", "y"]}),
        ("$.input.lines.3", NOTHING),
        ("$.input.lines.0.tags.1", "y"),
        ("$.input.0", "zero"),
        ("$.input.matrix.1.0.a", 3),
        ("$.input.lines.tags.1", "y"),
        ("$.input.lines.sku.1", "b"),
        ("$.input.lines.sku.2", NOTHING),
        ("$.input.lines.missing.0", NOTHING),
        ("$.input.matrix.a.2", 3),
        ("$.input.lines.tags.0.more", NOTHING),
        # lists on the way, as in JSONata
        ("$.input.lines.sku", ["a", "b"]),
        ("$.input.lines.tags", ["x", "y"]),
        ("$.input.single.sku", "a"),
        ("$.input.single.tags", ["x"]),
        ("$.input.lines.other", 1),
        ("$.input.lines.none", NOTHING),
        ("$.input.empty.sku", NOTHING),
        ("$.input.matrix.a", [1, 2, 3]),
        ("$.input.matrix.b", NOTHING),
        # nothing there
        ("$.input.missing", NOTHING),
        ("$.input.missing.more", NOTHING),
        ("$.input.number.more", NOTHING),
        ("$.input.none.more", NOTHING),
        ("$.event", NOTHING),
        ("$.event.data", NOTHING),
    ],
)
def test_a_path_is_followed_by_key_and_index_when_it_is_plain(text: str, expected: Any, evaluate: Evaluate) -> None:
    value = evaluate(text, CONTEXT)

    assert value == expected
    assert type(value) is type(expected)


def test_the_value_is_the_very_one_when_it_lies_in_the_context(evaluate: Evaluate) -> None:
    assert evaluate("$.input.lines", CONTEXT) is CONTEXT["input"]["lines"]  # type: ignore[index]


class OnDemand(Mapping[str, Any]):
    """Remembers what it was asked for."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> Any:
        self.asked.append(key)
        return self.content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


@pytest.mark.parametrize("text", ["$.steps.a.output", "$.steps.a.output + 0", "[$.steps.a.output][0]"])
def test_one_step_is_fetched_when_one_is_named(text: str, evaluate: Evaluate) -> None:
    steps = OnDemand({"a": OnDemand({"output": 1, "input": 2}), "b": {"output": 3}})

    assert evaluate(text, {"steps": steps}) == 1
    assert steps.asked == ["a"]
    assert steps.content["a"].asked == ["output"]


@pytest.mark.parametrize("text", ["$.steps", "$merge($.steps)", "$.steps ?: 1"])
def test_all_steps_become_plain_values_when_all_are_read(text: str, evaluate: Evaluate) -> None:
    steps = OnDemand({"a": OnDemand({"output": 1}), "b": {"output": 3}})

    value = evaluate(text, {"steps": steps})

    assert value == {"a": {"output": 1}, "b": {"output": 3}}
    assert type(value) is type(value["a"]) is dict


def test_a_step_is_nothing_when_it_has_not_run(evaluate: Evaluate) -> None:
    assert evaluate("$.steps.c.output", {"steps": OnDemand({})}) is NOTHING


def test_a_path_never_fails_when_it_is_very_long() -> None:
    value: Any = 1
    for _ in range(1_500):
        value = {"a": value}
    expression = compile_expression("$.input" + ".a" * 1_500)

    assert expression.evaluate({"input": value}, now=NOW) == 1
