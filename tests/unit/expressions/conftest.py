"""The moment at which the expressions of these tests are evaluated, and a short way to evaluate one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.expressions import compile_expression

NOW = datetime(2026, 1, 31, 23, 59, 59, 987_654, tzinfo=UTC)

Evaluate = Callable[[str, Mapping[str, Any]], Any]


@pytest.fixture
def evaluate() -> Evaluate:
    return lambda text, context: compile_expression(text).evaluate(context, now=NOW)
