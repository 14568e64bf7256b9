"""The functions of the language: which exist here, when they fall back on the item, how far their results grow.

Layer: domain. After the signatures of the JSONata reference (jsonata 2.2). ``$eval`` would hide its text from
registration, ``$random`` and ``$shuffle`` would make a decision irreproducible, ``$pad`` builds any size from a number.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# scalar     a number, a boolean or a short string, whatever comes in
# linear     at most ``factor`` times what comes in
# quadratic  the same, but the work grows with the square
# product    what comes in, multiplied: $replace, $join
# unbounded  calls a function, or builds from a number
Growth = Literal["scalar", "linear", "quadratic", "product", "unbounded"]

FORBIDDEN = {
    "eval": "the text it runs cannot be checked at registration",
    "pad": "its result has any size",
    "random": "an evaluation must be repeatable",
    "shuffle": "an evaluation must be repeatable",
}


class Builtin(msgspec.Struct, frozen=True):
    """With fewer arguments than ``least`` the item stands in for the first one, from ``explicit`` on it never does.

    The argument number ``picture``, if not 0, says what the result looks like, and how long it is.
    """

    growth: Growth
    factor: float = 1
    least: int = 0
    explicit: int = 0
    picture: int = 0

    def takes_item(self, arguments: int, at_root: bool) -> bool:
        """Whether a call with that many arguments may read the item; the root is an object, which few take."""
        return arguments < (self.least if at_root else self.explicit)


def _of_item(
    growth: Growth, factor: float = 1, least: int = 1, explicit: int | None = None, picture: int = 0
) -> Builtin:
    return Builtin(growth, factor, least, least if explicit is None else explicit, picture)


_SCALAR = Builtin("scalar")
_UNBOUNDED = Builtin("unbounded")

BUILTINS: dict[str, Builtin] = {
    **dict.fromkeys(("sum", "count", "max", "min", "average", "exists", "type", "assert", "millis"), _SCALAR),
    **dict.fromkeys(("length", "number", "floor", "ceil", "abs", "sqrt", "boolean", "not"), _of_item("scalar")),
    **dict.fromkeys(("round", "formatBase"), _of_item("scalar")),
    **dict.fromkeys(("contains", "power"), _of_item("scalar", least=2)),
    "toMillis": _of_item("scalar", picture=2),
    "parseInteger": _of_item("scalar", least=2, picture=2),
    **dict.fromkeys(("append", "merge", "reverse", "error"), Builtin("linear")),
    "now": Builtin("linear", 50, picture=1),
    "zip": Builtin("linear", 3),
    "sort": Builtin("linear", 20),  # n log n; with a function it is unbounded, as every call of one
    **dict.fromkeys(("trim", "keys", "decodeUrl", "decodeUrlComponent"), _of_item("linear")),
    **dict.fromkeys(("lowercase", "uppercase", "spread", "base64encode", "base64decode"), _of_item("linear", 3)),
    **dict.fromkeys(("encodeUrl", "encodeUrlComponent"), _of_item("linear", 9)),
    # Each character may become an escape; a second argument asks for indentation.
    "string": _of_item("linear", 7, picture=2),
    **dict.fromkeys(("substringBefore", "substringAfter", "lookup"), _of_item("linear", least=2)),
    "substring": _of_item("linear", least=2, explicit=3),
    "split": _of_item("linear", 20, least=2, explicit=3),
    "match": _of_item("linear", 100, least=2, explicit=3),
    "formatNumber": _of_item("linear", 400, least=2, explicit=3, picture=2),
    "fromMillis": _of_item("linear", 50, least=1, explicit=3, picture=2),
    "distinct": Builtin("quadratic"),
    "join": Builtin("product"),
    "replace": _of_item("product", least=3, explicit=4),
    "formatInteger": _of_item("unbounded", least=2),
    "clone": _of_item("unbounded"),
    **dict.fromkeys(("each", "sift"), _of_item("unbounded", least=2)),
    **dict.fromkeys(("map", "filter", "single", "reduce"), _UNBOUNDED),
}
