"""Reading bodies, and the dead-letter queues. Layer: tests."""

from __future__ import annotations

import logging

import pytest

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.codecs import Unreadable
from chalicelib.adapters.memory import MemoryBlobs
from chalicelib.adapters.sqs import (
    command_dead_letters,
    decode_command,
    decode_task,
    decode_wake_up,
    messages,
    task_dead_letters,
)
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.execution.commands import Advance
from chalicelib.ports.queues import CommandMessage, WakeUpMessage
from chalicelib.settings import Settings
from tests.contract.samples import AT, task
from tests.unit.adapters.faults import Step, scripted

SETTINGS = Settings(commands_dlq_url="https://sqs.example/dead.fifo", tasks_dlq_url="https://sqs.example/dead")
COMMAND = CommandMessage(execution_id="a", command=Advance(cause=3))
WAKE_UP = WakeUpMessage(execution_id="a", at=AT)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        "\ud800",
        '{"kind":"task","v":1}',
        '{"kind":"wake-up","v":1,"message":{}}',
        '{"kind":"task","v":1,"message":{}}',
        '{"kind":"task","v":2,"message":{}}',
        '{"kind":"task","v":1,"message":"x"}',
    ],
)
def test_a_body_is_unreadable_when_it_is_none_of_ours(blobs: MemoryBlobs, body: str) -> None:
    with pytest.raises(Unreadable):
        decode_task(body, blobs)


def test_a_body_is_unreadable_when_it_holds_another_kind(blobs: MemoryBlobs) -> None:
    body = messages.encode(messages.WAKE_UP, WAKE_UP, blobs)

    assert decode_wake_up(body, blobs) == WAKE_UP
    for decode in (decode_command, decode_task):
        with pytest.raises(Unreadable, match="wake-up"):
            decode(body, blobs)


def test_a_command_is_unreadable_when_a_newer_release_has_more_of_them(blobs: MemoryBlobs) -> None:
    body = messages.encode(messages.COMMAND, COMMAND, blobs).replace("Advance", "Retreat")

    with pytest.raises(Unreadable, match="Retreat"):
        decode_command(body, blobs)


def test_a_message_is_not_found_when_its_blob_has_expired(blobs: MemoryBlobs) -> None:
    body = messages.encode(messages.TASK, task(input="x" * 300_000), blobs)
    blobs.lose(blobs.names[0])

    with pytest.raises(NotFound):
        decode_task(body, blobs)


def receiving(*bodies: str) -> Step:
    """A receive that gives messages with these bodies."""
    found = [
        {
            "MessageId": f"id {n}",
            "ReceiptHandle": f"handle {n}",
            "Body": body,
            "Attributes": {"ApproximateReceiveCount": "4"},
        }
        for n, body in enumerate(bodies)
    ]
    return "receive_message", {"Messages": found}


def test_tasks_and_wake_ups_are_told_apart_when_they_share_a_dead_letter_queue(aws: Aws, blobs: MemoryBlobs) -> None:
    queue = task_dead_letters(aws, SETTINGS, blobs)
    bodies = [messages.encode(messages.TASK, task(), blobs), messages.encode(messages.WAKE_UP, WAKE_UP, blobs)]

    with scripted(aws, "sqs", receiving(*bodies), receiving()):
        deliveries = queue.receive(10)

    assert [(each.message, each.delivery_id, each.receive_count) for each in deliveries] == [
        (task(), "handle 0", 4),
        (WAKE_UP, "handle 1", 4),
    ]


def test_no_more_is_asked_for_when_the_limit_is_reached(aws: Aws, blobs: MemoryBlobs) -> None:
    queue = command_dead_letters(aws, SETTINGS, blobs)
    body = messages.encode(messages.COMMAND, COMMAND, blobs)

    with scripted(aws, "sqs", receiving(*[body] * 10), receiving(*[body] * 2)):
        assert len(queue.receive(12)) == 12


def test_an_unreadable_letter_is_reported_and_left_when_others_are_received(
    aws: Aws, blobs: MemoryBlobs, caplog: pytest.LogCaptureFixture
) -> None:
    queue = command_dead_letters(aws, SETTINGS, blobs)
    gone = messages.encode(messages.COMMAND, msg_with_blob(), blobs)
    blobs.lose(blobs.names[0])
    bodies = ["no JSON", messages.encode(messages.COMMAND, COMMAND, blobs), gone]

    with (
        caplog.at_level(logging.ERROR),
        scripted(aws, "sqs", receiving(*bodies), ("receive_message", {})),
    ):
        deliveries = queue.receive(10)

    assert [delivery.message for delivery in deliveries] == [COMMAND]
    assert [record.args[0] for record in caplog.records if isinstance(record.args, tuple)] == ["id 0", "id 2"]


def msg_with_blob() -> CommandMessage:
    return CommandMessage(execution_id="a", command=Advance(cause=1), trace_id="x" * 300_000)


def test_a_dead_letter_queue_is_unavailable_when_sqs_throttles(aws: Aws, blobs: MemoryBlobs) -> None:
    queue = command_dead_letters(aws, SETTINGS, blobs)
    body = messages.encode(messages.COMMAND, COMMAND, blobs)
    with scripted(aws, "sqs", receiving(body)):
        (delivery,) = queue.receive(1)

    with scripted(aws, "sqs", ("receive_message", "RequestThrottled")), pytest.raises(Unavailable):
        queue.receive(1)
    with scripted(aws, "sqs", ("delete_message", "RequestThrottled")), pytest.raises(Unavailable):
        queue.delete(delivery)
