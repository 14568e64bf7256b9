"""Semantic versions (semver.org 2.0.0): parse, compare, and find the highest.

Layer: domain. Build metadata does not count when versions are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import total_ordering

_NUMBER = r"(0|[1-9][0-9]{0,17})"
_PART = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?", re.ASCII
)


@total_ordering
class Version:
    """A semantic version. Equal in the order of semver.org 2.0.0, section 11: two builds of one version are equal."""

    __slots__ = ("_key", "prerelease", "text")

    def __init__(self, text: str, numbers: tuple[int, int, int], prerelease: tuple[str, ...]) -> None:
        self.text = text
        self.prerelease = prerelease
        # A release sorts after its pre-releases; numeric parts sort before texts, and by value.
        parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in prerelease)
        self._key = (numbers, not prerelease, parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Version({self.text!r})"


def parse_version(text: str) -> Version | None:
    """The version a text says, or None if it is no semantic version (``1.0`` and ``v1.0.0`` are none)."""
    found = _SEMVER.fullmatch(text) if len(text) <= 256 else None
    if found is None:
        return None
    major, minor, patch, prerelease = found.groups()
    parts = tuple(prerelease.split(".")) if prerelease else ()
    return Version(text, (int(major), int(minor), int(patch)), parts)


def highest(texts: Iterable[str]) -> str | None:
    """The highest version; a pre-release only if there is nothing else. None for none; what is no version is left out.

    Of versions that differ only in build metadata, the last in the alphabet.
    """
    versions = [version for version in map(parse_version, texts) if version is not None]
    if not versions:
        return None
    return max(versions, key=lambda version: (not version.prerelease, version, version.text)).text
