"""What queues, the stream, the bus and viewers hand to the functions, in any shape: no function stops at it.

What cannot be read is returned to its queue, for the dead letters; what came along with it is done.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as application
from chalicelib import bootstrap
from chalicelib.adapters.memory.blobs import MemoryBlobs
from chalicelib.adapters.sqs.messages import COMMAND, encode
from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError
from chalicelib.domain.execution.commands import Signal
from chalicelib.events import commands, inbound, tasks, wakeups
from chalicelib.ports.queues import CommandMessage
from tests.fuzz.answering import EXECUTION

pytestmark = pytest.mark.fuzz

names = st.sampled_from(["kind", "type", "execution_id", "run_id", "attempt", "at", "claim", "body", "key", "id"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["e-1", "w#1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
tags = st.sampled_from(["CompleteTask", "FailTask", "Advance", "WakeUp", "Signal", "Cancel", "DeliverEvent", "Task"])
contents = st.dictionaries(names, values, max_size=6) | st.builds(
    lambda tag, execution_id, rest: {"execution_id": execution_id, "command": {"type": tag, **rest}},
    tags,
    st.sampled_from(["e-1", "e-2", "none"]),
    st.dictionaries(names, values, max_size=5),
)
messages = st.builds(
    lambda kind, form, message: {"kind": kind, "v": form, "message": message},
    st.sampled_from(["command", "task", "wake-up", "fan-out", "other"]),
    st.sampled_from([1, 1, 1, 0, 2]),
    contents,
)
anything = settings(suppress_health_check=[*HealthCheck])


def text_of(value: Any) -> str:
    try:
        return jsonvalue.dumps(value).decode()
    except jsonvalue.JsonError:
        return repr(value)


bodies = st.text(max_size=60) | st.one_of(messages, contents, values).map(text_of)


def record(number: int, body: str, group: str = EXECUTION) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": group}
    return {"messageId": f"m-{number}", "body": body, "attributes": attributes, "messageAttributes": {}}


def is_readable(module: Any, body: str) -> bool:
    decoders = bootstrap.decoders()
    decode: Any = {commands: decoders.command, tasks: decoders.task, wakeups: decoders.wake_up}[module]
    try:
        decode(body)
    except WeftError:
        return False
    return True


@pytest.mark.parametrize("module", [commands, tasks, wakeups])
@anything
@given(found=st.lists(bodies, min_size=1, max_size=5))
def test_unreadable_messages_are_returned_when_a_batch_has_any(engine: Any, module: Any, found: list[str]) -> None:
    records = [record(number, body) for number, body in enumerate(found)]

    answer = module.handle({"Records": records}, None)

    returned = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    assert {each["messageId"] for each in records if not is_readable(module, each["body"])} <= returned
    assert returned <= {each["messageId"] for each in records}
    assert answer.keys() == {"batchItemFailures"}


@anything
@given(found=st.lists(st.text(max_size=60), max_size=4), number=st.integers(0, 2**40))
def test_command_is_decided_when_what_comes_with_it_cannot_be_read(engine: Any, found: list[str], number: int) -> None:
    signal = Signal(id=f"r-{number}", name="other", payload=number)
    innocent = record(99, encode(COMMAND, CommandMessage(execution_id=EXECUTION, command=signal), MemoryBlobs()))
    records = [*(record(index, f"not a message {text}") for index, text in enumerate(found)), innocent]

    answer = commands.handle({"Records": records}, None)

    assert any(f"request:r-{number}" in commit.command_ids for commit in engine.store.read(EXECUTION))
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == [f"m-{n}" for n in range(len(found))]


@anything
@given(
    name=st.text(max_size=300),
    detail=values,
    event_id=st.text(min_size=1, max_size=40),
    source=st.none() | st.text(max_size=10),
)
def test_event_is_published_or_let_go_when_it_has_any_shape(
    engine: Any, name: str, detail: Any, event_id: str, source: str | None
) -> None:
    event = {"id": event_id, "detail-type": name, "source": source, "detail": detail}

    answer = inbound.handle(event, None)

    assert answer["event_id"] in (None, f"bus:{event_id}")


@anything
@given(body=bodies)
def test_viewer_is_answered_when_it_says_anything(engine: Any, body: str) -> None:
    about = {"apiId": "abc", "stage": "api", "connectionId": "c-1", "domainName": "abc.example.org"}
    event = {"requestContext": about, "body": body, "headers": None}

    assert application.ws_message(event, SimpleNamespace())["statusCode"] == 200
