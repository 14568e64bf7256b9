"""Applying what a signals file scripts, at its time. Layer: command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from weftctl.simulation.agenda import Agenda
from weftctl.simulation.signals import Scripted


class Script:
    """The entries of a signals file; ``refused`` are those that were, as ``{at, code, message}``."""

    def __init__(self, entries: Sequence[Scripted]) -> None:
        self._entries = entries
        self._left = len(entries)
        self.refused: list[dict[str, Any]] = []

    @property
    def is_over(self) -> bool:
        """Whether every entry has had its time."""
        return self._left == 0

    def enter(self, agenda: Agenda, started_at: datetime) -> None:
        """Put every entry on the agenda of a run that started at ``started_at``."""
        for entry in self._entries:
            agenda.add(started_at + timedelta(seconds=entry.at_seconds), partial(self._apply, entry))

    def _apply(self, entry: Scripted) -> None:
        """Apply one entry. The engine takes no request of these kinds yet: each is refused, none ignored."""
        self._left -= 1
        message = f"{entry.what}: this version of Weft does not apply a {entry.kind} to a running execution yet"
        self.refused.append({"at": entry.at, "code": "NotSupported", "message": message})
