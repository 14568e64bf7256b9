"""E-mail, by SES. Layer: activities. Plain text in UTF-8, from the one address of the settings."""

from __future__ import annotations

from typing import Any

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.aws_errors import calling
from chalicelib.activities.built_in.notify.configuration import required
from chalicelib.activities.built_in.notify.message import NAME
from chalicelib.ports.notifications import Email, Receipt


def send(mail: Email, services: Services) -> Receipt:
    """Give ``{message_id}``. Raises ``ActivityError``: ``NotConfigured``, or SES's own code."""
    sender = required(services.settings.email_sender, "WEFT_EMAIL_SENDER", "the address that e-mails come from")
    destination = {"ToAddresses": list(mail.to), "CcAddresses": list(mail.cc), "BccAddresses": list(mail.bcc)}
    content = {"Subject": _utf8(mail.subject), "Body": {"Text": _utf8(mail.text)}}
    answer = calling(
        NAME,
        "recipients",
        lambda: services.client("sesv2").send_email(
            FromEmailAddress=sender,
            Destination={kind: addresses for kind, addresses in destination.items() if addresses},
            Content={"Simple": content},
        ),
    )
    return {"message_id": answer["MessageId"]}


def _utf8(text: str) -> dict[str, Any]:
    return {"Data": text, "Charset": "UTF-8"}
