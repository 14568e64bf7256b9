"""Failures that end a command: one clear message on stderr, and an exit code.

Layer: command line. The exit codes are an interface: scripts branch on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from chalicelib.domain.errors import WeftError


class ExitCode(IntEnum):
    """What a command's exit code says."""

    OK = 0
    NOT_COMPLETED = 1
    USAGE = 2
    SERVICE = 3


class CommandFailure(WeftError):
    """The command cannot go on: ``message`` says what and where, ``details`` more of it, ``remedy`` what to do."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, remedy: str = "", details: Sequence[str] = (), code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.remedy = remedy
        self.details = tuple(details)


class UsageFailure(CommandFailure):
    """What was typed, or a file that it names, cannot be used."""

    code = "UsageError"


class ServiceFailure(CommandFailure):
    """The service refused, or could not be reached. ``status`` is the HTTP status, None when there was no answer."""

    code = "ServiceError"
    exit_code = ExitCode.SERVICE

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        details: Sequence[str] = (),
        code: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, details=details, code=code)
        self.status = status
