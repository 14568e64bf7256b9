"""Syntax tree to the text that the engine evaluates.

Layer: domain. Names are in backquotes and strings in JSON's form, so the engine reads exactly what was parsed here. Two
things are changed on the way. The time is a variable: ``$now()`` and ``$millis()`` would ask the machine. And where an
arithmetic result goes on into something that would swallow an infinity (``1 / 0 > 5`` is true in the engine) it passes
``$power(…, 1)``, which changes no number and refuses one out of range.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chalicelib.domain.expressions.syntax import (
    Array,
    Assign,
    Block,
    Call,
    Chain,
    Condition,
    Default,
    Descendants,
    Filter,
    Focus,
    Group,
    KeepArray,
    Lambda,
    Literal,
    Name,
    Negative,
    Node,
    Object,
    Parent,
    Path,
    Placeholder,
    Position,
    Range,
    Regex,
    Sort,
    Transform,
    Variable,
    Wildcard,
)

NOW = "__now"
MILLIS = "__millis"

_ARITHMETIC = frozenset("+-*/%")
# An infinity on the right comes out again; division and remainder by one give an ordinary number.
_KEEPING = frozenset("+-*")
_SUMS = frozenset(("sum", "average"))
_DATA = (Path, Name, Filter, Array, Object, Literal)
_OVERFLOWING = _SUMS | {"round", "parseInteger"}


def to_engine(tree: Node) -> str:
    """The engine's text for a tree. The variables ``NOW`` (text) and ``MILLIS`` (a number) must be bound with it."""
    return _open(tree)


def _open(node: Node) -> str:
    """A value whose infinity would be seen: it is the result, or ends up in an arithmetic result."""
    return _PRINT[type(node)](node, _open)


def _shut(node: Node) -> str:
    """A value that must be finite here."""
    text = _PRINT[type(node)](node, _shut)
    return _finite(text) if _may_overflow(node) else text


_Inner = Callable[[Node], str]


def _finite(text: str) -> str:
    return f"$power({text},1)"


def _may_overflow(node: Node) -> bool:
    if isinstance(node, Chain):
        operator, operand = node.rest[-1]
        return operator in _ARITHMETIC or (operator == "~>" and _may_overflow_when_applied(operand, node.first))
    return isinstance(node, Call) and _may_overflow_when_called(node)


def _may_overflow_when_called(function: Node) -> bool:
    callee = function.function if isinstance(function, Call) else function
    return isinstance(callee, Variable) and callee.name in _OVERFLOWING


def _may_overflow_when_applied(function: Node, value: Node) -> bool:
    # ``$f ~> $sum`` may make a function of two, which is no number.
    return _may_overflow_when_called(function) and (isinstance(function, Call) or isinstance(value, _DATA))


def _literal(node: Literal, inner: _Inner) -> str:
    return json.dumps(node.value)


def _regex(node: Regex, inner: _Inner) -> str:
    return f"/{node.pattern}/{node.flags}"


def _name(node: Name, inner: _Inner) -> str:
    return f"`{node.name}`"


def _variable(node: Variable, inner: _Inner) -> str:
    return f"${node.name}"


def _path(node: Path, inner: _Inner) -> str:
    return ".".join((*map(_shut, node.steps[:-1]), inner(node.steps[-1])))


def _filter(node: Filter, inner: _Inner) -> str:
    return f"{inner(node.target)}[{_shut(node.test)}]"


def _keep_array(node: KeepArray, inner: _Inner) -> str:
    return f"{inner(node.target)}[]"


def _group(node: Group, inner: _Inner) -> str:
    return f"{_shut(node.target)}{_pairs(node.pairs, inner)}"


def _sort(node: Sort, inner: _Inner) -> str:
    terms = (f"{'>' if descends else '<'}{_shut(term)}" for descends, term in node.terms)
    return f"{inner(node.target)}^({','.join(terms)})"


def _focus(node: Focus, inner: _Inner) -> str:
    return f"{_shut(node.target)}@${node.name}"


