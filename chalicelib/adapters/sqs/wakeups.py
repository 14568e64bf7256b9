"""Wake-ups as delayed messages, and fan-outs beside them.

Layer: adapters. A delay reaches 15 minutes; ``WakeUps`` adds the rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.adapters.aws import Aws, translated
from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.sqs import messages
from chalicelib.adapters.wakeups import LONGEST_DELAY
from chalicelib.ports.queues import FanOutMessage, WakeUpMessage
from chalicelib.settings import Settings


class SqsWakeUpQueue:
    """``WakeUpQueue`` for instants at most ``LONGEST_DELAY`` away."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._aws = aws
        self._queue_url = settings.wakeups_queue_url
        self._blobs = blobs

    def send(self, message: WakeUpMessage, *, now: datetime) -> None:
        """Deliver at ``message.at``. Raises ``ValueError`` for an instant out of reach, ``Unavailable``."""
        if message.at - now > LONGEST_DELAY:
            reason = f"{message.at} is further than {LONGEST_DELAY} from {now}: use WakeUps"
            raise ValueError(reason)
        body = messages.encode(messages.WAKE_UP, message, self._blobs)
        with translated(f"sending a wake-up of {message.execution_id}"):
            self._aws.client("sqs").send_message(
                QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=_seconds_up(message.at - now)
            )


class SqsFanOutQueue:
    """``FanOutQueue``: the wake-ups' queue, whose consumer is idle most of the time."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._aws = aws
        self._queue_url = settings.wakeups_queue_url
        self._blobs = blobs

    def send(self, message: FanOutMessage) -> None:
        body = messages.encode(messages.FAN_OUT, message, self._blobs)
        with translated(f"sending a fan-out of {message.event.event_id}"):
            self._aws.client("sqs").send_message(QueueUrl=self._queue_url, MessageBody=body)


def _seconds_up(delay: timedelta) -> int:
    """Whole seconds, rounded up: a wake-up that comes early finds nothing due."""
    return max(0, -(-delay // timedelta(seconds=1)))
