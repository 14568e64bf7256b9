"""The input of ``notify.send``, and the deliveries it asks for.

Layer: activities. Two forms: one channel with its fields beside the text, or a ``notification`` as definitions have it,
with any number of channels. Everything is checked before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from chalicelib.activities.built_in.fields import read, refuse
from chalicelib.activities.errors import ActivityError
from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.model import Notification, NotificationChannel
from chalicelib.domain.expressions import ExpressionFailure, ExpressionSyntaxError
from chalicelib.domain.expressions.templates import parse_template
from chalicelib.ports.notifications import Delivery, Email, Notice, TextMessage, WebhookCall

NAME: Final = "notify.send"

MOST_DELIVERIES: Final = 100
MOST_EMAIL_RECIPIENTS: Final = 50
"""SES takes no more in one message."""
LONGEST_SUBJECT: Final = 200
LONGEST_TEXT: Final = 100_000
LONGEST_SMS_BYTES: Final = 1_600
"""SNS takes no more in one message. A longer one is cut: people are better told in part than not at all."""

_ADDRESS: Final = r"[^\s@<>()\[\],;:\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
_MAILBOX: Final = re.compile(rf"{_ADDRESS}|[^<>\x00-\x1f]{{1,200}}<{_ADDRESS}>")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class _Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As it stands in the step's input; see ``docs/notifications.md``."""

    notification: Notification | None = None
    channel: Literal["email", "sms", "in_app", "webhook"] | None = None
    recipients: list[str] | str | None = None
    cc: list[str] | str | None = None
    bcc: list[str] | str | None = None
    user_groups: list[str] | str | None = None
    url: str | None = None
    headers: dict[str, str] | None = None
    subject: str | None = None
    text: str | None = None
    template: str | None = None
    data: dict[str, Any] = {}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, and by which ways; ``place`` of the channels is how errors name them."""

    channels: list[NotificationChannel]
    place: str
    subject: str
    text: str
    data: dict[str, Any]


def read_message(input: Any, *, now: datetime) -> Message:
    """The message. Raises ``ActivityError`` (``InvalidInput``) naming the field."""
    asked = read(NAME, input, _Input)
    if (asked.notification is None) == (asked.channel is None):
        refuse(NAME, "channel", "give either a channel with its fields or a notification")
    if asked.notification is None:
        channels, place, template = [_own_channel(asked)], "", asked.template
    else:
        _refuse_stray(asked)
        channels, place = asked.notification.channels, "notification.channels[{}]."
        template = asked.notification.template or asked.template
    text = _text_of(asked, template, now)
    return Message(channels=channels, place=place, subject=_subject_of(asked, text), text=text, data=asked.data)


def deliveries_of(message: Message) -> list[Delivery]:
    """Every delivery of a message. Raises ``ActivityError`` (``InvalidInput``) naming the field."""
    found: list[Delivery] = []
    for index, channel in enumerate(message.channels):
        found += _SPLIT[channel.type](channel, message, message.place.format(index))
    if len(found) > MOST_DELIVERIES:
        refuse(NAME, None, f"{len(found)} deliveries; at most {MOST_DELIVERIES} are made for one message")
    return found


def _own_channel(asked: _Input) -> NotificationChannel:
    assert asked.channel is not None  # noqa: S101  # the caller has looked
    return NotificationChannel(
        type=asked.channel,
        recipients=_listed(asked.recipients),
        cc=_listed(asked.cc),
        bcc=_listed(asked.bcc),
        user_groups=_listed(asked.user_groups),
        url=asked.url,
        headers=asked.headers,
    )


def _refuse_stray(asked: _Input) -> None:
    for field in ("recipients", "cc", "bcc", "user_groups", "url", "headers"):
        if getattr(asked, field) is not None:
            refuse(NAME, field, "it belongs into a channel of the notification")


def _listed(value: list[str] | str | None) -> list[str] | None:
    return [value] if isinstance(value, str) else value


# --- what is said -----------------------------------------------------------------------------------------------------


def _text_of(asked: _Input, template: str | None, now: datetime) -> str:
    text = asked.text if asked.text is not None else "\n".join(_lines(asked.data))
    if template is not None:
        text = _rendered(template, {**asked.data, "subject": asked.subject, "text": text}, now)
    if not text.strip():
        refuse(NAME, "text", "there is nothing to say: give a text, a template or data")
    if len(text) > LONGEST_TEXT:
        refuse(NAME, "text", f"{len(text):,} characters; at most {LONGEST_TEXT:,} are sent")
    return text


def _lines(data: dict[str, Any]) -> Iterator[str]:
    for name, value in data.items():
        if value is not None:
            yield f"{name}: {value if isinstance(value, str) else jsonvalue.dumps(value).decode()}"


def _rendered(template: str, data: dict[str, Any], now: datetime) -> str:
    try:
        return parse_template(template).render(data, now=now)
    except ExpressionSyntaxError as error:
        refuse(NAME, "template", f"{error.message}, at position {error.position}")
    except ExpressionFailure as error:
        message = f"{NAME}: the template: {error}"
        raise ActivityError("ExpressionError", message, retryable=False, details={"field": "template"}) from error


def _subject_of(asked: _Input, text: str) -> str:
    """One line: a subject with a line break in it could forge further headers."""
    given = asked.subject if asked.subject is not None and asked.subject.strip() else text.strip().splitlines()[0]
    line = " ".join(given.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


# --- by which ways ----------------------------------------------------------------------------------------------------


def _email(channel: NotificationChannel, message: Message, place: str) -> Iterator[Delivery]:
    to = _checked(channel.recipients, f"{place}recipients", _MAILBOX, "an e-mail address")
    cc = _checked(channel.cc or (), f"{place}cc", _MAILBOX, "an e-mail address", required=False)
    bcc = _checked(channel.bcc or (), f"{place}bcc", _MAILBOX, "an e-mail address", required=False)
    number = len(to) + len(cc) + len(bcc)
    if number > MOST_EMAIL_RECIPIENTS:
        refuse(NAME, f"{place}recipients", f"{number} addresses; one e-mail goes to at most {MOST_EMAIL_RECIPIENTS}")
    yield Email(to=to, cc=cc, bcc=bcc, subject=message.subject, text=message.text)


def _sms(channel: NotificationChannel, message: Message, place: str) -> Iterator[Delivery]:
    text = _cut(message.text, LONGEST_SMS_BYTES)
    for number in _checked(channel.recipients, f"{place}recipients", _NUMBER, "a number such as +4915112345678"):
        yield TextMessage(number=number, text=text)


def _in_app(channel: NotificationChannel, message: Message, place: str) -> Iterator[Delivery]:
    for group in _checked(channel.user_groups, f"{place}user_groups", re.compile(r"\S(?:.{0,126}\S)?"), "a group"):
        yield Notice(group=group, subject=message.subject, text=message.text, data=message.data)


def _webhook(channel: NotificationChannel, message: Message, place: str) -> Iterator[Delivery]:
    if not channel.url:
        refuse(NAME, f"{place}url", "it is missing")
    content = {"subject": message.subject, "text": message.text, "data": message.data}
    yield WebhookCall(url=channel.url, headers=channel.headers or {}, content=content)


_SPLIT: Final = {"email": _email, "sms": _sms, "in_app": _in_app, "webhook": _webhook}


def _checked(
    given: Iterable[str] | None, field: str, pattern: re.Pattern[str], what: str, *, required: bool = True
) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.strip() for text in given or ()))
    if required and not found:
        refuse(NAME, field, "it is missing or empty")
    for text in found:
        if pattern.fullmatch(text) is None:
            refuse(NAME, field, f"{text[:100]!r} is not {what}")
    return found


def _cut(text: str, most_bytes: int) -> str:
    raw = text.encode()
    if len(raw) <= most_bytes:
        return text
    mark = "…"
    return raw[: most_bytes - len(mark.encode())].decode(errors="ignore") + mark
