"""The billing meter: a layer around every AWS request of the in-process stack.

It counts what requests and answers show, attempt by attempt. Two things nobody here sends are modelled from the
invocations, and marked so: the receives and deletes of Lambda's event sources (``Usage.standard_polls`` and
``fifo_polls``), and how long a function runs (``DurationModel``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Final

import msgspec
from botocore.awsrequest import AWSResponse
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from bench.costs.capacity import Schema, Units, read_one, read_together, refused, written
from bench.costs.sizes import Item
from bench.costs.usage import Usage
from weftctl.inprocess import Call, InProcessStack, Invocation, Send
from weftctl.inprocess.declared import PREFIX, declared

CHUNK_BYTES: Final = 64 * 1024
"""SQS and EventBridge bill one request, or event, for each chunk of this size."""
GIGABYTE: Final = 1024**3
FRAME_BYTES: Final = 32 * 1024
"""A message to a viewer is billed as one for each chunk of this size."""
WAIT_SECONDS: Final = {
    "dynamodb": 0.005,
    "sqs": 0.010,
    "eventbridge": 0.015,
    "s3": 0.025,
    "apigatewaymanagementapi": 0.010,
}
"""What a call waits for, by service."""


class DurationModel(msgspec.Struct, frozen=True, kw_only=True):
    """How long a function runs: its processor time here, stretched to its share of a core, and a wait for each call.

    Lambda gives a core for each 1,769 MB. The waits are what the services take within a region when they are warm.
    """

    memory_megabytes: int = 256
    core_megabytes: int = 1769
    wait_seconds: Mapping[str, float] = msgspec.field(default_factory=lambda: dict(WAIT_SECONDS))
    log_bytes: int = 400
    """Lambda's own lines of an invocation, START, END and REPORT, with what CloudWatch adds to each."""

    def gb_seconds(self, processor_seconds: float, waited_seconds: float) -> float:
        """Gigabyte-seconds of one invocation."""
        seconds = processor_seconds * self.core_megabytes / self.memory_megabytes + waited_seconds
        return seconds * self.memory_megabytes / 1024


