"""The JSONata engine behind two names, ``compile_program`` and ``Program.run``; nothing else knows which one it is.

Layer: domain. The engine is ``jsonatapy`` (Rust). It bounds time, recursion and the length of a list, but time only
between the nodes of an expression, and memory not at all: that is the business of ``growth`` and ``sandbox``.
"""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from typing import Any

import jsonatapy

from chalicelib.domain.expressions.leaves import TooDeep, change_leaves
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.jsonvalue import MAX_DEPTH, JsonValue

MAX_MILLISECONDS = 1_000
MAX_RECURSION = 400
MAX_ELEMENTS = 200_000
_MAX_CAUSE = 500
_KEPT = 2_048

# JavaScript, and so JSONata, writes integers below this bound without an exponent.
_INTEGERS_IN_FULL = 1e21

_CAUSES = {
    "D1011": f"It recursed deeper than {MAX_RECURSION} levels",
    "D1012": f"It took longer than {MAX_MILLISECONDS} ms",
    "D2014": f"It built a list of more than {MAX_ELEMENTS:,} elements",
    "D2015": f"It built a list of more than {MAX_ELEMENTS:,} elements",
    "D3061": "A computed number is out of the range of a double",
    "U1002": "It is nested too deeply",
}
_BOUNDS = frozenset(("D1011", "D1012", "D2014", "D2015"))
_WITH_NUMBERS = frozenset((float, list, dict))
_NO_MEMORY = "pointer is null"  # the panic of the bindings when Python cannot make an object
_CODE = re.compile(r"\b([DSTU]\d{4})\b")


class EngineFault(Exception):
    """The engine refused: ``cause`` is one line; ``exceeded``: it is a bound, there is no sense in trying parts."""

    def __init__(self, cause: str, *, exceeded: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.exceeded = exceeded


class Program:
    """A compiled text. Immutable and safe to share between threads.

    The engine's own objects are not: each may be used, and dropped, only by the thread that made it. So every thread
    compiles for itself what it runs, and keeps it in a cache of its own that dies with it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        _compiled(text)  # whoever compiles learns at once of a text that cannot be

    def run(self, data: JsonValue, bindings: dict[str, JsonValue] | None) -> JsonValue | Nothing:
        """The value for ``data`` as ``$``. Raises ``EngineFault``."""
        try:
            answer = _compiled(self._text).evaluate(data, bindings)
        except MemoryError:
            raise
        except Exception as error:
            raise _fault(error) from error
        except BaseException as error:
            # A panic of the Rust code arrives as a BaseException of its own; it has unwound and left no harm.
            if type(error).__name__ != "PanicException":
                raise
            if _NO_MEMORY in str(error):
                raise MemoryError from error
            raise EngineFault(f"The engine failed: {str(error)[:_MAX_CAUSE]}", exceeded=True) from error
        if "v" not in answer:
            return NOTHING
        return _json_numbers(answer["v"])


class _OfThread(threading.local):
    """The engine's objects of one thread, by text, the latest used last."""

    def __init__(self) -> None:
        self.compiled: OrderedDict[str, Any] = OrderedDict()


_of_thread = _OfThread()


def _compiled(text: str) -> Any:
    kept = _of_thread.compiled
    if text in kept:
        kept.move_to_end(text)
        return kept[text]
    # The object around it tells a missing value (no key) from null.
    made = kept[text] = jsonatapy.compile(
        f'{{"v":{text}}}',
        timeout=MAX_MILLISECONDS,
        max_stack_depth=MAX_RECURSION,
        max_sequence_length=MAX_ELEMENTS,
    )
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return made


def compile_program(text: str) -> Program:
    """Raises ``EngineFault`` for a text the engine cannot parse."""
    try:
        return Program(text)
    except ValueError as error:
        raise _fault(error) from error


def _json_numbers(value: JsonValue) -> JsonValue:
    if type(value) not in _WITH_NUMBERS:
        return value
    try:
        return change_leaves(value, float, _number)
    except TooDeep as error:
        raise EngineFault(f"Its result nests deeper than {MAX_DEPTH} levels", exceeded=True) from error


def _number(value: float) -> int | float:
    """Integral floats are ints, as in JSON's own text."""
    if not math.isfinite(value):
        raise EngineFault(_CAUSES["D3061"])
    return int(value) if value.is_integer() and abs(value) < _INTEGERS_IN_FULL else value


def _fault(error: Exception) -> EngineFault:
    if isinstance(error, TypeError):
        return EngineFault(f"The context holds what is not a JSON value: {str(error)[:_MAX_CAUSE]}")
    message = str(error)
    code = _CODE.search(message)
    if code is not None and code[1] in _CAUSES:
        return EngineFault(_CAUSES[code[1]], exceeded=code[1] in _BOUNDS)
    return EngineFault(message[:_MAX_CAUSE])
