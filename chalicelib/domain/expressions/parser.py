"""Text to syntax tree: a Pratt parser with the binding powers of the JSONata reference (jsonata 2.2).

Layer: domain. The engine has a parser of its own but shows no tree, and without a tree nothing can be said about what
an expression reads and how far it may grow. What the engine evaluates is printed from this tree, so the two cannot
disagree about where a string or a comment ends.
"""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.expressions.errors import ExpressionSyntaxError
from chalicelib.domain.expressions.lexer import Token, next_token, regex_at, signature_at
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

MAX_NESTING = 64
MAX_LINKS = 300
# Of the tree, which every later step walks by recursion: postfix operators nest without brackets, a[0][0][0].
MAX_HEIGHT = 100

_CHAINED = {
    **dict.fromkeys(("or",), 25),
    **dict.fromkeys(("and",), 30),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "in", "~>"), 40),
    **dict.fromkeys(("+", "-", "&"), 50),
    **dict.fromkeys(("*", "/", "%"), 60),
}
_POWER = {
    **_CHAINED,
    ":=": 10,
    "?": 20,
    "?:": 40,
    "??": 40,
    "^": 40,
    "{": 70,
    ".": 75,
    "[": 80,
    "(": 80,
    "@": 80,
    "#": 80,
}
_UNARY_MINUS = 70
_FUNCTION = frozenset(("function", "λ"))


