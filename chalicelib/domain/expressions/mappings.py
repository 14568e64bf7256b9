"""Mappings: JSON documents whose strings may be expressions.

Layer: domain. A string that starts with ``$`` and a letter or ``.`` is an expression, ``{% … %}`` marks any other,
``{"$literal": v}`` is the constant v, and everything else stands for itself (``"$5.00"``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from chalicelib.domain.expressions.compiled import Expression, compile_expression
from chalicelib.domain.expressions.errors import ExpressionSyntaxError
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.jsonvalue import JsonValue

MAX_NESTING = 64

_BARE = re.compile(r"\$(?:\.|[A-Za-z])")
_MARKED = re.compile(r"\s*\{%(.*)%\}\s*\Z", re.DOTALL)
_LITERAL = "$literal"

Context = Mapping[str, JsonValue]
_Node = Callable[[Context, datetime], JsonValue | Nothing]


def is_expression_value(value: JsonValue) -> bool:
    """Whether this value of a mapping (not what is inside it) is an expression."""
    return _expression_text(value) is not None


class CompiledMapping:
    """A mapping ready to be evaluated; ``roots`` and ``step_ids`` are those of its ``expressions`` together."""

    __slots__ = ("_node", "expressions", "roots", "step_ids")

    def __init__(self, node: _Node, expressions: Sequence[Expression]) -> None:
        self._node = node
        self.expressions = tuple(expressions)
        self.roots: frozenset[str] = frozenset().union(*(each.roots for each in expressions))
        self.step_ids = _all_step_ids(expressions)

    def evaluate(self, context: Context, *, now: datetime) -> JsonValue | Nothing:
        """The document with every expression replaced by its value.

        Entries and list elements that yield nothing are left out; ``NOTHING`` if the whole mapping is one such
        expression. Parts of the context and of the mapping are not copied: treat all as frozen. Raises
        ``ExpressionFailure``.
        """
        return self._node(context, now)


def compile_mapping(mapping: JsonValue) -> CompiledMapping:
    """Compile every expression of a mapping.

    Raises ``ExpressionSyntaxError`` with ``pointer`` set: for a bad expression, and for a mapping that nests deeper
    than ``MAX_NESTING``.
    """
    compiler = _Compiler()
    return CompiledMapping(compiler.compile(mapping, ()), compiler.expressions)


def _expression_text(value: JsonValue) -> str | None:
    if not isinstance(value, str):
        return None
    if _BARE.match(value):
        return value
    marked = _MARKED.match(value)
    return marked[1].strip() if marked else None


def _all_step_ids(expressions: Sequence[Expression]) -> frozenset[str] | None:
    found: set[str] = set()
    for each in expressions:
        if each.step_ids is None:
            return None
        found |= each.step_ids
    return frozenset(found)


class _Compiler:
    """Makes a function of each part of a mapping, and keeps the expressions it meets."""

    def __init__(self) -> None:
        self.expressions: list[Expression] = []

    def compile(self, value: JsonValue, path: tuple[str | int, ...]) -> _Node:
        text = _expression_text(value)
        if text is not None:
            return self._text(text, path)
        if len(path) > MAX_NESTING:
            message = f"A mapping nests at most {MAX_NESTING} levels"
            raise ExpressionSyntaxError(message, pointer=_pointer(path), hint='{"$literal": …} may nest deeper')
        if isinstance(value, dict):
            return _constant(value[_LITERAL]) if value.keys() == {_LITERAL} else self._object(value, path)
        if isinstance(value, list):
            return self._list(value, path)
        return _constant(value)

    def _text(self, text: str, path: tuple[str | int, ...]) -> _Node:
        try:
            expression = compile_expression(text)
        except ExpressionSyntaxError as error:
            hint = error.hint or 'Write {"$literal": …} for a text that is no expression'
            raise ExpressionSyntaxError(
                error.message, position=error.position, hint=hint, pointer=_pointer(path)
            ) from error
        self.expressions.append(expression)
        return expression.evaluate_at

    def _object(self, value: dict[str, JsonValue], path: tuple[str | int, ...]) -> _Node:
        nodes = [(key, self.compile(inner, (*path, key))) for key, inner in value.items()]

        def evaluate(context: Context, now: datetime) -> JsonValue:
            values = {}
            for key, node in nodes:
                value = node(context, now)
                if value is not NOTHING:
                    values[key] = value
            return values

        return evaluate

    def _list(self, value: list[JsonValue], path: tuple[str | int, ...]) -> _Node:
        nodes = [self.compile(inner, (*path, index)) for index, inner in enumerate(value)]

        def evaluate(context: Context, now: datetime) -> JsonValue:
            values = [node(context, now) for node in nodes]
            return [each for each in values if each is not NOTHING]

        return evaluate


def _constant(value: JsonValue) -> _Node:
    return lambda _context, _now: value


def _pointer(path: tuple[str | int, ...]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
