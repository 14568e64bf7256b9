"""JSON pointers, and where in the document as given a place of the normalised one came from.

Layer: domain.
"""

from __future__ import annotations


def escaped(key: str | int) -> str:
    """A key or index as a segment of a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def below(pointer: str, *keys: str | int) -> str:
    """The pointer to a place inside the one at ``pointer``."""
    return pointer + "".join(f"/{escaped(key)}" for key in keys)


class Origins:
    """For every place that was moved or made, the place in the given document that it stands for.

    What is not recorded stands where its nearest recorded ancestor says, or where it always stood.
    """

    def __init__(self) -> None:
        self._moved: dict[str, str] = {}

    def record(self, pointer: str, original: str) -> None:
        """The place at ``pointer`` stands for the one at ``original``."""
        self._moved[pointer] = original

    def original(self, pointer: str) -> str:
        """The place in the given document that ``pointer`` stands for."""
        head, tail = pointer, ""
        while head:
            if head in self._moved:
                return self._moved[head] + tail
            head, _, segment = head.rpartition("/")
            tail = f"/{segment}{tail}"
        return pointer

    def renumber(self, pointer: str, kept: list[int]) -> None:
        """Of the list at ``pointer`` only the elements ``kept`` remain, in this order."""
        prefix = f"{pointer}/"
        inside = {at: origin for at, origin in self._moved.items() if at.startswith(prefix)}
        for at in inside:
            del self._moved[at]
        places = {str(old): str(new) for new, old in enumerate(kept)}
        for new, old in enumerate(kept):
            self._moved[f"{prefix}{new}"] = inside.get(f"{prefix}{old}", f"{prefix}{old}")
        for at, origin in inside.items():
            index, slash, rest = at.removeprefix(prefix).partition("/")
            if slash and index in places:
                self._moved[f"{prefix}{places[index]}/{rest}"] = origin
