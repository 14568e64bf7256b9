"""Applying what a signals file scripts, at its time. Layer: command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.domain.errors import WeftError
from weftctl.simulation.following import Refusal
from weftctl.simulation.requests import to_request
from weftctl.simulation.signals import Scripted
from weftctl.simulation.world import World


class Script:
    """The entries of a signals file for one execution, asked for by ``by``, who is in ``groups`` (None: all)."""

    def __init__(
        self, entries: Sequence[Scripted], *, by: str | None = None, groups: Sequence[str] | None = None
    ) -> None:
        self._entries = entries
        self._requests = [
            to_request(entry, id=f"script:{number}", by=by, groups=groups) for number, entry in enumerate(entries, 1)
        ]
        self._applied = 0
        self._failed: dict[int, Refusal] = {}

    @property
    def is_over(self) -> bool:
        """Whether every entry has had its time."""
        return self._applied == len(self._entries)

    def enter(self, world: World, execution_id: str, started_at: datetime) -> None:
        """Put every entry on the agenda of an execution that started at ``started_at``."""
        for number, entry in enumerate(self._entries):
            at = started_at + timedelta(seconds=entry.at_seconds)
            world.agenda.add(at, partial(self._apply, world, execution_id, number))

    def refused(self, refusals: Mapping[str, Refusal]) -> list[dict[str, Any]]:
        """The entries that were refused so far, as ``{at, code, message}``; ``refusals`` are those of the execution."""
        past = zip(self._entries[: self._applied], self._requests, strict=False)
        found = [
            (entry, self._failed.get(number) if request is None else refusals.get(request.id))
            for number, (entry, request) in enumerate(past)
        ]
        return [
            {"at": entry.at, "code": refusal.code, "message": f"{entry.what}: {refusal.message}"}
            for entry, refusal in found
            if refusal is not None
        ]

    def _apply(self, world: World, execution_id: str, number: int) -> None:
        self._applied += 1
        request, fields = self._requests[number], self._entries[number].fields
        if request is not None:
            world.send(execution_id, request)
            return
        event_id = f"{execution_id}:script:{number + 1}"
        try:
            world.publish(fields["type"], fields.get("data"), event_id=event_id, correlation=fields.get("correlation"))
        except WeftError as error:
            self._failed[number] = Refusal(code=error.code, message=error.message)
