"""Viewers under crashes: wherever the publisher dies, each sees every change once, in order. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from bench.costs import workflows
from chalicelib.domain import jsonvalue
from chalicelib.engine.messages import to_message
from chalicelib.engine.watch import Begun
from chalicelib.engine.watchers import UNSEEN_SECONDS, Topic
from chalicelib.ports.viewers import Viewer
from weftctl.inprocess import Call, Crash, InProcessStack, Send

STEPS = 2
TOPIC = Topic("execution", "x")


class Killer:
    """A layer that kills the publisher at one of its requests, before or after that reaches AWS."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.at = at
        self.after = after
        self.requests: list[str] = []

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if call.function != "publisher":
            return send()
        self.requests.append(f"{call.service} {call.operation}")
        dies = len(self.requests) == self.at
        if dies and not self.after:
            raise Crash
        answered = send()
        if dies:
            raise Crash
        return answered


def greeting(begun: Begun) -> list[bytes]:
    assert begun.position is not None
    missed = begun.missed or ()
    sequence = missed[0]["sequence"] - 1 if missed else begun.position.sequence
    return [jsonvalue.dumps({"sequence": sequence}), *(to_message(change) for change in missed)]


@contextmanager
def watched(killer: Killer, viewers: int = 1) -> Iterator[InProcessStack]:
    """A stack with an execution ``x`` that viewers watch from its first commit on."""
    with InProcessStack(workflows.registry(), layers=[killer]) as stack:
        stack.register(workflows.chain(STEPS))
        stack.start("chain", {"order": "1"})
        stack.engine("ws_message").watch.watchers.announce(TOPIC)
        stack.clock.advance_to(stack.clock.now() + timedelta(seconds=UNSEEN_SECONDS))  # everybody knows by now
        for number in range(viewers):
            subscribe(stack, f"c-{number}", after=0)
        yield stack


def subscribe(stack: InProcessStack, connection_id: str, after: int) -> None:
    watch = stack.engine("ws_message").watch
    watch.watchers.admit(Viewer(connection_id=connection_id, gateway="abc/api"), {"name": "ann"}, None)
    connection = watch.watchers.connection(connection_id)
    watch.subscribe(connection, TOPIC, greeting, after_sequence=after)


def seen(stack: InProcessStack, connection_id: str = "c-0") -> tuple[list[int], int]:
    """The changes that a viewer shows, and how many it dropped because it had seen them."""
    begun, *changes = stack.gateway.received[connection_id]
    last, shown, dropped = begun["sequence"], [], 0
    for change in changes:
        if change["sequence"] <= last:
            dropped += 1
            continue
        assert change["sequence"] == last + 1
        last = change["sequence"]
        shown.append(last)
    return shown, dropped


def whole(stack: InProcessStack) -> list[int]:
    commits = stack.commits()
    assert commits[-1].events[-1].type == "WorkflowCompleted"
    return list(range(1, commits[-1].first_sequence + len(commits[-1].events)))


@pytest.mark.parametrize("after", [False, True])
def test_a_viewer_sees_each_change_once_when_the_publisher_dies_at_any_request(after: bool) -> None:
    calm = Killer(0, after=False)
    with watched(calm) as stack:
        stack.run()
        assert seen(stack) == (whole(stack), 0)
    assert {"apigatewaymanagementapi PostToConnection", "dynamodb PutItem"} <= set(calm.requests)

    doubles = 0
    for at in range(1, len(calm.requests) + 1):
        with watched(Killer(at, after=after)) as stack:
            stack.run()
            shown, dropped = seen(stack)
            assert shown == whole(stack), calm.requests[at - 1]
            assert stack.killed == ["publisher"]
            doubles += dropped
    assert doubles > 0  # a crash between sending and marking is told by the sequence


def test_two_hundred_viewers_see_each_change_once_when_one_leaves_in_the_middle() -> None:
    with watched(Killer(0, after=False), viewers=200) as stack:
        stack.gateway.gone.add("c-7")
        stack.run()

        expected = whole(stack)
        for number in range(200):
            if number != 7:
                assert seen(stack, f"c-{number}") == (expected, 0)
        assert len(stack.gateway.received["c-7"]) < len(expected)


def test_a_viewer_catches_up_when_the_gateway_refuses_a_message_and_closes_it() -> None:
    refusals: list[str] = []

    def refuse(call: Call, send: Send) -> AWSResponse:
        if call.operation == "PostToConnection" and call.function == "publisher" and not refusals:
            refusals.append(call.operation)
            return AWSResponse(call.request.url, 403, {}, _Raw())
        return send()

    with watched(Killer(0, after=False)) as stack:
        stack.layers.append(refuse)
        stack._wire.layers = stack.layers
        stack.run()
        assert stack.gateway.gone == {"c-0"}
        shown, _ = seen(stack)

        subscribe(stack, "c-1", after=len(shown))

        assert seen(stack, "c-1") == (whole(stack)[len(shown) :], 0)


class _Raw:
    """An empty body."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield b""
