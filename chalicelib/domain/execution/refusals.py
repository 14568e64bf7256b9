"""Saying no to a request. Layer: domain."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.errors import Finding


class Refused(Exception):
    """The present state forbids what was asked. ``code`` is stable, the message says why and what would help.

    ``findings`` name every place of a request that is wrong in itself.
    """

    def __init__(self, code: str, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.findings = tuple(findings)
