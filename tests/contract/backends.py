"""Every port, as one technology offers it, empty at the start of a test. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol, TypeVar

import msgspec

from chalicelib.adapters import dynamodb, memory, sqs
from chalicelib.adapters.aws import Aws
from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.event_bridge import EventBridgeBus
from chalicelib.adapters.s3 import S3Blobs
from chalicelib.adapters.system import SystemClock
from chalicelib.adapters.wakeups import WakeUps
from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.definitions import DefinitionStore
from chalicelib.ports.entries import Entries
from chalicelib.ports.event_bus import EventBus, OutgoingEvent
from chalicelib.ports.executions import ExecutionStore, SummaryStore
from chalicelib.ports.queues import (
    CommandMessage,
    CommandQueue,
    DeadLetterQueue,
    FanOutQueue,
    QueueDepths,
    TaskQueue,
    TimerStore,
    WakerMessage,
    WakeUpQueue,
)
from chalicelib.settings import Settings
from tests.contract import resources
from tests.contract.consumers import Consumer, MemoryConsumer, SqsConsumer

T = TypeVar("T")

START = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)


class Backend(Protocol):
    """Ports, and the receiving ends of the queues. Stores of one test share their data, as processes do."""

    def now(self) -> datetime: ...

    def blobs(self) -> Blobs: ...

    def executions(self) -> ExecutionStore: ...

    def summaries(self) -> SummaryStore: ...

    def definitions(self) -> DefinitionStore: ...

    def timers(self) -> TimerStore: ...

    def entries(self) -> Entries: ...

    def later(self, seconds: float) -> None:
        """Let ``entries`` believe that this much time has gone by."""

    def depths(self) -> QueueDepths: ...

    def commands(self) -> CommandQueue: ...

    def command_consumer(self) -> Consumer[CommandMessage]: ...

    def dead_commands(self) -> DeadLetterQueue[CommandMessage]: ...

    def tasks(self) -> TaskQueue: ...

    def task_consumer(self, priority: str) -> Consumer[Task]: ...

    def dead_tasks(self) -> DeadLetterQueue[Task | WakerMessage]: ...

    def wake_ups(self) -> WakeUpQueue: ...

    def fan_outs(self) -> FanOutQueue: ...

    def wake_up_consumer(self) -> Consumer[WakerMessage]: ...

    def bus(self) -> EventBus: ...

    def heard(self, count: int) -> list[OutgoingEvent]:
        """The first ``count`` events that a listener on the bus gets, in any order."""


class MemoryBackend:
    """The adapters in memory, under a clock that stands still."""

    def __init__(self) -> None:
        self.clock = memory.VirtualClock(START)
        self._blobs = memory.MemoryBlobs()
        self._executions = memory.MemoryExecutionStore()
        self._summaries = memory.MemorySummaryStore()
        self._definitions = memory.MemoryDefinitionStore()
        self._timers = memory.MemoryTimerStore()
        self._entries = memory.MemoryEntries(self.clock)
        self._bus = memory.MemoryEventBus()
        self._commands = memory.MemoryCommandQueue()
        self._dead_tasks = memory.MemoryDeadLetterQueue[Task | WakerMessage]()
        self._tasks = memory.MemoryTaskQueue(self._dead_tasks, clock=self.clock)
        self._wake_ups = memory.MemoryWakeUpQueue(self._dead_tasks)

    def now(self) -> datetime:
        return self.clock.now()

    def blobs(self) -> Blobs:
        return self._blobs

    def executions(self) -> ExecutionStore:
        return self._executions

    def summaries(self) -> SummaryStore:
        return self._summaries

    def definitions(self) -> DefinitionStore:
        return self._definitions

    def timers(self) -> TimerStore:
        return self._timers

    def entries(self) -> Entries:
        return self._entries

    def later(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))

    def depths(self) -> QueueDepths:
        return memory.MemoryQueueDepths(self._commands, self._tasks, self._wake_ups, self._dead_tasks, self.clock)

    def commands(self) -> CommandQueue:
        return self._commands

    def command_consumer(self) -> Consumer[CommandMessage]:
        return MemoryConsumer(self._commands, self.clock)

    def dead_commands(self) -> DeadLetterQueue[CommandMessage]:
        return self._commands.dead_letters

    def tasks(self) -> TaskQueue:
        return self._tasks

    def task_consumer(self, priority: str) -> Consumer[Task]:
        return MemoryConsumer(_OnePriority(self._tasks, priority), self.clock)

    def dead_tasks(self) -> DeadLetterQueue[Task | WakerMessage]:
        return self._dead_tasks

    def wake_ups(self) -> WakeUpQueue:
        return self._wake_ups

    def fan_outs(self) -> FanOutQueue:
        return memory.MemoryFanOutQueue(self._wake_ups)

    def bus(self) -> EventBus:
        return self._bus

    def heard(self, count: int) -> list[OutgoingEvent]:
        return self._bus.sent[:count]

    def wake_up_consumer(self) -> Consumer[WakerMessage]:
        return MemoryConsumer(self._wake_ups, self.clock)


class _OnePriority:
    """The receiving end of one of the five task queues."""

    def __init__(self, queue: memory.MemoryTaskQueue, priority: str) -> None:
        self._queue = queue
        self._priority = priority
        self.acknowledge = queue.acknowledge

    def receive(self, limit: int, *, now: datetime) -> Any:
        return self._queue.receive(limit, now=now, priority=self._priority)

    def release(self, delivery_id: str) -> None:
        self._queue.release(delivery_id)


class AwsBackend:
    """The adapters for AWS, over resources that are made when a port is first asked for.

    Every call of a port gives a new adapter, so nothing a process remembers is shared between two of them.
    """

    def __init__(self, aws: Aws, settings: Settings, suffix: str) -> None:
        self.aws = aws
        self.suffix = suffix
        self._settings = msgspec.structs.replace(
            settings,
            payloads_bucket=f"payloads-{suffix}",
            **{f"{name}_table": f"{name}-{suffix}" for name in TABLES},
        )
        self._made: set[str] = set()
        self._entries_clock = memory.VirtualClock(SystemClock().now())

    def settings(self, *tables: str) -> Settings:
        """Settings whose ``tables``, and bucket, are there."""
        for name in tables:
            if name not in self._made:
                resources.make_table(self.aws.client("dynamodb"), name, f"{name}-{self.suffix}")
                self._made.add(name)
        if "bucket" not in self._made:
            self.aws.client("s3").create_bucket(Bucket=self._settings.payloads_bucket)
            self._made.add("bucket")
        return self._settings

    @cached_property
    def queue_settings(self) -> Settings:
        """Settings whose queues are there."""
        addresses = resources.make_queues(self.aws.client("sqs"), self.suffix)
        urls = {f"{name.replace('-', '_')}_{'url' if name.endswith('dlq') else 'queue_url'}": url
                for name, url in addresses.items() if name.islower()}  # fmt: skip
        return msgspec.structs.replace(self.settings(), **urls)

    def now(self) -> datetime:
        return SystemClock().now()

    def blobs(self) -> Blobs:
        return S3Blobs(self.aws, self.settings())

    def executions(self) -> ExecutionStore:
        return dynamodb.DynamoExecutionStore(self.aws, self.settings("commits", "snapshots"), self.blobs())

    def summaries(self) -> SummaryStore:
        return dynamodb.DynamoSummaryStore(self.aws, self.settings("summaries"), self.blobs())

    def definitions(self) -> DefinitionStore:
        return dynamodb.DynamoDefinitionStore(self.aws, self.settings("definitions"), self.blobs())

    def timers(self) -> TimerStore:
        return dynamodb.DynamoTimerStore(self.aws, self.settings("timers"))

    def entries(self) -> Entries:
        return dynamodb.DynamoEntries(self.aws, self.settings("entries"), self.blobs(), self._entries_clock)

    def later(self, seconds: float) -> None:
        self._entries_clock.advance_to(self._entries_clock.now() + timedelta(seconds=seconds))

    def depths(self) -> QueueDepths:
        return sqs.SqsQueueDepths(self.aws, self.queue_settings)

    def commands(self) -> CommandQueue:
        return sqs.SqsCommandQueue(self.aws, self.queue_settings, self.blobs())

    def command_consumer(self) -> Consumer[CommandMessage]:
        return self._consumer(self.queue_settings.commands_queue_url, sqs.decode_command)

    def dead_commands(self) -> DeadLetterQueue[CommandMessage]:
        return sqs.command_dead_letters(self.aws, self.queue_settings, self.blobs())

    def tasks(self) -> TaskQueue:
        return sqs.SqsTaskQueue(self.aws, self.queue_settings, self.blobs())

    def task_consumer(self, priority: str) -> Consumer[Task]:
        return self._consumer(self.queue_settings.task_queue_url(priority), sqs.decode_task)

    def dead_tasks(self) -> DeadLetterQueue[Task | WakerMessage]:
        return sqs.task_dead_letters(self.aws, self.queue_settings, self.blobs())

    def wake_ups(self) -> WakeUpQueue:
        near = sqs.SqsWakeUpQueue(self.aws, self.queue_settings, self.blobs())
        return WakeUps(near, self.timers())

    def fan_outs(self) -> FanOutQueue:
        return sqs.SqsFanOutQueue(self.aws, self.queue_settings, self.blobs())

    def bus(self) -> EventBus:
        name = f"bus-{self.suffix}"
        if name not in self._made:
            self._made.add(name)
            self._listeners_queue = resources.make_listened_bus(self.aws, name)
        return EventBridgeBus(self.aws, msgspec.structs.replace(self._settings, event_bus=name))

    def heard(self, count: int) -> list[OutgoingEvent]:
        found: list[OutgoingEvent] = []
        deadline = self.now() + timedelta(seconds=20)
        while len(found) < count and self.now() < deadline:
            answer = self.aws.client("sqs").receive_message(
                QueueUrl=self._listeners_queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                body = jsonvalue.loads(message["Body"])
                time = datetime.fromisoformat(body["time"])
                found.append(OutgoingEvent(type=body["detail-type"], time=time, detail=body["detail"]))
                self.aws.client("sqs").delete_message(
                    QueueUrl=self._listeners_queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def wake_up_consumer(self) -> Consumer[WakerMessage]:
        return self._consumer(self.queue_settings.wakeups_queue_url, sqs.decode_wake_up)

    def _consumer(self, address: str, decode: Callable[[str, Blobs], T]) -> SqsConsumer[T]:
        blobs = self.blobs()
        return SqsConsumer(self.aws.client("sqs"), address, lambda body: decode(body, blobs), self.now)


TABLES = ("commits", "definitions", "entries", "snapshots", "summaries", "timers")
