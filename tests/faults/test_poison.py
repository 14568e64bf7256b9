"""One bad thing among innocents, through the real handlers: it fails alone and visibly, and nobody waits for it.

Layer: tests. Bad are messages that nobody can read, a command whose decision raises, a definition that is gone, and
an evaluation that takes the whole process with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.commands import FailExecution, Signal
from chalicelib.domain.execution.state import State
from chalicelib.domain.expressions.computation import Computation
from chalicelib.engine.committing import Committer
from tests.faults.everywhere.playing import Fuse
from tests.faults.everywhere.references import Receiver
from tests.unit.execution.play import activity, chain
from weftctl.inprocess import Crash, InProcessStack
from weftctl.inprocess.stack import BEGIN

INNOCENTS: Final = tuple(f"innocent-{n}" for n in range(4))
COUNT: Final = {"activity_type": "count"}
HOUR: Final = BEGIN + timedelta(hours=1)
PLAIN: Final = chain(*[activity(f"s{n}", of=COUNT) for n in range(2)], id="plain")
WAITING: Final = chain(
    {"id": "w", "step_type": {"type": "wait", "event_name": "go"}}, activity("s", of=COUNT), id="wait"
)
ABORT: Final = "$string($.input.deadly) & '!'"
DEADLY: Final = chain(
    activity("s0", of=COUNT, compensation_step_id="undo"),
    {"id": "w", "step_type": {"type": "wait", "event_name": "go"}},
    {"id": "kills", "step_type": {"type": "script", "expression": ABORT}},
    activity("undo", of={"activity_type": "count.inline"}),
    id="deadly",
)
DEADLY["transitions"] = [
    {"from_step_id": source, "to_step_id": target}
    for source, target in (("start", "s0"), ("s0", "w"), ("w", "kills"), ("kills", "end"))
]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def stack(receiver: Receiver) -> Iterator[InProcessStack]:
    with InProcessStack(receiver.registry) as stack:
        for document in (PLAIN, WAITING, DEADLY):
            stack.register(document)
        yield stack


def start_innocents(stack: InProcessStack) -> None:
    for execution_id in INNOCENTS:
        stack.start("plain", {}, execution_id)


def states(stack: InProcessStack, *execution_ids: str) -> list[str]:
    return [stack.status(each)["state"] for each in execution_ids]


def left(stack: InProcessStack) -> dict[str, int]:
    return {name: length for name, length in stack.queue_lengths().items() if length}


def poison(monkeypatch: pytest.MonkeyPatch, error: Exception, *, recovers_at: datetime | None = None) -> None:
    """Have every decision on the execution ``x`` raise ``error``, for good or until ``recovers_at``."""
    real = Committer._decide_all

    def poisoned(self: Committer, state: State, commands: Any) -> Any:
        is_over = recovers_at is not None and self._clock.now() >= recovers_at
        if state.execution_id == "x" and not is_over:
            raise error
        return real(self, state, commands)

    monkeypatch.setattr(Committer, "_decide_all", poisoned)


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", ["no json", '{"kind":"task","v":99,"message":{}}', '{"kind":"command","v":1,"blob":"gone"}']
)
@pytest.mark.parametrize(
    ("queue", "dead"),
    [("commands.fifo", "commands-dlq.fifo"), ("tasks-medium", "tasks-dlq"), ("wakeups", "tasks-dlq")],
)
def test_everybody_else_is_served_when_a_message_cannot_be_read(
    stack: InProcessStack, caplog: pytest.LogCaptureFixture, queue: str, dead: str, body: str
) -> None:
    stack.queue(queue).send(body, group="innocent-0", deduplication="p")
    start_innocents(stack)

    with caplog.at_level(logging.ERROR):
        stack.run(until=HOUR)

    assert set(states(stack, *INNOCENTS)) == {"completed"}
    assert left(stack) == {dead: 1}  # where it stays, for a person to look at
    assert any("cannot be read" in record.getMessage() for record in caplog.records)


# --- what cannot be decided -------------------------------------------------------------------------------------------


def test_only_its_own_execution_fails_when_a_decision_raises(
    stack: InProcessStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, RuntimeError("a defect of the engine"))
    stack.start("plain", {}, "x")
    start_innocents(stack)

    stack.run(until=HOUR)

    assert set(states(stack, *INNOCENTS)) == {"completed"}
    status = stack.status("x")
    assert (status["state"], status["error"]["code"]) == ("failed", "EngineError")
    assert "'advance:1' could not be decided" in status["error"]["message"]
    assert left(stack) == {}


def test_innocents_do_not_wait_for_the_poisoned_when_they_come_in_one_batch(
    stack: InProcessStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, RuntimeError("a defect of the engine"))
    stack.start("plain", {}, "x")
    start_innocents(stack)

    stack.run(until=BEGIN + timedelta(seconds=30))  # before the poisoned command comes for the second time

    assert set(states(stack, *INNOCENTS)) == {"completed"}
    assert states(stack, "x") == ["pending"]


def test_execution_waits_when_what_stops_its_decision_may_pass(
    stack: InProcessStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, Unavailable("a table throttles"), recovers_at=BEGIN + timedelta(minutes=20))
    stack.start("plain", {}, "x")
    start_innocents(stack)

    stack.run(until=BEGIN + timedelta(minutes=19))
    during = states(stack, "x", *INNOCENTS), left(stack)
    stack.run(until=HOUR)

    assert during == (["pending", *["completed"] * 4], {"commands-dlq.fifo": 1})
    assert states(stack, "x") == ["completed"]
    assert left(stack) == {}


def test_execution_fails_visibly_when_its_definition_is_gone(stack: InProcessStack) -> None:
    stack.start("wait", {}, "x")
    stack.run(until=BEGIN + timedelta(minutes=1))
    key = {"workflow_id": {"S": "wait"}, "version": {"S": "1.0.0"}}
    stack._aws.client("dynamodb").delete_item(TableName=stack.settings.definitions_table, Key=key)
    for function in ("decider", "sweeper", "api_handler"):
        stack.kill(function)
    start_innocents(stack)
    stack.request("x", Signal(id="1", name="go"))

    stack.run(until=HOUR)

    assert set(states(stack, *INNOCENTS)) == {"completed"}
    status = stack.status("x")
    assert (status["state"], status["error"]["code"]) == ("failed", "EngineError")
    assert any("the definition 'wait' 1.0.0 of a running execution is gone" in str(error) for _, error in stack.errors)
    assert left(stack) == {}


# --- what kills the process -------------------------------------------------------------------------------------------


def abort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the evaluation of ``ABORT`` end the process it happens in, as a fault in native code would."""
    real = Computation.evaluate

    def evaluate(self: Computation, context: Any, now: datetime) -> Any:
        if self._text == ABORT:
            raise Crash
        return real(self, context, now)

    monkeypatch.setattr(Computation, "evaluate", evaluate)


