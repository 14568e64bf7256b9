"""Lambda's part, in one process: event sources that hand batches to the handlers, and processes that can be killed.

Every function has an engine of its own, as its warm process has. A batch that was not answered comes again when its
visibility timeout is over; what failed too often goes to the dead-letter queue, which the sweeper drains once a minute;
the stream comes again from the record that failed. Time moves only when nothing is left to do at the present instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, Final, Self
from unittest import mock

import botocore.endpoint
import msgspec
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.activities.runner import RegisteredActivities
from chalicelib.adapters.memory import VirtualClock
from chalicelib.bootstrap import Engine
from chalicelib.domain.execution.commands import AnyRequest
from chalicelib.domain.execution.events import Commit
from chalicelib.engine.start import Started, StartRequest
from chalicelib.events import commands, stream, sweeps, tasks, wakeups
from chalicelib.ports.executions import Summary
from chalicelib.ports.notifications import PostOffice
from chalicelib.ports.queues import CommandMessage
from chalicelib.settings import Settings
from weftctl.inprocess import viewers
from weftctl.inprocess.declared import make_table
from weftctl.inprocess.http import Call, Layer, by_moto, make_wire, response, shared_wire
from weftctl.inprocess.resources import TABLES, make_queues, names
from weftctl.inprocess.sqs import Message, Queue, Sqs

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
BATCH: Final = 10
STREAM_BATCH: Final = 100
_MINUTE: Final = timedelta(minutes=1)
_SWEPT_AHEAD: Final = timedelta(minutes=3)
_MOST_SWEEPS_OF_A_LETTER: Final = 10
_FUNCTIONS: Final[dict[str, tuple[str, Callable[[dict[str, Any], object], dict[str, Any]]]]] = {
    "decider": ("commands.fifo", commands.handle),
    **{f"worker_{name}": (f"tasks-{name}", tasks.handle) for name in ("highest", "high", "medium", "low", "lowest")},
    "waker": ("wakeups", wakeups.handle),
}
"""What reads which queue."""


class Crash(BaseException):
    """The process of a function was killed. No engine code may catch it."""


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a function's handler: what it was given and when. ``body_bytes`` are the records' own."""

    function: str
    records: int
    body_bytes: int
    started_at: datetime


