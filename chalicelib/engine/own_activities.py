"""Activities of the engine's own, for what a workflow does to other executions: publish, signal, start.

Layer: engine. They run like any activity, as a step's attempt or as an errand, and so are retried and counted once the
same way; but they need the engine's use cases, which a registered function has no way to. Their names begin with
``weft.``; a definition cannot name them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.activities import ActivityRunner, Beat, Failed, StillOpen, Succeeded

OwnActivity = Callable[[Task], Any]
"""Gives a JSON value; raises ``WeftError`` for what is an outcome of the attempt; its ``retryable`` counts."""


class OwnActivities:
    """``ActivityRunner``: those of ``own`` here, every other by ``runner``."""

    def __init__(self, runner: ActivityRunner, own: Mapping[str, OwnActivity]) -> None:
        self._runner = runner
        self._own = own

    def run(
        self, task: Task, *, still_open: StillOpen, inline: bool | None = None, beat: Beat | None = None
    ) -> Succeeded | Failed:
        own = self._own.get(task.activity_type)
        if own is None:
            return self._runner.run(task, still_open=still_open, inline=inline, beat=beat)
        try:
            return Succeeded(own(task))
        except WeftError as error:
            return Failed(ErrorInfo(code=error.code, message=str(error), retryable=error.retryable))

    def knows(self, activity_type: str) -> bool:
        return activity_type in self._own or self._runner.knows(activity_type)

    def is_inline(self, activity_type: str) -> bool:
        return activity_type in self._own or self._runner.is_inline(activity_type)

    def retry_of(self, activity_type: str) -> RetryPolicy | None:
        return self._runner.retry_of(activity_type)

    def names(self) -> tuple[str, ...]:
        """Those that users may name: none of the engine's own."""
        return self._runner.names()
