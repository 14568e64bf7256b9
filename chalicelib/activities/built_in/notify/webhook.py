"""Webhooks: a signed POST of JSON.

Layer: activities. The signature is over the time and the body, so neither can be changed and an old request cannot be
played again later. A receiver takes ``X-Weft-Timestamp``, a dot and the body as it came, computes HMAC-SHA256 with
the shared secret, compares it in constant time with what follows ``v1=`` in ``X-Weft-Signature``, and refuses a time
that is more than some minutes off. ``Idempotency-Key`` is the same whenever the same delivery is attempted again.

Where it may go is decided as for ``http.request``. Redirects are not followed: a POST does not survive most of them,
and what is signed for one receiver is not for another.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any, Final

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.http.activity import fetch
from chalicelib.activities.built_in.http.exchange import NAME as HTTP
from chalicelib.activities.built_in.http.exchange import Network
from chalicelib.activities.built_in.http.request import read_request
from chalicelib.activities.built_in.notify.configuration import required
from chalicelib.activities.built_in.notify.message import NAME
from chalicelib.activities.errors import ActivityError
from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.recorder import timestamp
from chalicelib.ports.notifications import Receipt, Sending, WebhookCall

TIMESTAMP: Final = "x-weft-timestamp"
SIGNATURE: Final = "x-weft-signature"
_OURS: Final = frozenset({TIMESTAMP, SIGNATURE, "idempotency-key", "content-type"})


def send(call: WebhookCall, sending: Sending, services: Services, *, network: Network | None = None) -> Receipt:
    """Give ``{status}``. Raises ``ActivityError``: ``NotConfigured``, or as ``http.request`` does."""
    secret = required(services.settings.webhook_secret, "WEFT_WEBHOOK_SECRET", "the secret that signs webhooks")
    stray = sorted(name for name in call.headers if name.lower() in _OURS)
    if stray:
        message = f"{NAME}: the header {stray[0]!r} is ours to set"
        raise ActivityError("InvalidInput", message, retryable=False, details={"field": "headers"})
    body = jsonvalue.dumps(content_of(call, sending)).decode()
    asked: dict[str, Any] = {
        "url": call.url,
        "method": "POST",
        "headers": {**call.headers, **signature_of(body, secret, sending.now), "content-type": "application/json"},
        "body": body,
        "max_redirects": 0,
    }
    try:
        return {"status": fetch(*read_request(asked, sending.key), sending.seconds, services, network=network).status}
    except ActivityError as error:
        message = error.message.replace(f"{HTTP}:", f"{NAME}: webhook:", 1)
        raise ActivityError(error.code, message, retryable=error.retryable, details=error.details) from error


def content_of(call: WebhookCall, sending: Sending) -> dict[str, Any]:
    """The body: the same for every attempt at one delivery."""
    return {
        "id": sending.key,
        "created_at": timestamp(sending.first_at),
        "execution_id": sending.execution_id,
        "step_id": sending.step_id,
        **call.content,
    }


def signature_of(body: str, secret: str, now: datetime) -> dict[str, str]:
    """The two headers that prove where ``body`` comes from."""
    seconds = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
    return {TIMESTAMP: seconds, SIGNATURE: f"v1={digest}"}
