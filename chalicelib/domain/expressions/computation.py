"""The evaluator of everything but plain paths: the engine, here or in the sandbox.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.domain.expressions import sandbox
from chalicelib.domain.expressions.analysis import analyse
from chalicelib.domain.expressions.blame import Evaluate, failing_part
from chalicelib.domain.expressions.engine import EngineFault, compile_program
from chalicelib.domain.expressions.errors import ExpressionFailure, ExpressionSyntaxError
from chalicelib.domain.expressions.growth import largest_input
from chalicelib.domain.expressions.nothing import Nothing
from chalicelib.domain.expressions.printer import MILLIS, NOW, to_engine
from chalicelib.domain.expressions.projection import InexactNumber, take_excerpt
from chalicelib.domain.expressions.syntax import Node
from chalicelib.domain.jsonvalue import JsonError, JsonValue

# Units of ``growth``: at the very worst some 50 ms and 50 MB, mostly a small part of that.
BUDGET = 20_000_000.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Computation:
    """A checked tree, the text it becomes for the engine, and how much input it may have in this process.

    ``about_value``: what it is evaluated on is no context but one value of any shape.
    """

    __slots__ = ("_engine_text", "_largest_input", "_program", "_text", "_timed", "_tree", "place")

    def __init__(self, text: str, tree: Node, *, about_value: bool = False) -> None:
        self._text = text
        self._tree = tree
        self.place = analyse(tree, about_value=about_value)
        self._largest_input = largest_input(tree, BUDGET)
        self._engine_text = to_engine(tree)
        self._timed = f"${NOW}" in self._engine_text or f"${MILLIS}" in self._engine_text
        try:
            self._program = compile_program(self._engine_text)
        except EngineFault as fault:
            raise ExpressionSyntaxError(fault.cause, position=tree.at) from fault

    def evaluate(self, context: Mapping[str, JsonValue] | JsonValue, now: datetime) -> JsonValue | Nothing:
        """Raises ``ExpressionFailure``."""
        bindings = _time(now) if self._timed else None
        try:
            excerpt = take_excerpt(self.place, context)
        except InexactNumber as error:
            raise ExpressionFailure(self._text, str(error), position=error.position) from error
        except JsonError as error:
            raise ExpressionFailure(self._text, error.message, position=self._tree.at) from error
        run = self._here if excerpt.size <= self._largest_input else sandbox.run
        try:
            return excerpt.restore(run(self._engine_text, excerpt.data, bindings))
        except EngineFault as fault:
            raise self._failure(fault, lambda part: run(part, excerpt.data, bindings)) from fault

    def _here(self, text: str, data: JsonValue, bindings: dict[str, JsonValue] | None) -> JsonValue | Nothing:
        program = self._program if text is self._engine_text else compile_program(text)
        return program.run(data, bindings)

    def _failure(self, fault: EngineFault, evaluate: Evaluate) -> ExpressionFailure:
        position = self._tree.at if fault.exceeded else failing_part(self._tree, fault.cause, evaluate)
        return ExpressionFailure(self._text, fault.cause, position=position)


def _time(now: datetime) -> dict[str, JsonValue]:
    text = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {NOW: text, MILLIS: (now - _EPOCH) // _MILLISECOND}
