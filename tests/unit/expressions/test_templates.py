"""Templates: texts with expressions in them. Layer: tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.expressions import ExpressionFailure, ExpressionSyntaxError
from chalicelib.domain.expressions.templates import parse_template

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATA: dict[str, Any] = {
    "name": "Approve",
    "order": {"id": 7, "lines": [1, 2]},
    "on": True,
    "empty": None,
    "input": "a field called as a root",
}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("", ""),
        ("no expression { here } }}", "no expression { here } }}"),
        ("{{ name }}", "Approve"),
        ("{{name}}!", "Approve!"),
        ("{{ $.input.name }}", "Approve"),
        ("Order {{ order.id }}: {{ order.lines }}", "Order 7: [1,2]"),
        ("{{ order }}", '{"id":7,"lines":[1,2]}'),
        ("{{ on }} {{ true }}", "true true"),
        ("<{{ empty }}{{ missing }}{{ order.missing }}>", "<>"),
        ("{{ $sum($.input.order.lines) }}", "3"),
        ("{{ $.input.on ? 'yes' : 'no' }}", "yes"),
        ("{{ '{{' }} {{ '} }' }}", "{{ } }"),
        ("{{ $now() }}", "2026-03-01T12:00:00.000Z"),
        ("{{ $.input.input }}", "a field called as a root"),
    ],
)
def test_expressions_are_replaced_by_their_values(text: str, rendered: str) -> None:
    assert parse_template(text).render(DATA, now=NOON) == rendered


@pytest.mark.parametrize(
    ("text", "position"),
    [("ab {{ name", 3), ("{{ }}", 2), ("ab {{ $.input.name + }}", 20), ("{{ $.nothing }}", 3)],
)
def test_a_template_is_refused_with_its_place_when_it_cannot_be_read(text: str, position: int) -> None:
    with pytest.raises(ExpressionSyntaxError) as refused:
        parse_template(text)
    assert refused.value.position == position


def test_an_expression_that_fails_is_an_error_when_it_is_rendered() -> None:
    with pytest.raises(ExpressionFailure):
        parse_template("{{ $number('x') }}").render({}, now=NOON)
