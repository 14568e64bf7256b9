"""Records and events that lack what AWS always sends, or have something else there: what is beside them is done."""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as application
from chalicelib.adapters.bodies import Bodies
from chalicelib.adapters.dynamodb.commits import EVENTS
from chalicelib.adapters.memory.blobs import MemoryBlobs
from chalicelib.adapters.sqs.messages import COMMAND, encode
from chalicelib.domain.execution.commands import Signal
from chalicelib.domain.execution.events import Event
from chalicelib.events import commands, inbound, stream
from chalicelib.ports.queues import CommandMessage
from tests.fuzz.answering import EXECUTION
from tests.fuzz.test_records import bodies, record, values

pytestmark = pytest.mark.fuzz

anything = settings(suppress_health_check=[*HealthCheck])
ABSENT = object()


def in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


oddities = st.one_of(st.just(ABSENT), st.none(), values, st.binary(max_size=9).map(in_base64))


def places(value: Any, kept: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """What holds each value inside, and where; nothing of the names kept, nor around them."""
    for key in value if isinstance(value, dict) else range(len(value)):
        inside = value[key]
        nested = list(places(inside, kept)) if isinstance(inside, dict | list) else []
        if key not in kept and not (isinstance(inside, dict) and any(name in inside for name in kept)):
            yield value, key
        yield from nested


def dented(data: st.DataObject, whole: dict[str, Any], *kept: str) -> dict[str, Any]:
    """The record without one or two of its values, or with others there."""
    dent = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 2))):
        found = list(places(dent, kept))
        if found:
            holder, key = data.draw(st.sampled_from(found))
            odd = data.draw(oddities)
            if odd is ABSENT:
                del holder[key]
            else:
                holder[key] = odd
    return dent


def stream_record(number: int) -> dict[str, Any]:
    """A commit as it goes by: the first of the execution ``s-<number>``."""
    keys = {"execution_id": {"S": f"s-{number}"}, "n": {"N": "1"}}
    events = encoded_events()
    image = {
        **keys,
        "t": {"N": "1767225600000000"},
        "s": {"N": "1"},
        "c": {"L": [{"S": "start:x"}]},
        "e": {"B": events},
    }
    return {
        "eventName": "INSERT",
        "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": f"{number}00"},
    }


def encoded_events() -> str:
    created = {"workflow_id": "w", "workflow_version": "1.0.0", "input": None}
    raw = EVENTS.encode((Event("WorkflowCreated", None, created),))
    packed = Bodies(MemoryBlobs(), inline_bytes=100_000).pack(raw, form=EVENTS.form, beside=0)
    return in_base64(packed)


@anything
@given(data=st.data(), number=st.integers(2**41, 2**42))
def test_command_is_decided_when_records_beside_it_lack_what_they_should_have(
    engine: Any, data: st.DataObject, number: int
) -> None:
    found = data.draw(st.lists(bodies, min_size=1, max_size=4))
    odd = [dented(data, record(index, body), "messageId") for index, body in enumerate(found)]
    signal = Signal(id=f"r-{number}", name="other", payload=number)
    innocent = record(99, encode(COMMAND, CommandMessage(execution_id=EXECUTION, command=signal), MemoryBlobs()))

    answer = commands.handle({"Records": [*odd, innocent]}, None)

    assert any(f"request:r-{number}" in commit.command_ids for commit in engine.store.read(EXECUTION))
    assert "m-99" not in {each["itemIdentifier"] for each in answer["batchItemFailures"]}


@anything
@given(data=st.data(), place=st.integers(0, 3))
def test_shard_comes_again_from_a_record_that_cannot_be_read(engine: Any, data: st.DataObject, place: int) -> None:
    records = [stream_record(number) for number in range(4)]
    records[place] = dented(data, records[place], "SequenceNumber")
    told: list[str] = []

    with mock.patch.object(engine.engine.publish, "handle", lambda name, _: told.append(name)):
        answer = stream.handle({"Records": records}, None)

    failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    assert failed in ([], [f"{place}00"])
    assert told[:place] == [f"s-{number}" for number in range(place)]
    assert failed or {f"s-{number}" for number in range(4) if number != place} <= set(told)


@anything
@given(data=st.data())
def test_event_is_published_or_let_go_when_it_lacks_what_it_should_have(engine: Any, data: st.DataObject) -> None:
    whole = {"id": "1", "detail-type": "x", "source": "s", "detail": {"n": 1}, "time": "2026-01-31T09:00:00Z"}

    answer = inbound.handle(dented(data, whole), None)

    assert answer["event_id"] is None or answer["event_id"].startswith("bus:")


@pytest.mark.parametrize("odd", [{"id": None}, {"id": 7}, {"detail-type": None}, {"detail-type": ["x"]}])
def test_event_is_let_go_when_it_has_no_name_or_no_id(engine: Any, odd: dict[str, Any]) -> None:
    event = {"id": "1", "detail-type": "x", "detail": {}, **odd}

    assert inbound.handle(event, None) == {"event_id": None}


@pytest.mark.parametrize("attributes", [None, {}, {"ApproximateReceiveCount": "often"}])
def test_message_is_returned_when_its_record_has_no_count(engine: Any, attributes: Any) -> None:
    command = CommandMessage(execution_id=EXECUTION, command=Signal(id="r-0", name="other"))
    whole = record(1, encode(COMMAND, command, MemoryBlobs()))

    answer = commands.handle({"Records": [{**whole, "attributes": attributes}]}, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


headers = st.none() | st.dictionaries(
    st.sampled_from(["Authorization", "Sec-WebSocket-Protocol", "X-API-Key", "Origin"]) | st.text(max_size=8),
    st.text(max_size=40)
    | st.builds("{}{}".format, st.sampled_from(["Bearer ", "weft, bearer.", "bearer."]), st.text(max_size=40)),
    max_size=4,
)


@anything
@given(given_headers=headers, again=st.booleans())
def test_handshake_is_answered_when_its_headers_are_anything(engine: Any, given_headers: Any, again: bool) -> None:
    about = {"apiId": "abc", "stage": "api", "connectionId": "c-2", "domainName": "abc.example.org"}
    event = {"requestContext": about, "headers": given_headers}

    assert application.ws_connect(event, SimpleNamespace())["statusCode"] in (200, 401, 403)
    for _ in range(1 + again):  # a viewer may leave twice, or have never come
        assert application.ws_disconnect({"requestContext": about}, SimpleNamespace())["statusCode"] == 200
