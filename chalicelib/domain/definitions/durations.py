"""Durations: seconds, ISO 8601 or ``{"secs", "nanos"}``.

Layer: domain. Years and months have no fixed length in seconds, so a duration of the language has none of them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_NUMBER = r"(\d{1,15}(?:[.,]\d{1,9})?)"
_ISO = re.compile(rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII)
_ANY_ISO = re.compile(
    r"P(?:\d+W|(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)", re.ASCII
)
_UNITS = (604_800, 86_400, 3_600, 60, 1)
_NANOS = 1_000_000_000


def to_seconds(value: Any) -> Any:
    """A duration in any of its forms as a number of seconds, or None if it is none of them.

    A number is returned as it is, also a negative one: its range is checked elsewhere. ``PT5M`` gives 300,
    ``{"secs": 1, "nanos": 500000000}`` gives 1.5.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, str):
        return _from_iso(value)
    if isinstance(value, dict):
        return _from_parts(value)
    return None


def is_iso_duration(text: str) -> bool:
    """Whether a value of type ``duration`` is written as ISO 8601 says; here years and months are allowed."""
    return _ANY_ISO.fullmatch(text) is not None or _from_iso(text) is not None


def _from_iso(text: str) -> int | float | None:
    """ISO 8601 in weeks, days, hours, minutes and seconds; any of them may have a fraction."""
    found = _ISO.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        return None
    amounts = [Decimal((part or "0").replace(",", ".")) for part in found.groups()]
    return _plain(sum((amount * unit for amount, unit in zip(amounts, _UNITS, strict=True)), Decimal(0)))


def _from_parts(parts: dict[str, Any]) -> int | float | None:
    secs, nanos = parts.get("secs", -1), parts.get("nanos", 0)
    if not parts.keys() <= {"secs", "nanos"} or not _is_count(secs) or not _is_count(nanos) or nanos >= _NANOS:
        return None
    return _plain(Decimal(secs) + Decimal(nanos) / _NANOS)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15


def _plain(seconds: Decimal) -> int | float:
    return int(seconds) if seconds == seconds.to_integral_value() else float(seconds)
