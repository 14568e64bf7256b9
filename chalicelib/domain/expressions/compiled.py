"""Expressions as the rest of Weft sees them: compiled once, evaluated often, always within bounds.

Layer: domain. A plain path is resolved here. Anything else goes to the engine: in this process when its worst case,
computed from its text and the size of what it reads, is small, else in a sandbox that can be killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from chalicelib.domain.expressions.computation import Computation
from chalicelib.domain.expressions.errors import ExpressionSyntaxError
from chalicelib.domain.expressions.nothing import Nothing
from chalicelib.domain.expressions.parser import parse
from chalicelib.domain.expressions.paths import PlainPath, names_of, plain_names
from chalicelib.domain.expressions.reads import Place
from chalicelib.domain.jsonvalue import JsonValue

MAX_BYTES = 4_096
CACHED = 4_096

Context = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression. Immutable and safe to share between threads.

    ``roots``: which parts of the context it reads; ``step_ids``: the ids it names under ``$.steps``, None for all;
    ``reads``: the same in full, as the place of the whole context.
    """

    text: str
    roots: frozenset[str] = field(repr=False)
    step_ids: frozenset[str] | None = field(repr=False)
    _evaluator: PlainPath | Computation = field(repr=False)

    @property
    def reads(self) -> Place:
        """The place of the whole context, with what is read below it."""
        return self._evaluator.place

    def evaluate(self, context: Context, *, now: datetime) -> JsonValue | Nothing:
        """The value for a context ``{root: value}``, or ``NOTHING``; ``now`` (aware) is what ``$now()`` gives.

        The value may be a part of the context itself: treat both as frozen. Raises ``ExpressionFailure``.
        """
        return self._evaluator.evaluate(context, now)

    @property
    def evaluate_at(self) -> Callable[[Context, datetime], JsonValue | Nothing]:
        """``evaluate`` as a function of the context and the instant, for who keeps it and calls it often."""
        return self._evaluator.evaluate

    def holds(self, context: Context, now: datetime) -> bool:
        """Whether the value is exactly ``true``: the meaning of a condition. Raises ``ExpressionFailure``."""
        return self._evaluator.evaluate(context, now) is True


@lru_cache(maxsize=CACHED)
def compile_expression(text: str) -> Expression:
    """Parse and check an expression; the same text gives the same object while it is cached.

    Raises ``ExpressionSyntaxError``: it does not parse, is longer than ``MAX_BYTES``, or uses what does not exist.
    """
    _check_length(text)
    evaluator = _evaluator(text)
    return Expression(text, evaluator.place.roots(), evaluator.place.step_ids(), evaluator)


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """A compiled expression about one value, which is ``$`` in it, whatever its shape. Threads may share it."""

    text: str
    _evaluator: Computation = field(repr=False)

    def accepts(self, value: JsonValue, now: datetime) -> bool:
        """Whether the expression is exactly ``true`` of ``value``. Raises ``ExpressionFailure``."""
        return self._evaluator.evaluate(value, now) is True


@lru_cache(maxsize=CACHED)
def compile_validation(text: str) -> Validation:
    """Parse and check an expression about a value. Raises ``ExpressionSyntaxError`` as ``compile_expression`` does."""
    _check_length(text)
    return Validation(text, Computation(text, parse(text), about_value=True))


def _evaluator(text: str) -> PlainPath | Computation:
    names = plain_names(text)
    if names is not None:
        return PlainPath(names)
    tree = parse(text)
    names = names_of(tree)
    return Computation(text, tree) if names is None else PlainPath(names)


def _check_length(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ExpressionSyntaxError("An unpaired surrogate", position=error.start) from error
    if size > MAX_BYTES:
        raise ExpressionSyntaxError(f"An expression has at most {MAX_BYTES:,} bytes, this one has {size:,}")
