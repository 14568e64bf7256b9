"""Timestamps: RFC 3339 with an offset.

Layer: domain.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,12})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def parse_timestamp(text: str) -> datetime | None:
    """The instant a text names, in UTC, to the microsecond; None if it is not RFC 3339 or has no offset.

    Leap seconds (``:60``) and instants outside the years 1 to 9999 have no ``datetime``: None too.
    """
    if not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