def _position(node: Position, inner: _Inner) -> str:
    return f"{_shut(node.target)}#${node.name}"


def _chain(node: Chain, inner: _Inner) -> str:
    text = _operand(node.first, swallowed=node.rest[0][0] not in _ARITHMETIC)
    overflows = False
    for operator, operand in node.rest:
        applied = operator == "~>"
        if overflows and not applied:
            text = _finite(text)
        right = _applied(operand) if applied else _operand(operand, swallowed=operator not in _KEEPING)
        text = f"{text} {operator} {right}"
        overflows = applied and _may_overflow_when_applied(operand, node.first)
    return text


def _operand(node: Node, *, swallowed: bool) -> str:
    return _shut(node) if swallowed else _open(node)


def _applied(function: Node) -> str:
    """The right side of ``~>`` must stay a call, or a function."""
    return _PRINT[type(function)](function, _shut)


def _negative(node: Negative, inner: _Inner) -> str:
    return f"- {inner(node.operand)}"


def _default(node: Default, inner: _Inner) -> str:
    return f"{_shut(node.value)} {node.operator} {inner(node.otherwise)}"


def _condition(node: Condition, inner: _Inner) -> str:
    otherwise = "" if node.otherwise is None else f" : {inner(node.otherwise)}"
    return f"{_shut(node.test)} ? {inner(node.then)}{otherwise}"


def _assign(node: Assign, inner: _Inner) -> str:
    return f"${node.name} := {_shut(node.value)}"


def _block(node: Block, inner: _Inner) -> str:
    return f"({';'.join((*map(_shut, node.body[:-1]), *map(inner, node.body[-1:])))})"


def _array(node: Array, inner: _Inner) -> str:
    return f"[{','.join(map(inner, node.items))}]"


def _range(node: Range, inner: _Inner) -> str:
    return f"{_shut(node.low)}..{_shut(node.high)}"


def _object(node: Object, inner: _Inner) -> str:
    return _pairs(node.pairs, inner)


def _pairs(pairs: tuple[tuple[Node, Node], ...], inner: _Inner) -> str:
    return f"{{{','.join(f'{_shut(key)}:{inner(value)}' for key, value in pairs)}}}"


def _call(node: Call, inner: _Inner) -> str:
    name = node.function.name if isinstance(node.function, Variable) else ""
    if name == "millis":
        return f"${MILLIS}"
    if name == "now" and not node.arguments:
        return f"${NOW}"
    # An infinity in a sum comes out of it again.
    arguments = ",".join(map(_open if name in _SUMS else _shut, node.arguments))
    if name == "now":
        return f"$fromMillis(${MILLIS},{arguments})"
    return f"{_shut(node.function)}({arguments})"


def _placeholder(node: Placeholder, inner: _Inner) -> str:
    return "?"


def _lambda(node: Lambda, inner: _Inner) -> str:
    parameters = ",".join(f"${parameter}" for parameter in node.parameters)
    return f"function({parameters}){node.signature}{{{_shut(node.body)}}}"


def _transform(node: Transform, inner: _Inner) -> str:
    remove = "" if node.remove is None else f",{_shut(node.remove)}"
    return f"|{_shut(node.pattern)}|{_shut(node.update)}{remove}|"


_PRINT: dict[type[Node], Callable[[Any, _Inner], str]] = {
    Literal: _literal,
    Regex: _regex,
    Name: _name,
    Variable: _variable,
    Wildcard: lambda node, inner: "*",
    Descendants: lambda node, inner: "**",
    Parent: lambda node, inner: "%",
    Placeholder: _placeholder,
    Path: _path,
    Filter: _filter,
    KeepArray: _keep_array,
    Group: _group,
    Sort: _sort,
    Focus: _focus,
    Position: _position,
    Chain: _chain,
    Negative: _negative,
    Default: _default,
    Condition: _condition,
    Assign: _assign,
    Block: _block,
    Array: _array,
    Range: _range,
    Object: _object,
    Call: _call,
    Lambda: _lambda,
    Transform: _transform,
}
