"""Checks of the files that script a run, reporting every fault at once. Layer: command line.

A fault is named by an RFC 6901 JSON pointer into the file, what is wrong there, and the remedy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from chalicelib.domain.definitions.durations import to_seconds
from chalicelib.domain.definitions.findings import brief, nearest
from weftctl.failures import UsageFailure

Name = TypeVar("Name", bound=str)
LONGEST_SECONDS: Final = 100 * 365 * 86_400
DURATION_HINT: Final = 'Seconds, an ISO 8601 duration such as "PT5M", or {"secs": n, "nanos": n}; at most 100 years.'


class Faults:
    """Collects what is wrong with one file."""

    def __init__(self, file: str, kind: str) -> None:
        self._file = file
        self._kind = kind
        self._found: list[str] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, pointer: str, message: str, hint: str = "") -> None:
        """Record one fault."""
        self._found.append(f"{pointer or '/'}: {message}" + (f" ({hint})" if hint else ""))

    def raise_if_any(self) -> None:
        """Raise ``UsageFailure`` with all faults, if there are any."""
        if self._found:
            raise UsageFailure(
                f"{self._file} is no valid {self._kind}.",
                details=self._found,
                remedy="docs/command-line.md describes the format.",
                code="InvalidFile",
            )

    def fields(self, value: Any, pointer: str, known: Collection[str], required: Collection[str] = ()) -> bool:
        """Whether ``value`` is an object with no field but ``known`` ones and all ``required`` ones."""
        before = len(self)
        if not isinstance(value, Mapping):
            self.add(pointer, f"an object was expected, not {brief(value)}")
            return False
        for name in value:
            if name not in known:
                self.add(child(pointer, name), f"there is no field {name!r} here", nearest(str(name), known))
        for name in required:
            if name not in value:
                self.add(pointer, f"the field {name!r} is missing")
        return len(self) == before

    def exactly_one(self, value: Mapping[str, Any], pointer: str, names: Collection[Name]) -> Name | None:
        """The one field of ``names`` that ``value`` has; None, and a fault, when there is none or several."""
        given = [name for name in names if name in value]
        if len(given) == 1:
            return given[0]
        found = " and ".join(given) if given else "none"
        self.add(pointer, f"exactly one of {', '.join(names)} is needed, {found} given")
        return None

    def text(self, value: Mapping[str, Any], pointer: str, name: str) -> None:
        """The field ``name`` is a string that is not empty, if it is there."""
        if name in value and (not isinstance(value[name], str) or not value[name]):
            self.add(child(pointer, name), f"a text was expected, not {brief(value[name])}")

    def one_of(self, value: Mapping[str, Any], pointer: str, name: str, known: Collection[str]) -> None:
        """The field ``name`` is one of ``known``, if it is there."""
        if name in value and value[name] not in known:
            hint = nearest(str(value[name]), known)
            self.add(child(pointer, name), f"{brief(value[name])} is none of {', '.join(known)}", hint)

    def seconds(self, value: Any, pointer: str) -> float:
        """The duration ``value`` in seconds; 0, and a fault, when it is none."""
        found = to_seconds(value)
        if found is None or not 0 <= found <= LONGEST_SECONDS:
            self.add(pointer, f"{brief(value)} is no duration", DURATION_HINT)
            return 0
        return float(found)


def child(pointer: str, name: object) -> str:
    """The pointer of a member of the value at ``pointer``."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
