"""A mapping that is cheap to copy however large it is: what was, shared with the copies, and what changed since.

Layer: domain. The state keeps one entry a step of the definition, and every decision copies the state: with plain dicts
a step of a large workflow would cost more than one of a small. Small ones stay dicts, which are faster.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final, TypeVar

V = TypeVar("V")

LARGE: Final = 64
"""From how many entries on a copy is made in layers, and how many changes are copied along before they are merged."""
_MISSING: Final[Any] = object()


class Layered(MutableMapping[str, V]):
    """``top`` over ``base``, which is shared and never changed. Iterates as a dict of the same writes would."""

    __slots__ = ("_top", "base")

    def __init__(self, base: dict[str, V], top: dict[str, V]) -> None:
        self.base = base
        self._top = top

    def copy(self) -> Layered[V]:
        """A mapping of its own with the same entries."""
        if len(self._top) < LARGE:
            return Layered(self.base, self._top.copy())
        return Layered(self.merged(), {})

    def merged(self) -> dict[str, V]:
        """The entries as one dict."""
        return {**self.base, **self._top}

    def __getitem__(self, key: str) -> V:
        found: V = self._top.get(key, _MISSING)
        return self.base[key] if found is _MISSING else found

    def get(self, key: str, default: Any = None) -> Any:
        found = self._top.get(key, _MISSING)
        return self.base.get(key, default) if found is _MISSING else found

    def __setitem__(self, key: str, value: V) -> None:
        self._top[key] = value

    def __delitem__(self, key: str) -> None:
        whole = self.merged()
        del whole[key]
        self.base, self._top = {}, whole

    def __iter__(self) -> Iterator[str]:
        return iter(self.merged())

    def __len__(self) -> int:
        return len(self.merged())


def copied(entries: MutableMapping[str, V]) -> MutableMapping[str, V]:
    """A copy that may be changed while ``entries`` stay as they are, and the other way round."""
    if type(entries) is Layered:
        return entries.copy()
    return dict(entries) if len(entries) < LARGE else Layered(dict(entries), {})


def merged(entries: MutableMapping[str, V]) -> dict[str, V]:
    """The entries as a plain dict, as an encoder takes them."""
    return entries.merged() if type(entries) is Layered else dict(entries)
