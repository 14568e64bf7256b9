"""Allow-lists of the settings.

Layer: activities. An entry is an exact name, or a prefix that ends in ``*``. An empty list allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable


def permitted(name: str, entries: Iterable[str]) -> bool:
    """Whether an entry names ``name``, or is a prefix of it that ends in ``*``."""
    return any(name.startswith(entry[:-1]) if entry.endswith("*") else name == entry for entry in entries)
