"""Tables, queues and bucket for a test, made from the very files that production is deployed from. Layer: tests."""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.aws import Aws
from weftctl.inprocess.declared import PREFIX, declared, make_table, table

__all__ = ["PREFIX", "declared", "make_listened_bus", "make_queues", "make_table", "table"]

OF_QUEUE = ("FifoQueue", "DeduplicationScope", "FifoThroughputLimit", "VisibilityTimeout", "MessageRetentionPeriod")


def make_queues(client: Any, suffix: str) -> dict[str, str]:
    """Make every queue; gives their addresses by the last part of the declared name, without `.fifo`."""
    queues = declared("AWS::SQS::Queue")
    addresses: dict[str, str] = {}
    # Dead-letter queues have no redrive policy of their own, and must be there before the others refer to them.
    for logical, declaration in sorted(queues.items(), key=lambda item: "RedrivePolicy" in item[1]):
        name = declaration["QueueName"].removeprefix(PREFIX)
        base, dot, fifo = name.partition(".")
        attributes = {key: _text(declaration[key]) for key in OF_QUEUE if key in declaration}
        if "RedrivePolicy" in declaration:
            target = declaration["RedrivePolicy"]["deadLetterTargetArn"].removesuffix(".Arn")
            arn = _arn(client, addresses[target])
            most = declaration["RedrivePolicy"]["maxReceiveCount"]
            attributes["RedrivePolicy"] = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": {most}}}'
        answer = client.create_queue(QueueName=f"{base}-{suffix}{dot}{fifo}", Attributes=attributes)
        addresses[logical] = addresses[base] = answer["QueueUrl"]
    return addresses


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _arn(client: Any, address: str) -> str:
    answer = client.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def make_listened_bus(aws: Aws, name: str) -> str:
    """Make a bus, and a queue that gets everything of ours on it; gives the queue's address."""
    sqs, events = aws.client("sqs"), aws.client("events")
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.create_event_bus(Name=name)
    events.put_rule(Name=name, EventBusName=name, EventPattern='{"source": ["weft"]}')
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": _arn(sqs, url)}])
    return url
