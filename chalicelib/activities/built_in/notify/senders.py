"""The notifier that really sends: one function a channel.

Layer: activities; implements ``ports.notifications.Notifier``. Each call is made once: repeating is the caller's
business, who knows what has been sent.
"""

from __future__ import annotations

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.notify import mail, phone, webhook
from chalicelib.ports.notifications import Delivery, Email, Notice, NoticeBoard, Receipt, Sending, TextMessage


class Senders:
    """Sends by SES, SNS and HTTP, and posts to ``board``."""

    def __init__(self, services: Services, board: NoticeBoard) -> None:
        self._services = services
        self._board = board

    def send(self, delivery: Delivery, sending: Sending) -> Receipt:
        if isinstance(delivery, Email):
            return mail.send(delivery, self._services)
        if isinstance(delivery, TextMessage):
            return phone.send(delivery, self._services)
        if isinstance(delivery, Notice):
            self._board.post(
                delivery,
                id=sending.key,
                at=sending.first_at,
                execution_id=sending.execution_id,
                step_id=sending.step_id,
            )
            return {"posted": True}
        return webhook.send(delivery, sending, self._services)
