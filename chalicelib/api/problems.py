"""Errors as problem documents (RFC 9457), by one table from error class to status.

Layer: api. ``code`` is stable and tells apart what a status does not; ``error`` and ``message`` repeat ``code`` and
``detail`` under the names that earlier clients read. An error that is in no table was not planned: its text stays
in the log, and the caller is told only under which request id to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from chalicelib.domain import errors
from chalicelib.domain.errors import Finding, WeftError
from chalicelib.domain.jsonvalue import JsonError

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:weft:problem:"


class UnknownRoute(errors.NotFound):
    """No route has this path."""

    code = "UnknownRoute"


class MethodNotAllowed(WeftError):
    """The path exists, but not with this method; ``allowed`` are those it has."""

    code = "MethodNotAllowed"

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class NotAcceptable(WeftError):
    """What is there is in none of the forms that the request asks for."""

    code = "NotAcceptable"


class UnsupportedMediaType(WeftError):
    """The body is in a form that this route does not read."""

    code = "UnsupportedMediaType"


class NotOffered(WeftError):
    """A request that is understood and not served."""

    code = "NotOffered"


STATUSES: Final[dict[type[WeftError], tuple[int, str]]] = {
    errors.InvalidRequest: (400, "Invalid request"),
    errors.InvalidDefinition: (400, "Invalid definition"),
    errors.InvalidInput: (400, "Invalid input"),
    errors.InvalidCursor: (400, "Invalid cursor"),
    JsonError: (400, "Invalid JSON"),
    errors.Unauthorized: (401, "Unauthorized"),
    errors.Forbidden: (403, "Forbidden"),
    errors.NotFound: (404, "Not found"),
    UnknownRoute: (404, "Unknown route"),
    MethodNotAllowed: (405, "Method not allowed"),
    NotAcceptable: (406, "Not acceptable"),
    errors.Conflict: (409, "Conflict"),
    errors.TooLarge: (413, "Too large"),
    UnsupportedMediaType: (415, "Unsupported media type"),
    NotOffered: (501, "Not offered"),
    errors.Unavailable: (503, "Unavailable"),
}
"""Status and title of each class; a subclass that is not listed has those of its nearest ancestor."""

RETRY_AFTER_SECONDS: Final = 1


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem before it is written out. ``headers`` go with the answer; ``state`` is that of the execution."""

    status: int
    title: str
    detail: str
    code: str
    findings: tuple[Finding, ...] = ()
    state: str | None = None
    headers: Mapping[str, str] = {}

    def to_dict(self, request_id: str | None = None) -> dict[str, Any]:
        """The document; ``request_id`` finds the request in the log."""
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [msgspec.to_builtins(finding) for finding in self.findings],
            "error": self.code,
            "message": self.detail,
        }
        if self.state is not None:
            document["state"] = self.state
        return document if request_id is None else {**document, "request_id": request_id}


def from_error(error: WeftError) -> Problem | None:
    """The problem for an error raised on purpose, or None for one that a caller cannot have caused."""
    known = next((STATUSES[each] for each in type(error).__mro__ if each in STATUSES), None)
    if known is None:
        return None
    status, title = known
    return Problem(
        status=status,
        title=title,
        detail=error.message,
        code=error.code,
        findings=tuple(getattr(error, "findings", ())),
        state=getattr(error, "state", None),
        headers=_headers(error),
    )


def unplanned() -> Problem:
    """The problem for everything else. It says nothing of what went wrong: that is in the log."""
    detail = "Something went wrong inside. It has been logged; the request id finds it."
    return Problem(status=500, title="Internal error", detail=detail, code="InternalError")


def _headers(error: WeftError) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, errors.Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="weft"'}
    if isinstance(error, errors.Unavailable):
        return {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return {}
