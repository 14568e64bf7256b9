"""Behind ``waker``: wake-ups whose delay is over. Layer: events."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap, observability
from chalicelib.events.batches import deliveries, failures


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Pass each wake-up on to its execution, and go on with each fan-out."""
    engine = bootstrap.engine()
    with observability.invocation(context):
        read, failed = deliveries(event["Records"], bootstrap.decoders().wake_up)
        for delivery in read:
            try:
                engine.wake.handle(delivery)
            except Exception as error:  # noqa: BLE001 - reported, and the wake-up comes again
                bootstrap.log_error(getattr(delivery.message, "execution_id", ""), error)
                failed.append(delivery.delivery_id)
        return failures(failed)
