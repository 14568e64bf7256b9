"""The activity ``notify.send``.

Layer: activities. Each delivery is made once: what has been sent is recorded under the idempotency key, and a repeated
attempt sends the rest. A crash between sending and recording sends that one delivery twice, under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.notify.message import NAME, deliveries_of, read_message
from chalicelib.activities.built_in.notify.senders import Senders
from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityError
from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError
from chalicelib.ports.notifications import Delivery, Notifier, PostOffice, Receipt, Sending

T = TypeVar("T")


def run(input: Any, context: ActivityContext, services: Services) -> dict[str, Any]:
    """Give ``{sent: [{channel, target, …what names it there}]}``.

    Raises ``ActivityError``: ``InvalidInput`` for what cannot be sent, before anything is; else, when every delivery
    has been attempted and some failed, the error of one that failed (retryable if one of them is), with
    ``details`` ``{sent, failed: [{channel, target, code, message, retryable}]}``.
    """
    now = context.now()
    deliveries = deliveries_of(read_message(input, now=now))
    office = services.post_office
    if office is None:
        message = f"{NAME}: nothing here keeps or sends messages."
        raise ActivityError("NotConfigured", message, retryable=False)
    return _Round(context, office, office.notifier or Senders(services, office.board)).send(deliveries, now)


def delivery_id(delivery: Delivery) -> str:
    """The name of a delivery within its message: the same for the same channel and target."""
    return hashlib.sha256(jsonvalue.canonical([delivery.channel, delivery.target])).hexdigest()[:16]


class _Round:
    """One attempt at the deliveries of a message."""

    def __init__(self, context: ActivityContext, office: PostOffice, notifier: Notifier) -> None:
        self._context = context
        self._log = office.log
        self._notifier = notifier
        self._failures: list[tuple[Delivery, WeftError]] = []
        self._sent: list[dict[str, Any]] = []

    def send(self, deliveries: list[Delivery], now: datetime) -> dict[str, Any]:
        message = self._context.idempotency_key
        first_at = _stored(lambda: self._log.begin(message, now=now))
        done = _stored(lambda: self._log.done(message))
        by_id = {delivery_id(delivery): delivery for delivery in deliveries}
        for name, delivery in by_id.items():
            receipt = done.get(name) or self._attempt(name, delivery, first_at)
            if receipt is not None:
                self._sent.append({"channel": delivery.channel, "target": delivery.target, **receipt})
        if self._failures:
            raise _failure(self._failures, self._sent)
        return {"sent": self._sent}

    def _attempt(self, name: str, delivery: Delivery, first_at: datetime) -> Receipt | None:
        context = self._context
        sending = Sending(
            key=f"{context.idempotency_key}:{name}",
            delivery_id=name,
            execution_id=context.execution_id,
            step_id=context.step_id,
            first_at=first_at,
            now=context.now(),
            seconds=context.remaining_seconds(),
        )
        try:
            receipt = self._notifier.send(delivery, sending)
        except WeftError as error:
            self._failures.append((delivery, error))
            return None
        _stored(lambda: self._log.record(context.idempotency_key, name, receipt, now=sending.now))
        return receipt


def _stored(call: Callable[[], T]) -> T:
    try:
        return call()
    except WeftError as error:
        message = f"{NAME}: what has been sent cannot be looked up or noted: {error}"
        raise ActivityError(error.code, message, retryable=error.retryable) from error


def _failure(failures: list[tuple[Delivery, WeftError]], sent: list[dict[str, Any]]) -> ActivityError:
    """One error for all: that of the first failure that may pass, else that of the first."""
    told = next((error for _, error in failures if error.retryable is not False), failures[0][1])
    failed = [
        {
            "channel": delivery.channel,
            "target": delivery.target,
            "code": error.code,
            "message": error.message,
            "retryable": error.retryable,
        }
        for delivery, error in failures
    ]
    more = f" ({len(failures)} of {len(failures) + len(sent)} deliveries failed)" if len(failures) > 1 or sent else ""
    return ActivityError(
        told.code, f"{told.message}{more}", retryable=told.retryable, details={"sent": sent, "failed": failed}
    )
