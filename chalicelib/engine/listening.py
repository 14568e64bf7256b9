"""Performing ``Listen`` and ``Unlisten``: an execution begins, or ceases, to wait for events.

Layer: engine. The counterpart of publishing. Each side writes its own entry first and then looks for the other's:

    publishing                              waiting
    1. write the event                      1. write who waits
    2. read who waits, tell each            2. read the events since the execution began, tell it of each

Reads are consistent, so whichever second step is the later one sees the other's first. Both may tell: the execution
takes an event once, by its id.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.domain.execution.arrivals_fold import is_news
from chalicelib.domain.execution.effects import Listen, Unlisten
from chalicelib.domain.execution.state import State
from chalicelib.engine.event_index import EventIndex
from chalicelib.engine.fan_out import tell
from chalicelib.ports.queues import CommandQueue

_HANDLER = "handler:"


class Listening:
    """Performs the two effects; ``performed`` has them by type.

    ``expires_at`` gives the end of what is stored of an execution that was made at an instant.
    """

    def __init__(
        self, index: EventIndex, commands: CommandQueue, expires_at: Callable[[datetime], datetime | None]
    ) -> None:
        self._index = index
        self._commands = commands
        self._expires_at = expires_at
        self.performed: dict[type, Callable[[State, Any], None]] = {Listen: self.listen, Unlisten: self.unlisten}

    def listen(self, state: State, effect: Listen) -> None:
        """Enter the listener, and tell its execution of events that were published before.

        A handler wants every one; a waiting run one that its execution has not taken yet, the oldest.
        """
        self._index.add_waiter(
            state.execution_id,
            effect.listener,
            effect.event_name,
            effect.correlation,
            expires_at=self._expires_at(effect.since),
        )
        for event in self._index.kept(effect.event_name, effect.correlation, effect.since):
            if not is_news(state, effect.listener, event.event_id):
                continue
            # The queue drops repeats for five minutes, also of an event that nobody wanted when it came first: so the
            # commit from which on somebody does is part of the name.
            tell(self._commands, state.execution_id, event, cause=f"{effect.listener}@{state.commit}")
            if not effect.listener.startswith(_HANDLER):
                return

    def unlisten(self, state: State, effect: Unlisten) -> None:
        """Take the listener out again."""
        self._index.remove_waiter(state.execution_id, effect.listener, effect.event_name, effect.correlation)
