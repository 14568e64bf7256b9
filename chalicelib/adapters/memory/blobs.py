"""Large values in memory. Layer: adapters."""

from __future__ import annotations

import hashlib

from chalicelib.domain.errors import NotFound


class MemoryBlobs:
    """``Blobs`` in a dict. ``lose`` drops one, as an expiry would."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, data: bytes, *, lasting: bool = False) -> str:
        name = f"{'lasting' if lasting else 'payloads'}/{hashlib.sha256(data).hexdigest()}"
        self._kept[name] = data
        return name

    def get(self, name: str) -> bytes:
        if name not in self._kept:
            message = f"the stored content {name} is gone"
            raise NotFound(message)
        return self._kept[name]

    def lose(self, name: str) -> None:
        del self._kept[name]

    @property
    def names(self) -> list[str]:
        """What is kept, by name."""
        return sorted(self._kept)
