"""Text messages, by SNS. Layer: activities. Sent as transactional: they are about something that waits."""

from __future__ import annotations

from typing import Any

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.aws_errors import calling
from chalicelib.activities.built_in.notify.message import NAME
from chalicelib.ports.notifications import Receipt, TextMessage


def send(message: TextMessage, services: Services) -> Receipt:
    """Give ``{message_id}``. Raises ``ActivityError`` with SNS's own code."""
    attributes = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
    if services.settings.sms_sender_id:
        attributes["AWS.SNS.SMS.SenderID"] = _text(services.settings.sms_sender_id)
    answer = calling(
        NAME,
        "recipients",
        lambda: services.client("sns").publish(
            PhoneNumber=message.number, Message=message.text, MessageAttributes=attributes
        ),
    )
    return {"message_id": answer["MessageId"]}


def _text(value: str) -> dict[str, Any]:
    return {"DataType": "String", "StringValue": value}
