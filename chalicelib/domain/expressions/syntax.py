"""The syntax tree of an expression.

Layer: domain. Nodes are frozen; ``at`` is the character, from 0, in the text as written. Operators of one precedence
that follow each other are one ``Chain``, so the depth of a tree is the nesting of the text, not its length.
"""

from __future__ import annotations

from typing import Any

import msgspec


class _Sized(msgspec.Struct, frozen=True, kw_only=True):
    height: int = 1


class Node(_Sized, frozen=True):
    """Base of every node. ``height`` counts the levels of nodes from here down; it follows from the other fields."""

    at: int

    def __post_init__(self) -> None:
        below = max(map(_height, msgspec.structs.astuple(self)), default=0)
        msgspec.structs.force_setattr(self, "height", below + 1)


def _height(value: Any) -> int:
    if isinstance(value, Node):
        return value.height
    return max(map(_height, value), default=0) if isinstance(value, tuple) else 0


class Literal(Node, frozen=True):
    """A string, number, ``true``, ``false`` or ``null``."""

    value: str | int | float | bool | None


class Regex(Node, frozen=True):
    """``/pattern/flags``."""

    pattern: str
    flags: str


class Name(Node, frozen=True):
    """A field of the item at hand."""

    name: str


class Variable(Node, frozen=True):
    """``$name``; the empty name is ``$``, the item at hand, and ``$`` is ``$$``, the whole context."""

    name: str


class Wildcard(Node, frozen=True):
    """``*``: every field of the item."""


class Descendants(Node, frozen=True):
    """``**``: the item and everything inside it."""


class Parent(Node, frozen=True):
    """``%``: what the item was found in."""


class Placeholder(Node, frozen=True):
    """``?`` among the arguments of a call."""


class Path(Node, frozen=True):
    """``a.b.c``: each step is evaluated with every item of the one before."""

    steps: tuple[Node, ...]


class Filter(Node, frozen=True):
    """``target[test]``."""

    target: Node
    test: Node


class KeepArray(Node, frozen=True):
    """``target[]``: a list even for one item."""

    target: Node


class Group(Node, frozen=True):
    """``target{key: value, …}``."""

    target: Node
    pairs: tuple[tuple[Node, Node], ...]


class Sort(Node, frozen=True):
    """``target^(<term, >term)``; each term says whether it descends."""

    target: Node
    terms: tuple[tuple[bool, Node], ...]


class Focus(Node, frozen=True):
    """``target@$name``: the item is bound, the context stays."""

    target: Node
    name: str


class Position(Node, frozen=True):
    """``target#$name``: the position of the item is bound."""

    target: Node
    name: str


class Chain(Node, frozen=True):
    """``first op operand op operand …``, left associative, every operator of the same precedence."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


class Negative(Node, frozen=True):
    """``-operand``."""

    operand: Node


class Default(Node, frozen=True):
    """``value ?: otherwise`` (value is falsy) or ``value ?? otherwise`` (value is missing)."""

    operator: str
    value: Node
    otherwise: Node


class Condition(Node, frozen=True):
    """``test ? then : otherwise``."""

    test: Node
    then: Node
    otherwise: Node | None


class Assign(Node, frozen=True):
    """``$name := value``."""

    name: str
    value: Node


class Block(Node, frozen=True):
    """``(a; b; c)``: the value of the last, in a scope of its own."""

    body: tuple[Node, ...]


class Array(Node, frozen=True):
    """``[a, b]``."""

    items: tuple[Node, ...]


class Range(Node, frozen=True):
    """``low..high`` inside an array."""

    low: Node
    high: Node


class Object(Node, frozen=True):
    """``{key: value, …}``."""

    pairs: tuple[tuple[Node, Node], ...]


class Call(Node, frozen=True):
    """``function(arguments)``."""

    function: Node
    arguments: tuple[Node, ...]


class Lambda(Node, frozen=True):
    """``function($a, $b)<signature>{body}``."""

    parameters: tuple[str, ...]
    signature: str
    body: Node


class Transform(Node, frozen=True):
    """``|pattern|update, remove|``."""

    pattern: Node
    update: Node
    remove: Node | None
