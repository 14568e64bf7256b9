"""Behind ``decider``: a batch of commands from the FIFO queue. Layer: events."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap, observability
from chalicelib.events.batches import deliveries, failures


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Decide the batch. Of an execution that failed, every command after the failure is returned too."""
    engine = bootstrap.engine()
    with observability.invocation(context):
        read, unreadable = deliveries(event["Records"], bootstrap.decoders().command)
        return failures([*unreadable, *engine.advance.handle(read)])
