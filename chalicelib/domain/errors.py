"""Errors of the engine and of its users' requests.

Layer: domain. A workflow's own failure is data (``ErrorInfo``), never one of these. Every error has a stable
``code`` and says whether trying the same again may help (``retryable``).

    WeftError
    ├── InvalidRequest              what was asked for is malformed           400
    │   ├── InvalidDefinition       a definition with findings                400
    │   ├── InvalidInput            a value that does not fit its type        400
    │   └── InvalidCursor           a page cursor of another query            400
    ├── NotFound                    no such workflow, version, execution      404
    ├── Conflict                    the present state forbids it              409
    │   └── VersionConflict         another writer committed first            (retried inside)
    ├── TooLarge                    over a limit of size                      413
    ├── Unauthorized                nobody is signed in                       401
    ├── Forbidden                   signed in, not allowed                    403
    └── Unavailable                 something outside does not answer         503
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong, or doubtful, with a document.

    ``code`` is stable, ``pointer`` an RFC 6901 JSON pointer into the document as given, ``severity`` ``error`` or
    ``warning``, ``hint`` the remedy.
    """

    code: str
    pointer: str
    message: str
    hint: str = ""
    severity: str = "error"


class WeftError(Exception):
    """Base of every error raised on purpose. ``message`` is fit to be shown to a caller."""

    code = "EngineError"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InvalidRequest(WeftError):
    """The request is malformed. ``findings`` name every place that is wrong."""

    code = "InvalidRequest"

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.findings = tuple(findings)


class InvalidDefinition(InvalidRequest):
    """A workflow definition that cannot be registered."""

    code = "InvalidDefinition"


class InvalidInput(InvalidRequest):
    """A value does not fit its declared type."""

    code = "InvalidInput"


class InvalidCursor(InvalidRequest):
    """A page cursor that is damaged or belongs to another query."""

    code = "InvalidCursor"


class NotFound(WeftError):
    """The thing named does not exist."""

    code = "NotFound"


class Conflict(WeftError):
    """The request is well formed, but the present state forbids it."""

    code = "Conflict"


class VersionConflict(Conflict):
    """Another writer appended first: reload and decide again."""

    code = "VersionConflict"
    retryable = True


class TooLarge(WeftError):
    """A document, value or body is over its limit of size."""

    code = "PayloadTooLarge"


class Unauthorized(WeftError):
    """No valid identity came with the request."""

    code = "Unauthorized"


class Forbidden(WeftError):
    """The identity lacks the right."""

    code = "Forbidden"


class Unavailable(WeftError):
    """A service outside does not answer or throttles; the same request may succeed later."""

    code = "Unavailable"
    retryable = True