class InProcessStack:
    """The application as deployed, in this process. Use as a context manager; one at a time in a process.

    ``layers`` stand around every AWS request, the outermost first. ``settings`` are fields of ``Settings``. ``order``
    shuffles what is delivered first, where AWS promises no order. ``own_clients`` makes new clients, with nothing in
    them from earlier stacks (connections, retry quotas). ``skews`` are what a function's clock is off by.
    ``loses_answer`` says of a function whether what its handler answers now gets lost, so that the batch comes again;
    ``most_records`` is how many a handler is given at once, of a queue or the stream.
    """

    def __init__(
        self,
        registry: ActivityRegistry,
        *,
        layers: Sequence[Layer] = (),
        settings: Mapping[str, Any] | None = None,
        start_at: datetime = BEGIN,
        order: Random | None = None,
        own_clients: bool = False,
        most_records: int = STREAM_BATCH,
    ) -> None:
        self.clock = VirtualClock(start_at)
        self.skews: dict[str, timedelta] = {}
        self.layers = list(layers)
        self.invocations: list[Invocation] = []
        self.errors: list[tuple[str, Exception]] = []
        self.killed: list[str] = []
        self.loses_answer: Callable[[str], bool] = lambda _: False
        self.sqs = Sqs()
        self.gateway = viewers.Gateway()
        self.records: list[dict[str, Any]] = []
        self._registry = registry
        self._order = order
        self._most_records = most_records
        self._wire, self._aws = make_wire() if own_clients else shared_wire()
        self._engines: dict[str, Engine] = {}
        self._timers: dict[tuple[str, str], datetime] = {}
        self._has_schedules = False
        self._last_sweep = start_at
        self._sequence = 0
        self._queues = make_queues(self.clock)
        for queue in self._queues.values():
            self.sqs.add(queue)
        self.settings = Settings(**{**names(self._queues), "stage": "local", **(settings or {})})
        self._inside = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as inside:
            inside.enter_context(mock_aws())
            pauses = SimpleNamespace(sleep=self._pause)
            inside.enter_context(mock.patch.object(botocore.endpoint, "time", pauses))
            self._wire.answer, self._wire.layers = self._answer, []
            inside.callback(self._unplug)
            for name in TABLES:
                make_table(self._aws.client("dynamodb"), name, f"weft-local-{name}")
            self._aws.client("s3").create_bucket(Bucket=self.settings.payloads_bucket)
            self._aws.client("events").create_event_bus(Name=self.settings.event_bus)
            self._wire.layers = self.layers
            self._inside = inside.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._inside.close()

    def _unplug(self) -> None:
        self._wire.answer, self._wire.layers, self._wire.function = None, [], ""

    # --- processes ----------------------------------------------------------------------------------------------------

    def engine(self, function: str = "api_handler") -> Engine:
        """The engine in the warm process of ``function``, made when it has none."""
        if function not in self._engines:
            self._engines[function] = self._boot(function)
        return self._engines[function]

    def kill(self, function: str) -> None:
        """End the process of ``function``: its next invocation is a cold start."""
        self._engines.pop(function, None)

    def _boot(self, function: str) -> Engine:
        clock = _OwnClock(self, function)

        def runner(office: PostOffice) -> RegisteredActivities:
            return RegisteredActivities(
                self._registry, self.settings, clock=clock, client=self._aws.client, post_office=office
            )

        return bootstrap.on_aws(
            self.settings,
            self._aws,
            clock=clock,
            waiter=_DeliveringWaiter(self),
            runner=runner,
            on_error=lambda execution_id, error: self.errors.append((execution_id, error)),
        )

    def guarded(self, function: str, step: Callable[[], Any]) -> Any:
        """What ``step`` gives, done by ``function``; None if that was killed meanwhile."""
        before, self._wire.function = self._wire.function, function
        try:
            return step()
        except Crash:
            self.killed.append(function)
            self.kill(function)
            return None
        finally:
            self._wire.function = before

    def _insisting(self, step: Callable[[Engine], Any]) -> Any:
        """Do as a caller does who asks again until there is an answer."""
        while True:
            answered = self.guarded("api_handler", lambda: (step(self.engine()),))
            if answered is not None:
                return answered[0]

    # --- what callers do ----------------------------------------------------------------------------------------------

    def register(self, document: dict[str, Any]) -> None:
        """Register a definition."""
        self._insisting(lambda engine: engine.definitions.register(document))

    def start(self, workflow_id: str, input: Any = None, execution_id: str = "x", **details: Any) -> Started:
        """Start an execution; ``details`` are those of a ``StartRequest``."""
        request = StartRequest(workflow_id=workflow_id, input=input, execution_id=execution_id, **details)
        started: Started = self._insisting(lambda engine: engine.start(request))
        return started

    def request(self, execution_id: str, request: AnyRequest) -> None:
        """Send something asked for from outside, unchecked: the decider answers it."""
        message = CommandMessage(execution_id=execution_id, command=request)
        self._insisting(lambda engine: engine.adapters.commands.send(message, deduplication_id=request.command_id))

    def publish_event(self, name: str, data: Any, *, event_id: str, correlation: str | None = None) -> None:
        """Publish an event."""
        self._insisting(lambda engine: engine.publish_event(name, data, event_id=event_id, correlation=correlation))

    # --- what event sources do ----------------------------------------------------------------------------------------

    def deliver(self) -> bool:
        """One batch from every source that has something; False if none had."""
        sources: list[Callable[[], bool]] = [
            *(partial(self._consume, function) for function in _FUNCTIONS),
            self._stream,
        ]
        if self._order is not None:
            self._order.shuffle(sources)
        return True in [source() for source in sources]

    def run(self, until: datetime | None = None) -> None:
        """Deliver and let time pass until nothing more can happen before ``until``; ``RuntimeError`` if that is not."""
        for _ in range(1_000_000):
            if not self.deliver() and not self.advance(until):
                break
        else:
            message = "the stack never comes to rest"
            raise RuntimeError(message)
        if until is not None:
            self.clock.advance_to(until)

    def advance(self, until: datetime | None = None) -> bool:
        """Let time pass to the next thing due, sweeping if it is that; False if nothing is, or only after ``until``."""
        due = self.next_due()
        if due is None or (until is not None and due > until):
            return False
        self.clock.advance_to(due)
        sweep_at = self._next_sweep()
        if sweep_at is not None and sweep_at <= self.clock.now():
            self.sweep()
        return True

    def sweep(self) -> None:
        """What the schedule does every minute."""
        self._last_sweep = self.clock.now()
        self._invoke("sweeper", sweeps.handle, {}, 0, 0)

    def next_due(self) -> datetime | None:
        """The next instant at which something can be delivered or swept, None if there is none."""
        dead = {queue.dead for queue in self._queues.values()}
        instants = [queue.next_visible_at() for queue in self._queues.values() if queue not in dead]
        return min((at for at in (*instants, self._next_sweep()) if at is not None), default=None)

    def _next_sweep(self) -> datetime | None:
        """When the sweeper next finds something to do: not every minute, or a day would take a thousand turns."""
        next_minute = self._last_sweep + _MINUTE
        dead = [self._queues["commands-dlq.fifo"], self._queues["tasks-dlq"]]
        letters = [each for queue in dead for each in queue.messages() if each.receives < _MOST_SWEEPS_OF_A_LETTER]
        if letters or self._has_schedules:
            return next_minute
        due = min(self._timers.values(), default=None)
        return None if due is None else max(next_minute, due - _SWEPT_AHEAD)

    def _consume(self, function: str) -> bool:
        name, handle = _FUNCTIONS[function]
        queue = self._queues[name]
        batch = queue.receive(min(BATCH, self._most_records), self._shuffled)
        if not batch:
            return False
        size = sum(len(message.body.encode()) for message in batch)
        event = {"Records": [message.to_record() for message in batch]}
        answer = self._invoke(function, handle, event, len(batch), size)
        if answer is not None:
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for done in {message.message_id for message in batch} - failed:
                queue.delete(done)
        return True

    def _shuffled(self, messages: list[Message]) -> list[Message]:
        return messages if self._order is None else self._order.sample(messages, len(messages))

    def _stream(self) -> bool:
        batch = self.records[: min(STREAM_BATCH, self._most_records)]
        if not batch:
            return False
        answer = self._invoke("publisher", stream.handle, {"Records": batch}, len(batch), len(str(batch)))
        if answer is None:
            return True
        failures = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        done = min((numbers.index(each) for each in failures), default=len(batch))
        del self.records[:done]
        if failures:
            self.clock.advance_to(self.clock.now() + timedelta(seconds=1))  # it backs off
        return True

    def _invoke(
        self, function: str, handle: Callable[[Any, object], Any], event: dict[str, Any], records: int, size: int
    ) -> Any:
        now = self.clock.now()
        self.invocations.append(Invocation(function=function, records=records, body_bytes=size, started_at=now))

        def invoke() -> Any:
            with bootstrap.use(self.engine(function), bootstrap.decoders_on(self.settings, self._aws)):
                return handle(event, None)

        try:
            answer = self.guarded(function, invoke)
            return None if self.loses_answer(function) else answer
        except Exception as error:  # noqa: BLE001 - Lambda notes it; the batch comes again
            self.errors.append((function, error))
            return None

    # --- what AWS does ------------------------------------------------------------------------------------------------

    def _answer(self, call: Call) -> AWSResponse:
        if call.service == "sqs":
            return response(200, msgspec.json.encode(self.sqs.answer(call.operation, call.body)))
        if call.service == viewers.SERVICE:
            return self.gateway.answer(call)
        answered = by_moto(call)
        if call.service == "dynamodb" and answered.status_code == 200:
            self._note(call)
        return answered

    def _note(self, call: Call) -> None:
        """Fill the stream, and know which timers there are."""
        table = call.body.get("TableName")
        if table == self.settings.commits_table and call.operation == "PutItem":
            self._sequence += 1
            item = call.body["Item"]
            change = {
                "Keys": {"execution_id": item["execution_id"], "n": item["n"]},
                "NewImage": item,
                "SequenceNumber": str(self._sequence),
            }
            self.records.append({"eventName": "INSERT", "dynamodb": change})
        elif table == self.settings.timers_table and call.operation == "PutItem":
            item = call.body["Item"]
            at = datetime.fromisoformat(item["due"]["S"].partition("#")[0])
            self._timers[item["bucket"]["S"], item["due"]["S"]] = at
        elif table == self.settings.timers_table and call.operation == "DeleteItem":
            key = call.body["Key"]
            self._timers.pop((key["bucket"]["S"], key["due"]["S"]), None)
        elif table == self.settings.entries_table and "schedules" in str(call.body.get("Item", "")):
            self._has_schedules |= call.body["Item"]["partition"]["S"] == "schedules"

    def _pause(self, seconds: float) -> None:
        """A pause between two of botocore's attempts: the time passes for everybody."""
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))

    # --- what is to be seen -------------------------------------------------------------------------------------------

    def commits(self, execution_id: str = "x") -> list[Commit]:
        """Every commit of an execution, read beside the layers."""
        commits: list[Commit] = self._beside(lambda engine: list(engine.adapters.store.read(execution_id)))
        return commits

    def status(self, execution_id: str = "x") -> dict[str, Any]:
        """The status as the API shows it, read beside the layers."""
        status: dict[str, Any] = self._beside(lambda engine: engine.queries.status(execution_id))
        return status

    def summary(self, execution_id: str = "x") -> Summary | None:
        """The row that lists show, read beside the layers."""
        row: Summary | None = self._beside(lambda engine: engine.adapters.summaries.get(execution_id))
        return row

    def queue_lengths(self) -> dict[str, int]:
        """Messages waiting or being worked on, by queue; the stream is ``commits``."""
        return {**{name: len(queue) for name, queue in self._queues.items()}, "commits": len(self.records)}

    def queue(self, name: str) -> Queue:
        """A queue by the last part of its name, such as ``commands.fifo``."""
        return self._queues[name]

    def _beside(self, look: Callable[[Engine], Any]) -> Any:
        layers, self._wire.layers = self._wire.layers, []
        try:
            return look(self.engine("observer"))
        finally:
            self._wire.layers = layers


class _OwnClock:
    """A function's clock: the common one, and what this one is off by."""

    def __init__(self, stack: InProcessStack, function: str) -> None:
        self._stack, self._function = stack, function

    def now(self) -> datetime:
        return self._stack.clock.now() + self._stack.skews.get(self._function, timedelta())


class _DeliveringWaiter:
    """While a request waits for the decider, everything else goes on."""

    def __init__(self, stack: InProcessStack) -> None:
        self._stack = stack

    def wait(self, seconds: float) -> None:
        if not self._stack.deliver():
            self._stack.clock.advance_to(self._stack.clock.now() + timedelta(seconds=seconds))
