"""The deployed functions in one process: what their event sources do for them, and what a layer sees."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.activities.registry import ActivityRegistry
from chalicelib.domain.execution.commands import Signal
from tests.unit.execution.play import activity, chain
from weftctl.inprocess import Call, Crash, InProcessStack, Send
from weftctl.inprocess.http import response
from weftctl.inprocess.stack import BEGIN

THREE = chain(*[activity(f"s{n}", of={"activity_type": "count"}) for n in range(3)], id="three")


class Counting:
    """An activity that counts its calls by idempotency key."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self.registry = ActivityRegistry()
        self.registry.activity("count")(self.count)

    def count(self, input: Any, context: Any) -> Any:
        self.keys[context.idempotency_key] += 1
        return {}


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_chain_runs_through_every_function_when_delivered(counting: Counting) -> None:
    with InProcessStack(counting.registry, order=Random(1)) as stack:
        stack.register(THREE)
        stack.start("three", {})
        stack.run(until=BEGIN + timedelta(hours=1))

        assert stack.status()["state"] == "completed"
        assert [commit.number for commit in stack.commits()] == list(range(1, len(stack.commits()) + 1))
        assert set(stack.queue_lengths().values()) == {0}
        assert {each.function for each in stack.invocations} >= {"decider", "worker_medium", "publisher"}
        assert list(counting.keys.values()) == [1, 1, 1]
        assert not stack.errors


def test_message_comes_again_after_its_visibility_timeout_when_the_process_is_killed(counting: Counting) -> None:
    def kill_the_first_worker(call: Call, send: Send) -> AWSResponse:
        if call.function == "worker_medium" and not stack.killed:
            raise Crash
        return send()

    with InProcessStack(counting.registry, layers=[kill_the_first_worker]) as stack:
        stack.register(THREE)
        stack.start("three", {})
        stack.run(until=BEGIN + timedelta(hours=1))

        assert stack.status()["state"] == "completed"
        assert stack.killed == ["worker_medium"]
        assert sorted(counting.keys.values()) == [1, 1, 2]
        ended = stack.commits()[-1].time
        assert ended - BEGIN >= timedelta(seconds=905)


def test_botocore_sends_again_and_the_virtual_clock_pays_when_a_layer_answers_with_a_failure(
    counting: Counting,
) -> None:
    failed: list[str] = []

    def fail_once_each(call: Call, send: Send) -> AWSResponse:
        if call.operation not in failed:
            failed.append(call.operation)
            return response(500, b"{}")
        return send()

    with InProcessStack(counting.registry, layers=[fail_once_each], own_clients=True) as stack:
        stack.register(THREE)
        stack.start("three", {})
        before = stack.clock.now()
        stack.run(until=BEGIN + timedelta(hours=1))

        assert stack.status()["state"] == "completed"
        assert {"PutItem", "SendMessage", "Query"} <= set(failed)
        assert stack.commits()[0].time >= BEGIN
        assert before > BEGIN
        assert list(counting.keys.values()) == [1, 1, 1]


def test_distant_timer_is_swept_into_the_queue_and_comes_to_the_second(counting: Counting) -> None:
    timer = {"id": "t", "step_type": {"type": "timer", "timer_config": {"type": "delay", "seconds": 86_400}}}
    with InProcessStack(counting.registry) as stack:
        stack.register(chain(timer, id="day"))
        stack.start("day", {})
        stack.run()

        ended = stack.commits()[-1].time
        assert stack.status()["state"] == "completed"
        assert timedelta() <= ended - (BEGIN + timedelta(days=1)) <= timedelta(seconds=2)
        assert "sweeper" in {each.function for each in stack.invocations}


def test_signal_reaches_its_execution_when_a_function_has_a_clock_of_its_own(counting: Counting) -> None:
    wait = {"id": "w", "step_type": {"type": "wait", "event_name": "go"}}
    with InProcessStack(counting.registry) as stack:
        stack.skews["decider"] = timedelta(minutes=3)
        stack.register(chain(wait, id="waiting"))
        stack.start("waiting", {})
        stack.run(until=BEGIN + timedelta(minutes=1))
        waiting = stack.status()["state"]
        stack.request("x", Signal(id="1", name="go", payload={}))
        stack.run(until=BEGIN + timedelta(minutes=2))

        assert waiting == "waiting_for_event"
        assert stack.status()["state"] == "completed"
        assert stack.commits()[-1].time > stack.clock.now()


def test_poison_ends_in_the_dead_letters_and_is_swept(counting: Counting) -> None:
    with InProcessStack(counting.registry) as stack:
        stack.queue("commands.fifo").send("no json", group="x", deduplication="1")
        stack.run(until=BEGIN + timedelta(minutes=30))

        assert stack.queue_lengths()["commands-dlq.fifo"] == 1
        assert stack.queue_lengths()["commands.fifo"] == 0
        assert [each.function for each in stack.invocations].count("decider") == 3