def started_among_innocents(stack: InProcessStack) -> None:
    """``x`` has come to wait before its deadly step; it and the innocents are told to go on in one batch."""
    for execution_id in ("x", *INNOCENTS):
        stack.start("deadly" if execution_id == "x" else "wait", {"deadly": 1}, execution_id)
    stack.run(until=BEGIN + timedelta(minutes=1))
    assert set(states(stack, "x", *INNOCENTS)) == {"waiting_for_event"}
    for execution_id in (*INNOCENTS[:2], "x", *INNOCENTS[2:]):
        stack.request(execution_id, Signal(id="1", name="go"))


def test_only_its_own_execution_fails_when_an_evaluation_kills_the_process(
    stack: InProcessStack, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    abort(monkeypatch)
    started_among_innocents(stack)

    stack.run(until=HOUR)

    assert set(states(stack, *INNOCENTS)) == {"completed"}
    status = stack.status("x")
    assert (status["state"], status["error"]["code"]) == ("failed", "EngineError")
    assert "'request:1' killed whatever decided it" in status["error"]["message"]
    assert stack.killed == [*["decider"] * 3, *["sweeper"] * 2]
    assert [key for key in receiver.effects if "undo" in key], "what it had done was compensated"
    assert left(stack) == {}


def test_execution_ends_when_even_deciding_its_failure_kills_the_process(
    stack: InProcessStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Committer._decide_all

    def deadly(self: Committer, state: State, commands: Any) -> Any:
        if state.execution_id == "x" and {type(each) for each in commands} & {Signal, FailExecution}:
            raise Crash
        return real(self, state, commands)

    monkeypatch.setattr(Committer, "_decide_all", deadly)
    started_among_innocents(stack)

    stack.run(until=HOUR)

    assert set(states(stack, *INNOCENTS)) == {"completed"}
    status = stack.status("x")
    assert (status["state"], status["error"]["code"]) == ("failed", "EngineError")
    assert stack.killed == [*["decider"] * 3, *["sweeper"] * 3]
    assert left(stack) == {}


def test_execution_goes_on_when_what_killed_its_deciders_is_over(
    stack: InProcessStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as while_bad:
        abort(while_bad)
        started_among_innocents(stack)
        stack.run(until=BEGIN + timedelta(minutes=4))
        assert stack.killed[:3] == ["decider"] * 3
    stack.run(until=HOUR)

    assert set(states(stack, "x", *INNOCENTS)) == {"completed"}
    assert left(stack) == {}


def test_step_fails_at_once_when_an_evaluation_is_more_than_its_process_may_take(stack: InProcessStack) -> None:
    # given an expression too dear for the decider's process: a child evaluates it, and is killed for it
    big = {"id": "big", "step_type": {"type": "script", "expression": "$map([1..100000], function($n) {[1..1000]})"}}
    stack.register(chain(big, id="big"))
    stack.start("big", {}, "x")
    start_innocents(stack)

    # when
    stack.run(until=BEGIN + timedelta(seconds=30))

    # then nothing had to come twice
    assert set(states(stack, *INNOCENTS)) == {"completed"}
    status = stack.status("x")
    assert status["state"] == "failed"
    assert status["error"]["code"] == "ExpressionError"
    assert (stack.killed, left(stack)) == ([], {})


# --- the sweeper itself -----------------------------------------------------------------------------------------------


def given_up(fuse: Fuse, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, int], list[str]]:
    """An execution with something to take back, whose signal cannot be decided: its status, queues and effects."""
    receiver = Receiver()
    real = Committer._decide_all

    def poisoned(self: Committer, state: State, commands: Any) -> Any:
        if any(isinstance(each, Signal) for each in commands):
            raise RuntimeError("a defect of the engine")
        return real(self, state, commands)

    with monkeypatch.context() as while_bad, InProcessStack(receiver.registry, layers=[fuse]) as stack:
        stack.register(DEADLY)
        stack.start("deadly", {"deadly": 1}, "x")
        stack.run(until=BEGIN + timedelta(minutes=1))
        while_bad.setattr(Committer, "_decide_all", poisoned)
        stack.request("x", Signal(id="1", name="go"))
        fuse.armed = True
        stack.run(until=BEGIN + timedelta(minutes=20))
        return stack.status("x"), left(stack), sorted(receiver.effects)


@pytest.mark.parametrize("after", [False, True])
def test_an_execution_is_given_up_whole_when_the_sweeper_dies_at_any_of_its_requests(
    monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    counting = Fuse(function="sweeper")
    expected, queues, effects = given_up(counting, monkeypatch)
    assert (expected["state"], expected["error"]["code"], queues) == ("failed", "EngineError", {})
    assert [key for key in effects if "undo" in key], "what it had done was compensated"
    assert "sweeper sqs.DeleteMessage" in counting.calls, "the letter was answered"

    for at, request in enumerate(counting.calls, 1):
        status, left_over, done = given_up(Fuse(at, after=after, function="sweeper"), monkeypatch)
        where = f"died {'after' if after else 'before'} request {at}, {request}"
        assert (status["state"], status["error"]["code"]) == ("failed", "EngineError"), where
        assert (left_over, done) == ({}, effects), where
