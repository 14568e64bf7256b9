"""Behind the five workers: a batch of tasks from one of the task queues. Layer: events."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap, observability
from chalicelib.events.batches import deliveries, failures


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Run the batch."""
    engine = bootstrap.engine()
    with observability.invocation(context):
        read, unreadable = deliveries(event["Records"], bootstrap.decoders().task)
        return failures([*unreadable, *engine.work.handle(read)])
