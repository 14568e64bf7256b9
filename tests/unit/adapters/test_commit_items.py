"""What a commit is in DynamoDB, and what it costs. Layer: tests."""

from __future__ import annotations

import base64
import math
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.bodies import Bodies
from chalicelib.adapters.codecs import Unreadable
from chalicelib.adapters.dynamodb import commits, decode_commit
from chalicelib.adapters.memory import MemoryBlobs
from chalicelib.domain.execution.events import Commit, Event
from tests.contract.backends import AwsBackend
from tests.contract.samples import AT, ODD_VALUES, commit, incompressible, shape

# One step of a queued workflow: an outcome comes in, a branch is chosen, the next step goes out.
TYPICAL = Commit(
    execution_id="01hvz6k9w3m5n7p9r1t3v5x7z9",
    number=4,
    time=AT,
    first_sequence=8,
    command_ids=("task:charge-card#1:1",),
    events=(
        Event(
            "StepCompleted",
            "charge-card#1",
            {
                "output": {"charge_id": "ch_3Nd82kLkdIwHu7ix0aB", "amount": 4200, "status": "succeeded"},
                "duration_ms": 412,
                "started_at": "2026-03-30T12:00:00.123Z",
                "node": "worker-1",
            },
        ),
        Event(
            "DecisionMade",
            "is-large#1",
            {"chosen_branch": "large", "condition": "$.variables.order.total > 100", "input": {"total": 4200}},
        ),
        Event(
            "StepScheduled",
            "notify#1",
            {
                "attempt": 1,
                "activity_type": "notify.Email",
                "input": {"to": "ada@example.com", "template": "order-confirmed", "order_id": "o-20260330-0042"},
                "deadline": "2026-03-30T12:05:00.000Z",
            },
        ),
    ),
)


def stored(moto: AwsBackend, appended: Commit) -> dict[str, Any]:
    """The item that an append writes, as DynamoDB sees it."""
    moto.executions().append(appended, expires_at=AT + timedelta(days=400))
    client = moto.aws.client("dynamodb")
    (item,) = client.scan(TableName="commits-unit")["Items"]
    return dict(item)


def size_bytes(item: dict[str, Any]) -> int:
    """By the rules of DynamoDB's developer guide, "Item sizes and formats"."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in content)
    if kind == "N":
        return math.ceil(len(content.strip("-0.")) / 2) + 1
    return len(content.encode() if isinstance(content, str) else content)


def as_lambda_has_it(item: dict[str, Any]) -> dict[str, Any]:
    """A stream's record reaches Lambda as JSON: bytes are base64 text."""
    coded = {name: {"B": base64.b64encode(value["B"]).decode()} for name, value in item.items() if "B" in value}
    return item | coded


def test_a_typical_commit_costs_one_write_unit(moto: AwsBackend) -> None:
    item = stored(moto, TYPICAL)

    assert size_bytes(item) < 800
    assert sorted(item) == ["c", "e", "execution_id", "expires_at", "n", "s", "t"]


def test_a_commit_of_repetitive_events_still_costs_one_write_unit(moto: AwsBackend) -> None:
    events = TYPICAL.events * 4  # over 2 KB of JSON

    assert size_bytes(stored(moto, commit(events=events))) <= 1024


def test_the_rest_of_the_item_is_counted_in_full_when_a_body_might_fit_a_unit(blobs: MemoryBlobs) -> None:
    # given outputs of every length around the one where the item outgrows its unit
    bodies = Bodies(blobs, inline_bytes=200_000)
    plain = []
    for length in range(400, 900):
        events = (Event("StepCompleted", "a#1", {"output": "a" * length}),)
        large = commit(2**33, events=events, command_ids=("x" * 100, "ü" * 60), first_sequence=2**35)
        item = commits.to_item(large, commits.EVENTS.encode(events), bodies, AT + timedelta(days=400)).serialize()

        # then one that stays plain does fit
        if item["e"]["B"][0] & 0x0F == 0:
            plain.append(size_bytes(item))
    assert 1000 < max(plain) <= 1024


def test_a_commit_is_unchanged_when_it_comes_from_the_stream(moto: AwsBackend, blobs: MemoryBlobs) -> None:
    original = commit(events=(Event("StepCompleted", "a#1", ODD_VALUES),), command_ids=("", "b"))
    item = stored(moto, original)

    assert shape(decode_commit(as_lambda_has_it(item), blobs)) == shape(original)
    assert shape(decode_commit(item, blobs)) == shape(original)


def test_a_large_commit_is_read_from_its_blob_when_it_comes_from_the_stream(moto: AwsBackend) -> None:
    original = commit(events=(Event("StepCompleted", "a#1", {"output": incompressible(500_000)}),))
    item = stored(moto, original)

    assert size_bytes(item) < 400
    assert decode_commit(as_lambda_has_it(item), moto.blobs()) == original


def test_a_commit_is_unreadable_when_a_newer_release_wrote_it(moto: AwsBackend, blobs: MemoryBlobs) -> None:
    item = stored(moto, commit())
    newer = item | {"e": {"B": b"\x20" + item["e"]["B"][1:]}}

    with pytest.raises(Unreadable, match="form 2"):
        decode_commit(newer, blobs)


def test_an_expiry_is_written_in_seconds_when_one_is_given(moto: AwsBackend) -> None:
    item = stored(moto, commit())

    assert item["expires_at"] == {"N": str(int((AT + timedelta(days=400)).timestamp()))}
