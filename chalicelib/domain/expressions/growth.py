"""How far an evaluation may grow with the size of what it reads: decides whether it may run in this process.

Layer: domain. The engine's own limits cover neither memory nor straight-line code, so the worst case is computed from
the text: a polynomial in n, the size of the input in bytes of JSON. A unit is about a byte produced or looked at.
Inside a path step or a predicate sizes are per byte of the items: the items together are no larger than the list, so
``lines.(price * quantity)`` is linear, while a step that looks at something other than its item multiplies. What calls
functions of the user's making, or builds from a number, has no bound here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import msgspec

from chalicelib.domain.expressions.functions import BUILTINS
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
    Group,
    KeepArray,
    Literal,
    Name,
    Negative,
    Node,
    Object,
    Path,
    Range,
    Regex,
    Sort,
    Variable,
    Wildcard,
)

SMALL = 16.0  # a number, a boolean, or what it costs to visit a node
_REGEX_COST = 10_000.0
_REGEX_CHARACTER_COST = 1_000.0
_REGEX_CLASS_COST = 250_000.0  # the letters of Unicode
_SORT_FACTOR = 20.0  # log n comparisons for each item
_MAX_DEPTH = 200.0
_MAX_APPLIED = 20
MAX_DEGREE = 6
MAX_UNITS = 1e18

_CLASS = re.compile(r"\\[a-zA-Z]")
# ASCII, and no widths in dates: the engine makes a result as wide as its picture asks, and panics at odd ones.
_TAME_PICTURE = re.compile(r"(?:[ -Z^-~]|\[[A-Za-z][0-9Nn#o]{0,4}\]){0,64}")


class Unbounded(Exception):
    """There is no bound that follows from the text."""


class Bound(msgspec.Struct, frozen=True):
    """A polynomial in n, the size of the input: ``factors[d]`` times n to the power of d, summed."""

    factors: tuple[float, ...]

    def __add__(self, other: Bound) -> Bound:
        return Bound(tuple(one + two for one, two in zip_longest(self.factors, other.factors, fillvalue=0.0)))

    def __mul__(self, other: Bound) -> Bound:
        if len(self.factors) + len(other.factors) > MAX_DEGREE + 2:
            raise Unbounded
        product = [0.0] * (len(self.factors) + len(other.factors) - 1)
        for degree, factor in enumerate(self.factors):
            for other_degree, other_factor in enumerate(other.factors):
                product[degree + other_degree] += factor * other_factor
        if max(product) > MAX_UNITS:
            raise Unbounded
        return Bound(tuple(product))

    def at(self, size: float) -> float:
        """Its value for an input of that size."""
        total = 0.0
        for factor in reversed(self.factors):
            total = total * size + factor
        return total


def constant(units: float) -> Bound:
    """A bound that no input changes."""
    return Bound((units,))


_ONE = constant(1.0)
_INPUT = Bound((0.0, 1.0))
_SMALL = constant(SMALL)


def largest_input(tree: Node, budget: float) -> int:
    """The most bytes of input for which the evaluation stays within ``budget`` units; -1 if there are none."""
    measure = _Growth()
    try:
        measure.visit(tree, _Scope(_INPUT, _ONE, {}))
    except Unbounded:
        return -1
    fitting = bisect_right(range(1, int(budget) + 1), budget, key=measure.work.at)
    return fitting or -1


class _Scope(msgspec.Struct, frozen=True):
    """``item``: size of ``$`` per unit of item; ``total``: units of item over all evaluations; variables: absolute."""

    item: Bound
    total: Bound
    variables: dict[str, Bound]

    def each(self, size: Bound) -> _Scope:
        return _Scope(_ONE, self.total * size, self.variables)


class _Growth:
    """Sums the work of every node, over all its evaluations."""

    def __init__(self) -> None:
        self.work = _ONE

    def visit(self, node: Node, scope: _Scope) -> Bound:
        visit = _VISITS.get(type(node))
        if visit is None:
            raise Unbounded
        size = visit(self, node, scope)
        self.work = self.work + scope.total * (size + _SMALL)
        return size

    def _sum(self, nodes: tuple[Node, ...], scope: _Scope) -> Bound:
        size = _SMALL
        for node in nodes:
            size = size + self.visit(node, scope)
        return size

    # --- values and paths ---------------------------------------------------------------------------------------

    def literal(self, node: Literal, scope: _Scope) -> Bound:
        return constant(SMALL + len(node.value)) if isinstance(node.value, str) else _SMALL

    def regex(self, node: Regex, scope: _Scope) -> Bound:
        if "{" in node.pattern:
            raise Unbounded  # a counted repetition multiplies what is compiled
        classes = len(_CLASS.findall(node.pattern))
        cost = _REGEX_COST + _REGEX_CHARACTER_COST * len(node.pattern) + _REGEX_CLASS_COST * classes
        # The engine compiles it again each time it is used.
        self.work = self.work + scope.total * constant(cost)
        return _SMALL

    def item(self, node: Node, scope: _Scope) -> Bound:
        return scope.item

    def descendants(self, node: Descendants, scope: _Scope) -> Bound:
        return scope.item * constant(_MAX_DEPTH)

    def variable(self, node: Variable, scope: _Scope) -> Bound:
        if node.name == "":
            return scope.item
        if node.name == "$":
            return _INPUT
        if node.name not in scope.variables:
            raise Unbounded  # a function as a value
        return scope.variables[node.name]

    def path(self, node: Path, scope: _Scope) -> Bound:
        size = self.visit(node.steps[0], scope)
        for step in node.steps[1:]:
            size = size * self.visit(step, scope.each(size))
        return size

    def filter(self, node: Filter, scope: _Scope) -> Bound:
        size = self.visit(node.target, scope)
        self.visit(node.test, scope.each(size))
        return size

    def keep_array(self, node: KeepArray, scope: _Scope) -> Bound:
        return self.visit(node.target, scope)

    def group(self, node: Group, scope: _Scope) -> Bound:
        size = self.visit(node.target, scope)
        return size * self._pairs(node.pairs, scope.each(size))

    def sort(self, node: Sort, scope: _Scope) -> Bound:
        size = self.visit(node.target, scope)
        for _, term in node.terms:
            self.visit(term, scope.each(size * constant(_SORT_FACTOR)))
        return size

    # --- operators ----------------------------------------------------------------------------------------------

    def chain(self, node: Chain, scope: _Scope) -> Bound:
        operators = {operator for operator, _ in node.rest}
        if "~>" in operators:
            return self._applied(node, scope)
        size = self._sum((node.first, *(operand for _, operand in node.rest)), scope)
        # Lists and numbers become text, each character of which may become an escape.
        return size * constant(7.0) if "&" in operators else _SMALL

    def _applied(self, node: Chain, scope: _Scope) -> Bound:
        """``a ~> $f(b) ~> $g`` is ``$g($f(a, b))``."""
        if len(node.rest) > _MAX_APPLIED:
            raise Unbounded
        value = node.first
        for operator, operand in node.rest:
            if operator != "~>":
                raise Unbounded
            if isinstance(operand, Call):
                value = Call(operand.at, operand.function, (value, *operand.arguments))
            else:
                value = Call(operand.at, operand, (value,))
        return self.visit(value, scope)

    def negative(self, node: Negative, scope: _Scope) -> Bound:
        self.visit(node.operand, scope)
        return _SMALL

    def default(self, node: Default, scope: _Scope) -> Bound:
        # The engine evaluates the value twice: to test it and to give it.
        return self._sum((node.value, node.value, node.otherwise), scope)

    def condition(self, node: Condition, scope: _Scope) -> Bound:
        self.visit(node.test, scope)
        return self._sum((node.then,) if node.otherwise is None else (node.then, node.otherwise), scope)

    def assign(self, node: Assign, scope: _Scope) -> Bound:
        size = self.visit(node.value, scope)
        scope.variables[node.name] = scope.variables.get(node.name, _SMALL) + scope.total * size
        return size

    def block(self, node: Block, scope: _Scope) -> Bound:
        inner = _Scope(scope.item, scope.total, dict(scope.variables))
        size = _SMALL
        for part in node.body:
            size = self.visit(part, inner)
        return size

    # --- constructors and functions -----------------------------------------------------------------------------

    def array(self, node: Array, scope: _Scope) -> Bound:
        return self._sum(node.items, scope)

    def range(self, node: Range, scope: _Scope) -> Bound:
        low, high = node.low, node.high
        if not (isinstance(low, Literal) and isinstance(high, Literal)):
            raise Unbounded
        if not (isinstance(low.value, int) and isinstance(high.value, int)):
            raise Unbounded
        return constant(SMALL * max(1, high.value - low.value + 1))

    def object(self, node: Object, scope: _Scope) -> Bound:
        return self._pairs(node.pairs, scope)

    def _pairs(self, pairs: tuple[tuple[Node, Node], ...], scope: _Scope) -> Bound:
        return self._sum(tuple(part for pair in pairs for part in pair), scope)

    def call(self, node: Call, scope: _Scope) -> Bound:
        function = node.function
        if not isinstance(function, Variable) or function.name not in BUILTINS:
            raise Unbounded
        builtin = BUILTINS[function.name]
        if len(node.arguments) >= builtin.picture > 0:
            _refuse_wild_picture(node.arguments[builtin.picture - 1])
        sizes = [self.visit(argument, scope) for argument in node.arguments]
        if len(sizes) < builtin.explicit:
            sizes.append(scope.item)
        size = sum(sizes, _SMALL)
        if builtin.growth == "scalar":
            return _SMALL
        if builtin.growth == "linear":
            return size * constant(builtin.factor)
        if builtin.growth == "quadratic":
            self.work = self.work + scope.total * size * scope.total * size
            return size
        if builtin.growth == "product":
            return size * size
        raise Unbounded


def _refuse_wild_picture(argument: Node) -> None:
    picture = argument.value if isinstance(argument, Literal) else None
    if not isinstance(picture, str) or not _TAME_PICTURE.fullmatch(picture):
        raise Unbounded


_VISITS: dict[type[Node], Callable[[_Growth, Any, _Scope], Bound]] = {
    Literal: _Growth.literal,
    Regex: _Growth.regex,
    Name: _Growth.item,
    Wildcard: _Growth.item,
    Descendants: _Growth.descendants,
    Variable: _Growth.variable,
    Path: _Growth.path,
    Filter: _Growth.filter,
    KeepArray: _Growth.keep_array,
    Group: _Growth.group,
    Sort: _Growth.sort,
    Chain: _Growth.chain,
    Negative: _Growth.negative,
    Default: _Growth.default,
    Condition: _Growth.condition,
    Assign: _Growth.assign,
    Block: _Growth.block,
    Array: _Growth.array,
    Range: _Growth.range,
    Object: _Growth.object,
    Call: _Growth.call,
}
