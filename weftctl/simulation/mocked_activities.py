"""Activities of a simulated run: a mock's outcome where there is one, the real activity elsewhere.

Layer: command line; implements ``ports.activities.ActivityRunner``. Never waits: how long a mock's outcome takes is
kept for ``DelayedOutcomes``, which holds the outcome back.
"""

from __future__ import annotations

import msgspec

from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.domain.expressions import NOTHING, ExpressionFailure, compile_expression
from chalicelib.ports.activities import ActivityRunner, Beat, Failed, StillOpen, Succeeded
from chalicelib.ports.system import Clock
from weftctl.simulation.mocks import Attempt, Mocks, Outcome, attempt_of


class MockedActivities:
    """Answers for ``real`` where ``mocks`` says how."""

    def __init__(self, real: ActivityRunner, functions: ActivityRunner, mocks: Mocks, clock: Clock) -> None:
        """``functions`` runs the functions of ``mocks``."""
        self._real = real
        self._functions = functions
        self._mocks = mocks
        self._clock = clock
        self._delays: dict[Attempt, float] = {}

    def run(
        self, task: Task, *, still_open: StillOpen, inline: bool | None = None, beat: Beat | None = None
    ) -> Succeeded | Failed:
        """The outcome of ``task``."""
        outcome = self._mocks.outcome(task)
        if outcome is None:
            return self._real.run(task, still_open=still_open, inline=inline, beat=beat)
        if outcome.function is not None:
            mocked = msgspec.structs.replace(task, activity_type=outcome.function)
            return self._functions.run(mocked, still_open=still_open, inline=inline, beat=beat)
        self._delays[attempt_of(task)] = outcome.delay_seconds
        return self._answer(outcome, task)

    def delay_seconds(self, attempt: Attempt) -> float:
        """How long after it began the outcome of this attempt is known."""
        return self._delays.get(attempt, 0)

    def knows(self, activity_type: str) -> bool:
        """Whether a mock or a registered activity has this name."""
        return activity_type in self._mocks.keys or self._real.knows(activity_type)

    def is_inline(self, activity_type: str) -> bool:
        """As the real activity is registered."""
        return self._real.is_inline(activity_type)

    def retry_of(self, activity_type: str) -> RetryPolicy | None:
        """As the real activity is registered."""
        return self._real.retry_of(activity_type)

    def names(self) -> tuple[str, ...]:
        """The registered activities; what is only mocked has no traits of its own."""
        return self._real.names()

    def _answer(self, outcome: Outcome, task: Task) -> Succeeded | Failed:
        if outcome.error is not None:
            return Failed(outcome.error)
        if outcome.expression is None:
            return Succeeded(outcome.result)
        try:
            value = compile_expression(outcome.expression).evaluate({"input": task.input}, now=self._clock.now())
        except ExpressionFailure as error:
            return Failed(ErrorInfo(code="ExpressionError", message=str(error)))
        return Succeeded(None if value is NOTHING else value)
