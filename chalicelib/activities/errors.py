"""Errors of activities: the two that an activity raises, and those of registering and loading.

Layer: activities. What an activity raises never leaves the runner: it becomes data (``ErrorInfo``).

    WeftError
    ├── ActivityError              an activity fails, with a code of its own
    ├── ActivityCanceled           the attempt is no longer wanted (``heartbeat`` raises it)
    ├── ActivityRegistrationError  a name given twice, or a function that cannot be an activity
    └── ActivityModuleError        a module with activities that cannot be imported
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.errors import WeftError


class ActivityError(WeftError):
    """Raise it in an activity to fail the attempt with ``code``, which error transitions match (``error:<code>``).

    ``retryable`` False ends the retries, True allows them, None leaves the question to the retry policy.
    ``details`` is any JSON value of at most 32 KB.
    """

    code = "ActivityError"
    retryable: bool | None = None  # type: ignore[assignment]  # None is an answer here: ask the policy

    def __init__(self, code: str, message: str, retryable: bool | None = None, details: Any = None) -> None:
        super().__init__(message, code=code)
        self.retryable = retryable
        self.details = details


class ActivityCanceled(WeftError):
    """The attempt is no longer open: it timed out, or its execution ended. Clean up and let it pass."""

    code = "Canceled"


class ActivityRegistrationError(WeftError):
    """A name is taken by another function, or the function cannot be run as an activity."""

    code = "ActivityRegistrationError"


class ActivityModuleError(WeftError):
    """A module that holds activities cannot be imported; the message names it and the cause."""

    code = "ActivityModuleError"
