"""Wake-ups at any instant, made of two things that reach different distances.

Layer: adapters. A delayed message reaches 15 minutes and is exact to the second; a stored timer reaches any distance
and is moved to the queue by the sweeper when it comes near. Which of the two it is, is decided here and nowhere else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chalicelib.ports.queues import TimerStore, WakeUpMessage, WakeUpQueue

LONGEST_DELAY: Final = timedelta(minutes=15)


class WakeUps:
    """A ``WakeUpQueue`` without a limit, over one whose messages reach ``LONGEST_DELAY``."""

    def __init__(self, near: WakeUpQueue, timers: TimerStore) -> None:
        self._near = near
        self._timers = timers

    def send(self, message: WakeUpMessage, *, now: datetime) -> None:
        """Deliver at ``message.at``. Raises ``Unavailable``."""
        if message.at - now <= LONGEST_DELAY:
            self._near.send(message, now=now)
        else:
            self._timers.set(message.execution_id, message.at)
