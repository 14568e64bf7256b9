"""How the engine runs an activity. Layer: ports."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from chalicelib.domain.definitions.model import RetryPolicy
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.progress import Progress
from chalicelib.domain.execution.tasks import Task


class Succeeded(msgspec.Struct, frozen=True):
    """The activity returned ``output`` (a JSON value)."""

    output: Any


class Failed(msgspec.Struct, frozen=True):
    """The activity failed with ``error``."""

    error: ErrorInfo


class ActivityRunner(Protocol):
    """Runs registered activities. Never raises for what an activity does: that is an outcome."""

    def run(
        self, task: Task, *, still_open: StillOpen, inline: bool | None = None, beat: Beat | None = None
    ) -> Succeeded | Failed:
        """Run ``task`` to its end; ``inline`` says whether it is the decider that waits (None: as registered).

        ``beat`` takes the activity's heartbeats, as many of them as matter; without one they go nowhere.

        An unknown type fails with ``ActivityNotFound``, a result that is no JSON value with ``ActivityError``, one over
        the payload limit with ``PayloadTooLarge``.
        """

    def knows(self, activity_type: str) -> bool:
        """Whether such an activity is registered here."""

    def is_inline(self, activity_type: str) -> bool:
        """Whether the activity is registered to run inside the decider."""

    def retry_of(self, activity_type: str) -> RetryPolicy | None:
        """The retry policy that the activity was registered with, if any."""

    def names(self) -> tuple[str, ...]:
        """Every registered activity type, sorted."""


class StillOpen(Protocol):
    """Asks whether an attempt is still wanted: False once it timed out, or its execution ended."""

    def __call__(self) -> bool:
        """One consistent read of the execution."""


class Beat(Protocol):
    """Keeps a sign of life of an attempt, and what its activity says of its progress."""

    def __call__(self, progress: Progress | None, /) -> None:
        """One write; None: nothing new is said. Raises ``Unavailable``."""
