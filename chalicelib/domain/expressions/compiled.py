"""Expressions: compiled once, evaluated often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import jsonatapy

from chalicelib.domain.expressions.errors import ExpressionFailure, ExpressionSyntaxError
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.jsonvalue import JsonValue

ROOTS = frozenset(
    ("input", "context", "output", "steps", "result", "execution", "event", "error", "item", "index", "compensated")
)
_PLAIN = re.compile(r"\$(?:\.[A-Za-z0-9_-]+)+\Z")


class Expression:
    """A compiled expression."""

    __slots__ = ("_engine", "_path", "roots", "step_ids", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text.encode()) > 4096:
            raise ExpressionSyntaxError("An expression is at most 4096 bytes long")
        self._path = text.split(".")[1:] if _PLAIN.match(text) else None
        read = self._path[:1] if self._path else re.findall(r"\$\$?\.(\w+)", text)
        unknown = set(read) - ROOTS
        if unknown:
            raise ExpressionSyntaxError(f"$.{min(unknown)} is not a known root")
        self.roots = frozenset(read)
        self.step_ids: frozenset[str] | None = frozenset(re.findall(r"\$\$?\.steps\.(\w+)", text))
        self._engine = None
        if self._path is None:
            source = re.sub(r"(?<![<>!=:])==(?!=)", "=", text)
            try:
                self._engine = jsonatapy.compile('{"v":(' + source + ")}")._expr
            except ValueError as error:
                raise ExpressionSyntaxError(str(error)) from error

    def evaluate(self, context: Mapping[str, JsonValue], *, now: datetime) -> JsonValue | Nothing:
        """The value of the expression, or ``NOTHING``."""
        if self._path is not None:
            value: JsonValue = context
            for key in self._path:
                if isinstance(value, Mapping):
                    if key not in value:
                        return NOTHING
                    value = value[key]
                elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
                    value = value[int(key)]
                else:
                    return NOTHING
            return value
        try:
            data = {root: context[root] for root in self.roots if root in context}
            if "steps" in data and self.step_ids is not None:
                data["steps"] = {step: data["steps"][step] for step in self.step_ids if step in data["steps"]}
            assert self._engine is not None
            return self._engine.evaluate(data, None, 250, 100, 100_000).get("v", NOTHING)
        except (ValueError, TypeError) as error:
            raise ExpressionFailure(self.text, str(error)) from error

    def holds(self, context: Mapping[str, JsonValue], now: datetime) -> bool:
        """Whether the value is exactly ``true``."""
        return self.evaluate(context, now=now) is True


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Parse an expression. Raises ``ExpressionSyntaxError``."""
    return Expression(text)
