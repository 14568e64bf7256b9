"""Telling people: what is sent, by whom, and where it is kept. Layer: ports.

A message is split into deliveries, each of which is sent by itself and has a name of its own (``delivery_id``), the
same whenever the same is asked for: what a crash or a failure of another delivery repeats is told apart by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol

import msgspec

Receipt = dict[str, Any]


class Email(msgspec.Struct, frozen=True, kw_only=True):
    """One message to everybody in ``to``, ``cc`` and ``bcc``."""

    channel: ClassVar[str] = "email"

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str
    text: str

    @property
    def target(self) -> Any:
        """Whom it goes to, as JSON."""
        return {"to": list(self.to), "cc": list(self.cc), "bcc": list(self.bcc)}


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One text message to one ``number``."""

    channel: ClassVar[str] = "sms"

    number: str
    text: str

    @property
    def target(self) -> Any:
        """Whom it goes to, as JSON."""
        return self.number


class WebhookCall(msgspec.Struct, frozen=True, kw_only=True):
    """One POST of ``content`` to ``url``, with ``headers`` beside our own."""

    channel: ClassVar[str] = "webhook"

    url: str
    headers: Mapping[str, str] = {}
    content: dict[str, Any]

    @property
    def target(self) -> Any:
        """Where it goes, as JSON."""
        return self.url


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One entry for the members of ``group`` to read here."""

    channel: ClassVar[str] = "in_app"

    group: str
    subject: str
    text: str
    data: dict[str, Any] = {}

    @property
    def target(self) -> Any:
        """Who may read it, as JSON."""
        return self.group


Delivery = Email | TextMessage | WebhookCall | Notice


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """Around one delivery: ``key`` is the same for every attempt at it, ``seconds`` is how long it may take.

    ``key`` is made of what asks for the message and of ``delivery_id``. ``first_at`` (aware UTC) is when the message
    was first attempted, ``now`` when it is now.
    """

    key: str
    delivery_id: str
    execution_id: str
    step_id: str
    first_at: datetime
    now: datetime
    seconds: float | None = None


class Notifier(Protocol):
    """Sends."""

    def send(self, delivery: Delivery, sending: Sending) -> Receipt:
        """Send, and give what names it at the receiving side, as JSON.

        Raises ``WeftError`` with a code and whether to try again. Sending may happen twice if the outcome was lost.
        """


class SentLog(Protocol):
    """Which deliveries of a message are done. ``message`` is the key of what asks for it."""

    def begin(self, message: str, *, now: datetime) -> datetime:
        """Note that the message is attempted; gives when it was first."""

    def done(self, message: str) -> dict[str, Receipt]:
        """The receipts of what has been sent, by delivery id."""

    def record(self, message: str, delivery_id: str, receipt: Receipt, *, now: datetime) -> None:
        """The delivery has been sent."""


class NoticeBoard(Protocol):
    """Keeps notices for the members of their groups."""

    def post(self, notice: Notice, *, id: str, at: datetime, execution_id: str, step_id: str) -> None:
        """Keep ``notice``; one of the same group, id and time is kept once, and stays as read as it is."""


class PostOffice(msgspec.Struct, frozen=True, kw_only=True):
    """What sending needs. Without a ``notifier``, messages really leave: by e-mail, text message and HTTP."""

    log: SentLog
    board: NoticeBoard
    notifier: Notifier | None = None
