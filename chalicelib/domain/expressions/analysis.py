"""Walks a syntax tree once: scopes, names that do not exist, and the places of the context that are read.

Layer: domain. An abstract evaluation: the value of a node is the set of places it may have come from unchanged, empty
for a computed value. Where a construct is rare, what it touches counts as computed: the answer may be too large, never
too small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.domain.expressions.errors import ExpressionSyntaxError, unknown_root
from chalicelib.domain.expressions.functions import BUILTINS, FORBIDDEN
from chalicelib.domain.expressions.reads import ROOTS, Place, Places, Read, compute, hand_on
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

_NEUTRAL = frozenset(("count", "exists"))
_PASSING = frozenset(("append", "reverse"))
_DIRECT_ONLY = frozenset(("now", "millis"))


class _Scope(msgspec.Struct, frozen=True):
    """The item at hand and the variables in sight; ``result`` says that the value goes to the result unchanged."""

    item: Places
    variables: dict[str, Places]
    result: bool = False

    def inside(self, item: Places) -> _Scope:
        return _Scope(item, self.variables)

    def block(self) -> _Scope:
        return _Scope(self.item, dict(self.variables), self.result)

    def operand(self) -> _Scope:
        return _Scope(self.item, self.variables)


def analyse(tree: Node, *, about_value: bool = False) -> Place:
    """The place of the whole context with everything that is read below it.

    ``about_value``: ``$`` is a value of any shape, with no roots, and it counts as read and computed with as a whole.

    Raises ``ExpressionSyntaxError`` for unknown roots, variables and functions, for forbidden functions, and for a
    root sought in the item where a path or a predicate has one.
    """
    _refuse_function(tree)
    root = Read()
    if about_value:
        compute((root,))
    hand_on(_Analysis(root, about_value=about_value).visit(tree, _Scope((root,), {}, result=True)))
    return root.freeze()


def _refuse_function(tree: Node) -> None:
    while isinstance(tree, Block) and tree.body:
        tree = tree.body[-1]
    partial = isinstance(tree, Call) and any(isinstance(argument, Placeholder) for argument in tree.arguments)
    if (
        partial
        or isinstance(tree, Lambda | Transform | Regex)
        or (isinstance(tree, Variable) and tree.name in BUILTINS)
    ):
        raise ExpressionSyntaxError("The value is a function, not data", position=tree.at, hint="Call it")


class _Analysis:
    def __init__(self, root: Read, *, about_value: bool) -> None:
        self._root = root
        self._has_roots = not about_value

    def visit(self, node: Node, scope: _Scope) -> Places:
        return _VISITS[type(node)](self, node, scope)

    def _at_root(self, scope: _Scope) -> bool:
        return bool(scope.item) and all(place is self._root for place in scope.item)

    def _compute(self, node: Node, scope: _Scope) -> None:
        compute(self.visit(node, scope.operand()))

    def _build(self, node: Node, scope: _Scope) -> None:
        """A value that becomes part of a new one: handed on if that is the result, else out of sight."""
        mark = hand_on if scope.result else compute
        mark(self.visit(node, scope))

    # --- values -------------------------------------------------------------------------------------------------

    def nothing(self, node: Node, scope: _Scope) -> Places:
        return ()

    def name(self, node: Name, scope: _Scope) -> Places:
        if node.name in ROOTS or not self._has_roots:
            return tuple(place.child(node.name, node.at) for place in scope.item)
        if self._at_root(scope):
            raise unknown_root(node.name, ROOTS, position=node.at)
        return tuple(place.child(node.name, node.at) for place in scope.item if place is not self._root)

    def variable(self, node: Variable, scope: _Scope) -> Places:
        if node.name == "":
            return scope.item
        if node.name == "$":
            return (self._root,)
        if node.name in scope.variables:
            return scope.variables[node.name]
        self._function(node)
        return ()

    def everything(self, node: Node, scope: _Scope) -> Places:
        compute(scope.item)
        return ()

    def parent(self, node: Parent, scope: _Scope) -> Places:
        compute((self._root,))
        return ()

    # --- paths --------------------------------------------------------------------------------------------------

    def path(self, node: Path, scope: _Scope) -> Places:
        self._refuse_root_in_item(node, scope)
        places = self.visit(node.steps[0], scope.operand())
        for step in node.steps[1:-1]:
            places = self.visit(step, scope.inside(places))
        return self.visit(node.steps[-1], _Scope(places, scope.variables, scope.result))

    def filter(self, node: Filter, scope: _Scope) -> Places:
        places = self.visit(node.target, scope.operand())
        self._compute(node.test, scope.inside(places))
        return places

    def keep_array(self, node: KeepArray, scope: _Scope) -> Places:
        return self.visit(node.target, scope)

    def group(self, node: Group, scope: _Scope) -> Places:
        places = self.visit(node.target, scope.operand())
        self._pairs(node.pairs, _Scope(places, scope.variables, scope.result))
        return ()

    def sort(self, node: Sort, scope: _Scope) -> Places:
        places = self.visit(node.target, scope.operand())
        for _, term in node.terms:
            self._compute(term, scope.inside(places))
        return places

    def focus(self, node: Focus, scope: _Scope) -> Places:
        places = self.visit(node.target, scope.operand())
        self._bind(node.name, places, node, scope)
        return (*scope.item, *places)

    def position(self, node: Position, scope: _Scope) -> Places:
        self._bind(node.name, (), node, scope)
        return self.visit(node.target, scope.operand())

    # --- operators ----------------------------------------------------------------------------------------------

    def chain(self, node: Chain, scope: _Scope) -> Places:
        self._compute(node.first, scope)
        for operator, operand in node.rest:
            if operator == "~>" and isinstance(operand, Call):
                self._apply(operand, scope)
                continue
            if operator == "~>" and isinstance(operand, Variable) and operand.name in BUILTINS:
                self._implicit_item(operand.name, 1, scope)
            self._compute(operand, scope)
        return ()

    def negative(self, node: Negative, scope: _Scope) -> Places:
        self._compute(node.operand, scope)
        return ()

    def default(self, node: Default, scope: _Scope) -> Places:
        places = self.visit(node.value, scope.operand())
        if node.operator == "?:":
            compute(places)
        return places + self.visit(node.otherwise, scope)

    def condition(self, node: Condition, scope: _Scope) -> Places:
        self._compute(node.test, scope)
        places = self.visit(node.then, scope)
        return places if node.otherwise is None else places + self.visit(node.otherwise, scope)

    def assign(self, node: Assign, scope: _Scope) -> Places:
        if isinstance(node.value, Lambda):
            self._bind(node.name, (), node, scope)  # a function may call itself
        places = self.visit(node.value, scope.operand())
        self._bind(node.name, places, node, scope)
        return places

    def block(self, node: Block, scope: _Scope) -> Places:
        inner = scope.block()
        places: Places = ()
        for index, part in enumerate(node.body):
            places = self.visit(part, inner if index == len(node.body) - 1 else inner.operand())
        return places

    # --- constructors -------------------------------------------------------------------------------------------

    def array(self, node: Array, scope: _Scope) -> Places:
        for item in node.items:
            self._build(item, scope)
        return ()

    def range(self, node: Range, scope: _Scope) -> Places:
        self._compute(node.low, scope)
        self._compute(node.high, scope)
        return ()

    def object(self, node: Object, scope: _Scope) -> Places:
        self._pairs(node.pairs, scope)
        return ()

    def _pairs(self, pairs: tuple[tuple[Node, Node], ...], scope: _Scope) -> None:
        for key, value in pairs:
            self._compute(key, scope)
            self._build(value, scope)

    # --- functions ----------------------------------------------------------------------------------------------

    def call(self, node: Call, scope: _Scope) -> Places:
        name = self._callee(node, scope)
        self._implicit_item(name, len(node.arguments), scope)
        self._refuse_today(name, node.arguments[1:])
        places: Places = ()
        for argument in node.arguments:
            places += self.visit(argument, scope.operand())
        if name in _PASSING:
            return places
        (hand_on if name in _NEUTRAL else compute)(places)
        return ()

    def _apply(self, node: Call, scope: _Scope) -> None:
        """``value ~> f(arguments)``: the value comes first, and has been dealt with."""
        name = self._callee(node, scope)
        self._implicit_item(name, len(node.arguments) + 1, scope)
        self._refuse_today(name, node.arguments)
        for argument in node.arguments:
            self._compute(argument, scope)

    def _callee(self, node: Call, scope: _Scope) -> str:
        """The name of a built-in function, else the empty name."""
        callee = node.function
        if isinstance(callee, Name):
            raise ExpressionSyntaxError(
                f"{callee.name} is a field, not a function", position=callee.at, hint=f"Write ${callee.name}(…)"
            )
        if isinstance(callee, Variable) and callee.name not in scope.variables and callee.name not in ("", "$"):
            self._function(callee, called=True)
            return callee.name
        self._compute(callee, scope)
        return ""

    def _refuse_today(self, name: str, arguments: tuple[Node, ...]) -> None:
        """Without a year, ``$toMillis`` takes it from the machine's clock."""
        if name == "toMillis" and arguments:
            picture = arguments[0]
            if not (isinstance(picture, Literal) and "[Y" in str(picture.value)):
                raise ExpressionSyntaxError(
                    "The picture of $toMillis must be a text with a year [Y]", position=picture.at
                )

    def _implicit_item(self, name: str, arguments: int, scope: _Scope) -> None:
        if name and BUILTINS[name].takes_item(arguments, at_root=self._at_root(scope)):
            compute(scope.item)

    def function(self, node: Lambda, scope: _Scope) -> Places:
        inner = _Scope(scope.item, dict(scope.variables))
        for parameter in node.parameters:
            self._refuse_taken(parameter, node)
            inner.variables[parameter] = ()
        self._compute(node.body, inner)
        return ()

    def transform(self, node: Transform, scope: _Scope) -> Places:
        inner = scope.inside(())
        for part in (node.pattern, node.update, node.remove):
            if part is not None:
                self._compute(part, inner)
        return ()

    # --- names --------------------------------------------------------------------------------------------------

    def _bind(self, name: str, places: Places, node: Node, scope: _Scope) -> None:
        self._refuse_taken(name, node)
        if scope.variables.get(name, places) != places:
            # A function made in between may still see the other value: neither is followed any further.
            compute(scope.variables[name])
            compute(places)
        scope.variables[name] = places

    def _refuse_taken(self, name: str, node: Node) -> None:
        if name in BUILTINS or name in FORBIDDEN or name in ("", "$") or name.startswith("__"):
            raise ExpressionSyntaxError(f"The name ${name} is taken", position=node.at)

    def _function(self, node: Variable, *, called: bool = False) -> None:
        if node.name in FORBIDDEN:
            raise ExpressionSyntaxError(
                f"The function ${node.name} is not available: {FORBIDDEN[node.name]}", position=node.at
            )
        if node.name not in BUILTINS:
            hint = f"Write $.{node.name}" if node.name in ROOTS else "Assign it first, inside the same parentheses"
            raise ExpressionSyntaxError(f"Unknown variable or function ${node.name}", position=node.at, hint=hint)
        if node.name in _DIRECT_ONLY and not called:
            raise ExpressionSyntaxError(f"${node.name} must be called where it stands", position=node.at)

    def _refuse_root_in_item(self, node: Path, scope: _Scope) -> None:
        first, second = node.steps[0], node.steps[1]
        while isinstance(second, Filter | KeepArray | Sort | Group | Focus | Position):
            second = second.target
        if (
            self._has_roots
            and not self._at_root(scope)
            and isinstance(first, Variable)
            and first.name == ""
            and isinstance(second, Name)
            and second.name in ROOTS
        ):
            raise ExpressionSyntaxError(
                f"$.{second.name} inside a path step or a predicate means a field of the item",
                position=first.at,
                hint=f"Write $$.{second.name} for the context, {second.name} alone for the item's own field",
            )


_VISITS: dict[type[Node], Callable[[_Analysis, Any, _Scope], Places]] = {
    Literal: _Analysis.nothing,
    Regex: _Analysis.nothing,
    Placeholder: _Analysis.nothing,
    Name: _Analysis.name,
    Variable: _Analysis.variable,
    Wildcard: _Analysis.everything,
    Descendants: _Analysis.everything,
    Parent: _Analysis.parent,
    Path: _Analysis.path,
    Filter: _Analysis.filter,
    KeepArray: _Analysis.keep_array,
    Group: _Analysis.group,
    Sort: _Analysis.sort,
    Focus: _Analysis.focus,
    Position: _Analysis.position,
    Chain: _Analysis.chain,
    Negative: _Analysis.negative,
    Default: _Analysis.default,
    Condition: _Analysis.condition,
    Assign: _Analysis.assign,
    Block: _Analysis.block,
    Array: _Analysis.array,
    Range: _Analysis.range,
    Object: _Analysis.object,
    Call: _Analysis.call,
    Lambda: _Analysis.function,
    Transform: _Analysis.transform,
}
