"""The machine's clock and source of fresh names. Layer: adapters. The only module that asks for time or chance."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Final

from chalicelib.adapters.instants import to_microseconds
from chalicelib.ports.system import Clock

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARACTERS: Final = 10
_CHANCE_CHARACTERS: Final = 16


class SystemClock:
    """The present, by the machine."""

    def now(self) -> datetime:
        """Aware UTC, cut to the millisecond."""
        at = datetime.now(UTC)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)


class SystemWaiter:
    """Waits by doing nothing."""

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)  # between two looks at a store; who looks, and for how long, is the caller's


class SystemIds:
    """Names of 26 characters: 10 for the millisecond, 16 (80 bits) of chance, as in https://github.com/ulid/spec.

    Lower case, Crockford's base 32: URL-safe, and sorts by time. Within a millisecond the order is chance.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def new_id(self) -> str:
        milliseconds = to_microseconds(self._clock.now()) // 1000
        chance = secrets.randbits(5 * _CHANCE_CHARACTERS)
        return _base32(milliseconds, _TIME_CHARACTERS) + _base32(chance, _CHANCE_CHARACTERS)


def fresh_number() -> int:
    """A number of 62 bits that has not been met before: chance, so two are alike once in a few thousand million."""
    return secrets.randbits(62)


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))
