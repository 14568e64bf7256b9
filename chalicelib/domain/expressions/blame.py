"""Where in an expression an evaluation failed.

Layer: domain. The engine gives a reason and no place. The parts of an expression that see the same context can be
evaluated alone: the innermost one that fails for the same reason is the place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.expressions.engine import EngineFault
from chalicelib.domain.expressions.printer import to_engine
from chalicelib.domain.expressions.syntax import (
    Array,
    Block,
    Call,
    Chain,
    Condition,
    Default,
    Filter,
    Group,
    KeepArray,
    Negative,
    Node,
    Object,
    Path,
    Sort,
)

Evaluate = Callable[[str], object]


def failing_part(tree: Node, cause: str, evaluate: Evaluate) -> int:
    """The position of the innermost part of ``tree`` that fails with ``cause``: its first character, from 0.

    ``evaluate`` takes a text for the engine and raises ``EngineFault``.
    """
    for part in _parts(tree):
        if _fails(part, cause, evaluate):
            return failing_part(part, cause, evaluate)
    return tree.at


def _fails(part: Node, cause: str, evaluate: Evaluate) -> bool:
    try:
        evaluate(to_engine(part))
    except EngineFault as fault:
        return fault.cause == cause
    return False


def _parts(node: Node) -> tuple[Node, ...]:
    """The parts that see the same item and the same variables as the node."""
    parts = _PARTS.get(type(node))
    return () if parts is None else parts(node)


def _of_chain(node: Chain) -> tuple[Node, ...]:
    return (node.first, *(operand for _, operand in node.rest))


def _of_condition(node: Condition) -> tuple[Node, ...]:
    return (node.test, node.then) if node.otherwise is None else (node.test, node.then, node.otherwise)


def _of_object(node: Object) -> tuple[Node, ...]:
    return tuple(part for pair in node.pairs for part in pair)


def _of_block(node: Block) -> tuple[Node, ...]:
    return node.body if len(node.body) == 1 else ()  # the parts of a longer one may share variables


def _target(node: Filter | Group | Sort | KeepArray) -> tuple[Node, ...]:
    return (node.target,)


_PARTS: dict[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Chain: _of_chain,
    Condition: _of_condition,
    Object: _of_object,
    Block: _of_block,
    Filter: _target,
    Group: _target,
    Sort: _target,
    KeepArray: _target,
    Default: lambda node: (node.value, node.otherwise),
    Call: lambda node: node.arguments,
    Array: lambda node: node.items,
    Negative: lambda node: (node.operand,),
    Path: lambda node: node.steps[:1],
}
