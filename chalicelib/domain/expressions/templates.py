"""Texts with expressions in them: ``Order {{ $.input.order_id }} waits for {{ name }}``.

Layer: domain. What stands between ``{{`` and ``}}`` is an expression over ``$.input``; a plain name or a path of names
is short for the same below ``$.input``. A text comes in as it is, nothing as an empty text, anything else as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from chalicelib.domain.expressions.compiled import Expression, compile_expression
from chalicelib.domain.expressions.errors import ExpressionSyntaxError
from chalicelib.domain.expressions.nothing import NOTHING
from chalicelib.domain.expressions.reads import ROOTS
from chalicelib.domain.jsonvalue import JsonValue, dumps

OPEN: Final = "{{"
CLOSE: Final = "}}"
CACHED: Final = 256

_NAMES: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
# Words that name a value, and are no field.
_WORDS: Final = frozenset({"true", "false", "null", "and", "or", "in"})


class Template(msgspec.Struct, frozen=True):
    """A template taken apart: texts and expressions in order."""

    parts: tuple[str | Expression, ...]

    def render(self, data: Mapping[str, JsonValue], *, now: datetime) -> str:
        """The text for ``data``, which is ``$.input``; ``now`` is for ``$now()``. Raises ``ExpressionFailure``."""
        context: dict[str, JsonValue] = {"input": dict(data)}
        return "".join(part if isinstance(part, str) else _text(part, context, now) for part in self.parts)


@lru_cache(maxsize=CACHED)
def parse_template(text: str) -> Template:
    """Take ``text`` apart. Raises ``ExpressionSyntaxError``, whose position is one in ``text``."""
    parts: list[str | Expression] = []
    at = 0
    while (begin := text.find(OPEN, at)) >= 0:
        end = text.find(CLOSE, begin + len(OPEN))
        if end < 0:
            message = f"{OPEN} is not closed by {CLOSE}"
            raise ExpressionSyntaxError(message, position=begin, hint=f"Write {OPEN} '{OPEN}' {CLOSE} for the signs.")
        parts += [text[at:begin], _expression(text[begin + len(OPEN) : end], begin + len(OPEN))]
        at = end + len(CLOSE)
    return Template(tuple(part for part in (*parts, text[at:]) if part != ""))


def _expression(text: str, position: int) -> Expression:
    stripped = text.strip()
    names = _NAMES.fullmatch(stripped)
    is_path = names is not None and names[1] not in ROOTS | _WORDS
    try:
        return compile_expression(f"$.input.{stripped}" if is_path else stripped)
    except ExpressionSyntaxError as error:
        within = position + text.find(stripped) + error.position
        raise ExpressionSyntaxError(error.message, position=within, hint=error.hint) from error


def _text(expression: Expression, context: dict[str, JsonValue], now: datetime) -> str:
    value = expression.evaluate(context, now=now)
    if value is NOTHING or value is None:
        return ""
    return value if isinstance(value, str) else dumps(value).decode()
