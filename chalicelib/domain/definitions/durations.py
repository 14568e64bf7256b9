"""Durations: seconds, ISO 8601 or ``{"secs", "nanos"}``.

Layer: domain. Years and months have no fixed length in seconds, so a duration of the language has none of them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

_NUMBER = r"[0-9]{1,15}(?:[.,][0-9]{1,9})?"
_TIME = rf"(?:{_NUMBER}H(?:{_NUMBER}M)?(?:{_NUMBER}S)?|{_NUMBER}M(?:{_NUMBER}S)?|{_NUMBER}S)"
_DATE = rf"(?:{_NUMBER}W(?:{_NUMBER}D)?|{_NUMBER}D)"
ISO_PATTERN: Final = rf"^P(?:{_DATE}(?:T{_TIME})?|T{_TIME})$"
"""ISO 8601 in weeks, days, hours, minutes and seconds; any of them may have a fraction."""

_ISO = re.compile(ISO_PATTERN.removeprefix("^").removesuffix("$"))
_AMOUNT = re.compile(rf"({_NUMBER})([WDHMS])")
_WITH_YEARS = re.compile(
    r"P(?:[0-9]+Y(?:[0-9]+M)?(?:[0-9]+D)?|[0-9]+M(?:[0-9]+D)?)(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?"
)
_SECONDS: Final = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
_NANOS = 1_000_000_000
_MAX_COUNT = 10**15


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
    """Whether a value of type ``duration`` is written as ISO 8601 says; in a value, years and months are allowed."""
    return _ISO.fullmatch(text) is not None or _WITH_YEARS.fullmatch(text) is not None


def _from_iso(text: str) -> int | float | None:
    if _ISO.fullmatch(text) is None:
        return None
    amounts = (Decimal(amount.replace(",", ".")) * _SECONDS[unit] for amount, unit in _AMOUNT.findall(text))
    return _plain(sum(amounts, Decimal(0)))


def _from_parts(parts: dict[str, Any]) -> int | float | None:
    secs, nanos = parts.get("secs", -1), parts.get("nanos", 0)
    if not parts.keys() <= {"secs", "nanos"} or not _is_count(secs) or not _is_count(nanos) or nanos >= _NANOS:
        return None
    return _plain(Decimal(secs) + Decimal(nanos) / _NANOS)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_COUNT


def _plain(seconds: Decimal) -> int | float:
    return int(seconds) if seconds == seconds.to_integral_value() else float(seconds)