def parse(text: str) -> Node:
    """The tree of an expression. Raises ``ExpressionSyntaxError`` with the position."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self._token = next_token(text, 0)

    def whole(self) -> Node:
        node = self._expression(0)
        if self._token.kind != "end":
            raise self._unexpected()
        return node

    # --- moving on ----------------------------------------------------------------------------------------------

    def _advance(self) -> Token:
        token = self._token
        self._token = next_token(self._text, token.end)
        return token

    def _at(self, operator: str) -> bool:
        return self._token.kind == "operator" and self._token.value == operator

    def _accept(self, operator: str) -> bool:
        found = self._at(operator)
        if found:
            self._advance()
        return found

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise self._unexpected(f", expected {operator}")

    def _unexpected(self, more: str = "") -> ExpressionSyntaxError:
        value = self._token.value
        hint = "Write and, or" if value in ("&", "|") else ""
        return ExpressionSyntaxError(f"Unexpected {value}{more}", position=self._token.at, hint=hint)

    def _list(self, end: str, element: Callable[[], Node]) -> tuple[Node, ...]:
        """Elements divided by commas, up to and including ``end``."""
        elements: list[Node] = []
        if not self._at(end):
            elements.append(element())
            while self._accept(","):
                elements.append(element())
        self._expect(end)
        return tuple(elements)

    # --- the Pratt loop -----------------------------------------------------------------------------------------

    def _expression(self, power: int) -> Node:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ExpressionSyntaxError(f"Nested deeper than {MAX_NESTING} levels", position=self._token.at)
        left = self._prefix()
        links = 0
        while self._token.kind == "operator" and _POWER.get(str(self._token.value), 0) > power:
            links += 1
            if links > MAX_LINKS:
                raise ExpressionSyntaxError(f"More than {MAX_LINKS} operators in a row", position=self._token.at)
            left = self._infix(left)
            if left.height > MAX_HEIGHT:
                raise ExpressionSyntaxError(f"Nested deeper than {MAX_HEIGHT} levels", position=self._token.at)
        self._depth -= 1
        return left

    def _prefix(self) -> Node:
        token = self._token
        if token.kind == "operator":
            read = _PREFIX.get(str(token.value))
            if read is None:
                raise self._unexpected()
            if token.value != "/":
                self._advance()
            return read(self, token)
        if token.kind == "end":
            raise self._unexpected()
        self._advance()
        if token.kind == "variable":
            return Variable(token.at, str(token.value))
        return Literal(token.at, token.value) if token.kind == "literal" else Name(token.at, str(token.value))

    def _infix(self, left: Node) -> Node:
        token = self._advance()
        operator = str(token.value)
        if operator in _CHAINED:
            return self._chain(left, operator)
        return _INFIX[operator](self, left, token)

    def _chain(self, left: Node, operator: str) -> Node:
        power = _CHAINED[operator]
        link = (operator, self._expression(power))
        if isinstance(left, Chain) and _CHAINED[left.rest[0][0]] == power:
            return Chain(left.at, left.first, (*left.rest, link))
        return Chain(left.at, left, (link,))

    # --- operators after a value --------------------------------------------------------------------------------

    def _path(self, left: Node, token: Token) -> Node:
        right = self._expression(_POWER["."])
        steps = (*_steps(left), *_steps(right))
        for step in steps:
            if isinstance(step, Literal):
                raise ExpressionSyntaxError(
                    f"The value {step.value} cannot be a step of a path",
                    position=step.at,
                    hint="Write lines[0] for an index, or the plain path $.input.lines.0 alone",
                )
        return Path(left.at, steps)

    def _filter(self, left: Node, token: Token) -> Node:
        if self._accept("]"):
            return KeepArray(left.at, left)
        test = self._expression(0)
        self._expect("]")
        return Filter(left.at, left, test)

    def _call(self, left: Node, token: Token) -> Node:
        arguments = self._list(")", self._argument)
        if isinstance(left, Name) and left.name in _FUNCTION:
            return self._lambda(left, arguments)
        return Call(left.at, left, arguments)

    def _argument(self) -> Node:
        if self._at("?"):
            return Placeholder(self._advance().at)
        return self._expression(0)

    def _lambda(self, keyword: Node, arguments: tuple[Node, ...]) -> Node:
        for argument in arguments:
            if not isinstance(argument, Variable):
                raise ExpressionSyntaxError("A parameter of a function is a $name", position=argument.at)
        parameters = tuple(argument.name for argument in arguments if isinstance(argument, Variable))
        signature = ""
        if self._at("<"):
            signature, end = signature_at(self._text, self._token.at)
            self._token = next_token(self._text, end)
        self._expect("{")
        body = self._expression(0)
        self._expect("}")
        return Lambda(keyword.at, parameters, signature, body)

    def _group(self, left: Node, token: Token) -> Node:
        return Group(left.at, left, self._pairs())

    def _sort(self, left: Node, token: Token) -> Node:
        self._expect("(")
        terms = [self._term()]
        while self._accept(","):
            terms.append(self._term())
        self._expect(")")
        return Sort(left.at, left, tuple(terms))

    def _term(self) -> tuple[bool, Node]:
        descends = self._accept(">")
        if not descends:
            self._accept("<")
        return descends, self._expression(0)

    def _focus(self, left: Node, token: Token) -> Node:
        return Focus(left.at, left, self._bound_name())

    def _position(self, left: Node, token: Token) -> Node:
        return Position(left.at, left, self._bound_name())

    def _bound_name(self) -> str:
        if self._token.kind != "variable":
            raise self._unexpected(", expected a $name")
        return str(self._advance().value)

    def _condition(self, left: Node, token: Token) -> Node:
        then = self._expression(0)
        otherwise = self._expression(0) if self._accept(":") else None
        return Condition(left.at, left, then, otherwise)

    def _default(self, left: Node, token: Token) -> Node:
        return Default(left.at, str(token.value), left, self._expression(0))

    def _assign(self, left: Node, token: Token) -> Node:
        if not isinstance(left, Variable) or left.name in ("", "$"):
            raise ExpressionSyntaxError("Only a $name can be assigned to", position=left.at)
        return Assign(left.at, left.name, self._expression(_POWER[":="] - 1))

    # --- what begins a value ------------------------------------------------------------------------------------

    def _negative(self, token: Token) -> Node:
        return Negative(token.at, self._expression(_UNARY_MINUS))

    def _wildcard(self, token: Token) -> Node:
        return Wildcard(token.at)

    def _descendants(self, token: Token) -> Node:
        return Descendants(token.at)

    def _parent(self, token: Token) -> Node:
        return Parent(token.at)

    def _word(self, token: Token) -> Node:
        return Name(token.at, str(token.value))

    def _block(self, token: Token) -> Node:
        body: list[Node] = []
        while not self._at(")"):
            body.append(self._expression(0))
            if not self._accept(";"):
                break
        self._expect(")")
        return Block(token.at, tuple(body))

    def _array(self, token: Token) -> Node:
        return Array(token.at, self._list("]", self._item))

    def _item(self) -> Node:
        low = self._expression(0)
        return Range(low.at, low, self._expression(0)) if self._accept("..") else low

    def _object(self, token: Token) -> Node:
        return Object(token.at, self._pairs())

    def _pairs(self) -> tuple[tuple[Node, Node], ...]:
        pairs: list[tuple[Node, Node]] = []
        if not self._at("}"):
            pairs.append(self._pair())
            while self._accept(","):
                pairs.append(self._pair())
        self._expect("}")
        return tuple(pairs)

    def _pair(self) -> tuple[Node, Node]:
        key = self._expression(0)
        self._expect(":")
        return key, self._expression(0)

    def _transform(self, token: Token) -> Node:
        pattern = self._expression(0)
        self._expect("|")
        update = self._expression(0)
        remove = self._expression(0) if self._accept(",") else None
        self._expect("|")
        return Transform(token.at, pattern, update, remove)

    def _regex(self, token: Token) -> Node:
        pattern, flags, end = regex_at(self._text, token.at)
        self._token = next_token(self._text, end)
        return Regex(token.at, pattern, flags)


def _steps(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Path):
        return node.steps
    # A quoted string is a name where a step of a path is expected.
    if isinstance(node, Literal) and isinstance(node.value, str):
        return (Name(node.at, node.value),)
    return (node,)


_INFIX: dict[str, Callable[[_Parser, Node, Token], Node]] = {
    ".": _Parser._path,
    "[": _Parser._filter,
    "(": _Parser._call,
    "{": _Parser._group,
    "^": _Parser._sort,
    "@": _Parser._focus,
    "#": _Parser._position,
    "?": _Parser._condition,
    "?:": _Parser._default,
    "??": _Parser._default,
    ":=": _Parser._assign,
}
_PREFIX: dict[str, Callable[[_Parser, Token], Node]] = {
    "-": _Parser._negative,
    "*": _Parser._wildcard,
    "**": _Parser._descendants,
    "%": _Parser._parent,
    "and": _Parser._word,
    "or": _Parser._word,
    "in": _Parser._word,
    "(": _Parser._block,
    "[": _Parser._array,
    "{": _Parser._object,
    "|": _Parser._transform,
    "/": _Parser._regex,
}
