"""What an expression reads: a tree over the context, filled by the analysis and used to cut the context down to it.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

ROOTS = frozenset(
    ("input", "context", "output", "steps", "result", "execution", "event", "error", "item", "index", "compensated")
)

# Places are walked by recursion.
MAX_DEPTH = 100


class Place(msgspec.Struct, frozen=True):
    """A place in the context; lists are looked through, so it stands for a field of every item.

    ``whole``: everything below is needed. ``computed``: it is also computed with, not only handed on, so a number
    there must be one that a double holds. ``below`` holds the places of fields. ``at`` is where the text names it.
    """

    at: int

    whole: bool
    computed: bool
    below: dict[str, Place]

    def roots(self) -> frozenset[str]:
        """Of the place of the whole context: the roots that are read."""
        return ROOTS if self.whole else frozenset(self.below)

    def step_ids(self) -> frozenset[str] | None:
        """Of the place of the whole context: the ids below ``steps``; None when they are not known."""
        steps = NOT_READ if self.whole else self.below.get("steps", NOT_READ)
        return None if self.whole or steps.whole else frozenset(steps.below)


NOT_READ = Place(at=0, whole=False, computed=False, below={})


class Read:
    """A place while the analysis goes on."""

    __slots__ = ("at", "below", "computed", "depth", "whole")

    def __init__(self, at: int = 0, depth: int = 0) -> None:
        self.at = at
        self.depth = depth
        self.below: dict[str, Read] = {}
        self.whole = False
        self.computed = False

    def child(self, name: str, at: int) -> Read:
        """The place of a field, made on first use; far down, this place stands for all below it."""
        if self.depth == MAX_DEPTH:
            compute((self,))
            return self
        return self.below.setdefault(name, Read(at, self.depth + 1))

    def freeze(self) -> Place:
        """The place as found so far."""
        return Place(self.at, self.whole, self.computed, {name: each.freeze() for name, each in self.below.items()})


Places = tuple[Read, ...]


def hand_on(places: Iterable[Read]) -> None:
    """The values are needed, and go where they go unchanged."""
    for place in places:
        place.whole = True


def compute(places: Iterable[Read]) -> None:
    """The values are needed, and looked into."""
    for place in places:
        place.whole = place.computed = True
