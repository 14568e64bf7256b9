"""Deciders that get in each other's way or die, over the protocols of DynamoDB and SQS: nothing is lost. Layer:
tests.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from botocore.awsrequest import AWSResponse

from chalicelib.activities.registry import ActivityRegistry
from chalicelib.domain.execution.commands import Signal
from tests.unit.execution.play import activity, chain, workflow
from weftctl.inprocess import Call, Crash, InProcessStack, Send


def _wait(name: str) -> dict[str, Any]:
    return {"id": name, "step_type": {"type": "wait", "event_name": name}}


BOTH = workflow(
    _wait("left"),
    _wait("right"),
    transitions=[("start", "left"), ("start", "right"), ("left", "end"), ("right", "end")],
    id="both",
)


def test_nothing_is_lost_when_two_deciders_commit_at_once() -> None:
    # given two processes that know the same head
    with InProcessStack(ActivityRegistry()) as stack:
        stack.register(BOTH)
        stack.start("both", {})
        stack.run(until=stack.clock.now())
        one, other = (stack.engine(name).advance._committer for name in ("decider", "another decider"))
        head = other.load("x")

        # when
        one.decide("x", [Signal(id="1", name="left")])
        other.decide("x", [Signal(id="2", name="right")], head=head)
        stack.run()

        # then
        assert stack.status()["state"] == "completed"
        answered = [each for commit in stack.commits() for each in commit.command_ids]
        assert [each for each in answered if each.startswith("request:")] == ["request:1", "request:2"]


def test_tasks_are_sent_again_when_the_decider_dies_between_commit_and_tasks() -> None:
    # given a decider that dies when it is to send its first task
    calls: list[str] = []
    registry = ActivityRegistry()
    registry.activity("count")(lambda input, context: calls.append(context.idempotency_key))

    def kill_once(call: Call, send: Send) -> AWSResponse:
        if call.function == "decider" and call.operation.startswith("SendMessage") and not stack.killed:
            raise Crash
        return send()

    with InProcessStack(registry, layers=[kill_once]) as stack:
        stack.register(chain(activity("a", of={"activity_type": "count"}), id="one"))
        stack.start("one", {})

        # when its command comes again
        stack.run(until=stack.clock.now() + timedelta(hours=1))

        # then
        assert stack.killed == ["decider"]
        assert stack.status()["state"] == "completed"
        assert len(calls) == 1
