"""Tokens that others have signed. Layer: ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Tokens(Protocol):
    """Verifies the tokens of the one issuer that is trusted."""

    def claims(self, token: str) -> Mapping[str, Any]:
        """What a token says that is signed by the issuer, is for this application, and counts now.

        ``iss``, ``sub`` and ``exp`` (seconds since 1970) are among it. Raises ``Unauthorized``, saying what is wrong,
        and ``Unavailable`` when the issuer's keys cannot be had.
        """
