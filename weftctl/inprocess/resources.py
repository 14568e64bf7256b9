"""The queues of the stack in this process, and the settings that name everything in it."""

from __future__ import annotations

from typing import Any, Final

from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.ports.system import Clock
from weftctl.inprocess.declared import PREFIX, declared
from weftctl.inprocess.sqs import Queue

TABLES: Final = ("definitions", "commits", "snapshots", "summaries", "timers", "entries")


def make_queues(clock: Clock) -> dict[str, Queue]:
    """Every declared queue, by the last part of its name."""
    made: dict[str, Queue] = {}
    by_logical_id: dict[str, Queue] = {}
    # Dead-letter queues, which have no redrive policy, must be there before the others refer to them.
    for logical_id, each in sorted(declared("AWS::SQS::Queue").items(), key=lambda item: "RedrivePolicy" in item[1]):
        redrive = each.get("RedrivePolicy", {})
        queue = Queue(
            each["QueueName"].replace("${Stage}", "local"),
            clock,
            visibility_seconds=each["VisibilityTimeout"],
            max_receives=redrive.get("maxReceiveCount", 0),
            dead=by_logical_id.get(redrive.get("deadLetterTargetArn", "").removesuffix(".Arn")),
        )
        by_logical_id[logical_id] = made[each["QueueName"].removeprefix(PREFIX)] = queue
    return made


def names(queues: dict[str, Queue]) -> dict[str, Any]:
    """Fields of ``Settings`` that name the queues, tables, bucket and bus."""
    addresses = {
        "commands_queue_url": "commands.fifo",
        "wakeups_queue_url": "wakeups",
        "commands_dlq_url": "commands-dlq.fifo",
        "tasks_dlq_url": "tasks-dlq",
        **{f"tasks_{priority}_queue_url": f"tasks-{priority}" for priority in PRIORITIES},
    }
    return {
        **{field: queues[name].url for field, name in addresses.items()},
        **{f"{name}_table": f"weft-local-{name}" for name in TABLES},
        "payloads_bucket": "weft-local-payloads",
        "event_bus": "weft-local",
    }
