"""Mappings: JSON documents whose strings may be expressions.

Layer: domain. A string that starts with ``$`` and a letter or ``.`` is an expression, ``{% … %}`` marks any other,
``{"$literal": v}`` is the constant v, and everything else stands for itself (``"$5.00"``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.domain.expressions.compiled import Expression, compile_expression
from chalicelib.domain.expressions.errors import ExpressionSyntaxError
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.jsonvalue import JsonValue

_BARE = re.compile(r"\$(?:\.|[A-Za-z])")
_MARKED = re.compile(r"\s*\{%(.*)%\}\s*\Z", re.DOTALL)
_LITERAL = "$literal"

Context = Mapping[str, JsonValue]
_Node = Callable[[Context, datetime], JsonValue | Nothing]


def is_expression_value(value: JsonValue) -> bool:
    """Whether this value of a mapping (not what is inside it) is an expression."""
    return _expression_text(value) is not None


class CompiledMapping:
    """A mapping ready to be evaluated; ``roots`` and ``step_ids`` are those of its expressions together."""

    __slots__ = ("_node", "roots", "step_ids")

    def __init__(self, node: _Node, expressions: list[Expression]) -> None:
        self._node = node
        self.roots: frozenset[str] = frozenset().union(*(each.roots for each in expressions))
        self.step_ids = _all_step_ids(expressions)

    def evaluate(self, context: Context, *, now: datetime) -> JsonValue | Nothing:
        """The document with every expression replaced by its value.

        Entries and list elements that yield nothing are left out; ``NOTHING`` if the whole mapping is one such
        expression. Raises ``ExpressionFailure``.
        """
        return self._node(context, now)


def compile_mapping(mapping: JsonValue) -> CompiledMapping:
    """Compile every expression of a mapping. Raises ``ExpressionSyntaxError`` with ``pointer`` set."""
    expressions: list[Expression] = []
    return CompiledMapping(_compile(mapping, "", expressions), expressions)


def _expression_text(value: JsonValue) -> str | None:
    if not isinstance(value, str):
        return None
    if _BARE.match(value):
        return value
    marked = _MARKED.match(value)
    return marked[1].strip() if marked else None


def _all_step_ids(expressions: list[Expression]) -> frozenset[str] | None:
    found: set[str] = set()
    for each in expressions:
        if each.step_ids is None:
            return None
        found |= each.step_ids
    return frozenset(found)


def _compile(value: JsonValue, pointer: str, expressions: list[Expression]) -> _Node:
    text = _expression_text(value)
    if text is not None:
        return _compile_text(text, pointer, expressions)
    if isinstance(value, dict):
        if value.keys() == {_LITERAL}:
            return _constant(value[_LITERAL])
        return _compile_object(value, pointer, expressions)
    if isinstance(value, list):
        return _compile_list(value, pointer, expressions)
    return _constant(value)


def _constant(value: JsonValue) -> _Node:
    return lambda _context, _now: value


def _compile_text(text: str, pointer: str, expressions: list[Expression]) -> _Node:
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError as error:
        raise ExpressionSyntaxError(error.message, position=error.position, hint=error.hint, pointer=pointer) from error
    expressions.append(expression)
    return lambda context, now: expression.evaluate(context, now=now)


def _compile_object(value: dict[str, JsonValue], pointer: str, expressions: list[Expression]) -> _Node:
    nodes = [(key, _compile(inner, f"{pointer}/{_escaped(key)}", expressions)) for key, inner in value.items()]

    def evaluate(context: Context, now: datetime) -> JsonValue:
        values = ((key, node(context, now)) for key, node in nodes)
        return {key: each for key, each in values if each is not NOTHING}

    return evaluate


def _compile_list(value: list[JsonValue], pointer: str, expressions: list[Expression]) -> _Node:
    nodes = [_compile(inner, f"{pointer}/{index}", expressions) for index, inner in enumerate(value)]

    def evaluate(context: Context, now: datetime) -> JsonValue:
        values = (node(context, now) for node in nodes)
        return [each for each in values if each is not NOTHING]

    return evaluate


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
