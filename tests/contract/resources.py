"""Tables, queues and bucket for a test, made from the very files that production is deployed from. Layer: tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chalicelib.adapters.aws import Aws

INFRA = Path(__file__).resolve().parents[2] / "infra"
PREFIX = "weft-${Stage}-"
OF_TABLE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
OF_QUEUE = ("FifoQueue", "DeduplicationScope", "FifoThroughputLimit", "VisibilityTimeout", "MessageRetentionPeriod")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, which are read as what they are applied to."""


def _untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else None


_Loader.add_multi_constructor("!", _untagged)


@cache
def declared(kind: str) -> dict[str, dict[str, Any]]:
    """Properties of the resources of one type, by logical id."""
    found: dict[str, dict[str, Any]] = {}
    for file in INFRA.glob("*.yaml"):
        resources = yaml.load(file.read_text(encoding="utf-8"), _Loader).get("Resources") or {}
        found |= {name: each["Properties"] for name, each in resources.items() if each.get("Type") == kind}
    return found


def table(name: str) -> dict[str, Any]:
    """The declaration of a table, by the last part of its name."""
    tables = declared("AWS::DynamoDB::Table").values()
    (found,) = [each for each in tables if each["TableName"] == PREFIX + name]
    return found


def make_table(client: Any, name: str, table_name: str) -> None:
    """Make the table that is declared as ``name``, under the name ``table_name``."""
    declaration = table(name)
    client.create_table(TableName=table_name, **{key: declaration[key] for key in OF_TABLE if key in declaration})


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