class Meter:
    """Counts requests by service. ``usage`` is the sum so far, without what is modelled."""

    def __init__(self, model: DurationModel | None = None) -> None:
        self.model = model or DurationModel()
        self.usage = Usage()
        self.processor_seconds_outside = 0.0
        """Processor time spent in answering requests, which AWS would do."""
        self._waited_seconds = 0.0
        self._schemas = _declared_schemas()
        self._counting: dict[str, Callable[[Call, Send], AWSResponse]] = {
            "dynamodb": self._dynamodb,
            "sqs": self._sqs,
            "eventbridge": self._events,
            "s3": self._s3,
            "apigatewaymanagementapi": self._viewers,
        }

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        """Perform the request and count it. Raises ``KeyError`` for a service that has no rule here."""
        began = time.process_time()
        try:
            return self._counting[call.service](call, send)
        finally:
            self._waited_seconds += self.model.wait_seconds[call.service]
            self.processor_seconds_outside += time.process_time() - began

    @contextmanager
    def invocation(self) -> Iterator[None]:
        """Around one run of a handler: counts the request to Lambda, its duration and its log."""
        began, outside, waited = time.process_time(), self.processor_seconds_outside, self._waited_seconds
        try:
            yield
        finally:
            own = time.process_time() - began - (self.processor_seconds_outside - outside)
            self._add(
                lambda_requests=1,
                gb_seconds=self.model.gb_seconds(max(own, 0.0), self._waited_seconds - waited),
                log_gigabytes=self.model.log_bytes / GIGABYTE,
            )

    def _add(self, **used: float) -> None:
        self.usage += Usage(**used)

    # --- DynamoDB -----------------------------------------------------------------------------------------------------

    def _dynamodb(self, call: Call, send: Send) -> AWSResponse:
        operation = call.operation
        if operation in _READS:
            answered = send()
            if answered.status_code == 200:
                self._add_units(self._read(operation, call.body, json.loads(answered.content)))
            return answered
        writes = list(_writes(operation, call.body))
        before = [deepcopy(self._find(table, request)) for table, request in writes]  # moto changes items in place
        answered = send()
        if answered.status_code == 200 or _is_refusal(answered):
            together = operation == "TransactWriteItems"
            for (table, request), old in zip(writes, before, strict=True):
                if answered.status_code == 200:
                    new = self._find(table, request)
                    self._add_units(written(self._schema(table), old, new, transactional=together))
                else:
                    self._add_units(refused(old, transactional=together))
        return answered

    def _add_units(self, units: Units) -> None:
        self._add(write_units=units.write, read_units=units.read)

    def _read(self, operation: str, body: dict[str, Any], answer: dict[str, Any]) -> Units:
        if operation == "BatchGetItem":
            units = Units()
            for table, request in body["RequestItems"].items():
                consistent = bool(request.get("ConsistentRead"))
                for key in request["Keys"]:
                    units += read_one(find_in_moto(table, key), consistent=consistent)
            return units
        consistent = bool(body.get("ConsistentRead"))
        if operation == "GetItem":
            return read_one(find_in_moto(body["TableName"], body["Key"]), consistent=consistent)
        if body.keys() & {"FilterExpression", "QueryFilter", "ScanFilter"}:
            message = "a filter hides items that are billed: the meter has no rule for it"
            raise ValueError(message)
        items = answer["Items"]
        if body.keys() & {"ProjectionExpression", "AttributesToGet"}:
            schema = self._schema(body["TableName"])
            whole = (find_in_moto(body["TableName"], schema.key_of(item)) for item in items)
            items = [item for item in whole if item is not None]
        return read_together(items, consistent=consistent)

    def _find(self, table: str, request: dict[str, Any]) -> Item | None:
        key = request["Key"] if "Key" in request else self._schema(table).key_of(request["Item"])
        return find_in_moto(table, key)

    def _schema(self, table: str) -> Schema:
        return self._schemas[table.rpartition("-")[2]]

    # --- the others ---------------------------------------------------------------------------------------------------

    def _sqs(self, call: Call, send: Send) -> AWSResponse:
        answered = send()
        bodies = [call.body, *call.body.get("Entries", ())]
        size = sum(len(each.get("MessageBody", "").encode()) for each in bodies)
        kind = "fifo_requests" if call.body["QueueUrl"].endswith(".fifo") else "standard_requests"
        self._add(**{kind: chunks(size)})
        return answered

    def _events(self, call: Call, send: Send) -> AWSResponse:
        self._add(events=sum(chunks(len(entry["Detail"].encode())) for entry in call.body["Entries"]))
        return send()

    def _s3(self, call: Call, send: Send) -> AWSResponse:
        self._add(**{"s3_puts" if call.operation in {"PutObject", "ListObjectsV2"} else "s3_gets": 1})
        return send()

    def _viewers(self, call: Call, send: Send) -> AWSResponse:
        self._add(viewer_messages=-(-len(call.request.body or b"") // FRAME_BYTES))
        return send()


class MeteredStack(InProcessStack):
    """The in-process stack with a meter around its requests and its invocations."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meter = Meter()
        self.layers.insert(0, self.meter)

    def guarded(self, function: str, step: Callable[[], Any]) -> Any:
        """As the stack does it, counted as an invocation of ``function``."""
        if function == "api_handler":
            self.meter.usage += Usage(api_requests=1)
        with self.meter.invocation():
            return super().guarded(function, step)

    def usage(self) -> Usage:
        """Everything used so far, what is modelled too."""
        used = self.meter.usage
        for invocation in self.invocations:
            used += polls(invocation)
        return used


def polls(invocation: Invocation) -> Usage:
    """What the event source of an invocation asks of its queue: a receive, and one delete for the whole batch."""
    if invocation.function == "decider":
        return Usage(fifo_polls=chunks(invocation.body_bytes) + 1)
    if invocation.function == "waker" or invocation.function.startswith("worker_"):
        return Usage(standard_polls=chunks(invocation.body_bytes) + 1)
    return Usage()  # reading a table's stream costs a function nothing, nor does a schedule


def chunks(size_bytes: int) -> int:
    """How many requests a request of this size is billed as."""
    return max(1, -(-size_bytes // CHUNK_BYTES))


def find_in_moto(table: str, key: Mapping[str, Any]) -> Item | None:
    """The item of a table of moto's, beside every layer; None if there is none."""
    found = dynamodb_backends["123456789012"]["us-east-1"].tables[table]
    hash_key = DynamoType(key[found.hash_key_attr])
    range_key = DynamoType(key[found.range_key_attr]) if found.range_key_attr else None
    item = found.get_item(hash_key, range_key)
    attributes: Item | None = None if item is None else item.to_json()["Attributes"]
    return attributes


_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})


def _writes(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and request of every item that a request writes."""
    if operation == "TransactWriteItems":
        for each in body["TransactItems"]:
            (request,) = each.values()
            yield request["TableName"], request
    else:
        yield body["TableName"], body


def _is_refusal(answered: AWSResponse) -> bool:
    refusals = (b"ConditionalCheckFailedException", b"TransactionCanceledException")
    return answered.status_code == 400 and any(each in answered.content for each in refusals)


def _declared_schemas() -> dict[str, Schema]:
    tables = declared("AWS::DynamoDB::Table").values()
    return {each["TableName"].removeprefix(PREFIX): Schema.from_declaration(each) for each in tables}
