"""Sending to SQS: bodies, batches, and what is not accepted. Layer: tests."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.adapters.aws import Aws, AwsRefused
from chalicelib.adapters.memory import MemoryBlobs
from chalicelib.adapters.sqs import SqsCommandQueue, SqsTaskQueue, SqsWakeUpQueue, messages
from chalicelib.adapters.sqs.commands import accepted_id
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.execution.commands import Advance
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.queues import CommandMessage, WakeUpMessage
from chalicelib.settings import Settings
from tests.contract.samples import AT, ODD_VALUES, incompressible, task
from tests.unit.adapters.faults import Step, hooked, losing_requests, scripted

SETTINGS = Settings(
    commands_queue_url="https://sqs.example/commands.fifo",
    tasks_medium_queue_url="https://sqs.example/medium",
    tasks_high_queue_url="https://sqs.example/high",
    wakeups_queue_url="https://sqs.example/wake-ups",
)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
ACCEPTED_BY_SQS = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@pytest.fixture
def tasks(aws: Aws, blobs: MemoryBlobs) -> SqsTaskQueue:
    return SqsTaskQueue(aws, SETTINGS, blobs)


def batch(*, failed: str = "", sender_fault: bool = False) -> Step:
    """A batch that is accepted but for the messages with ids in ``failed``."""
    failures = [
        {"Id": name, "SenderFault": sender_fault, "Code": "InternalError", "Message": "try again"} for name in failed
    ]
    return "send_message_batch", {"Successful": [], "Failed": failures}


def test_a_body_has_only_characters_that_sqs_takes_when_its_values_have_others(blobs: MemoryBlobs) -> None:
    body = messages.encode(messages.TASK, task(input=ODD_VALUES), blobs)

    assert ACCEPTED_BY_SQS.fullmatch(body)


def test_a_message_is_readable_for_people_when_it_lies_in_a_queue(blobs: MemoryBlobs) -> None:
    message = CommandMessage(execution_id="a", command=Advance(cause=3), trace_id="t")

    assert messages.encode(messages.COMMAND, message, blobs) == (
        '{"kind":"command","v":1,"message":{"execution_id":"a","command":{"type":"Advance","cause":3},"trace_id":"t"}}'
    )


@pytest.mark.parametrize(("length", "is_blob"), [(200_000, False), (249_700, False), (250_000, True)])
def test_a_message_goes_to_a_blob_when_sqs_would_not_take_it(blobs: MemoryBlobs, length: int, is_blob: bool) -> None:
    sent = task(input=incompressible(length).replace("<", "x"))

    body = messages.encode(messages.TASK, sent, blobs)

    assert (len(body.encode()) < 300, len(blobs.names)) == (is_blob, int(is_blob))
    assert messages.decode_task(body, blobs) == sent


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("advance:7@12", "advance:7@12"),
        ("!~" * 64, "!~" * 64),
        ("x" * 129, "[0-9a-f]{64}"),
        ("task:żółć#1", "[0-9a-f]{64}"),
        ("a b", "[0-9a-f]{64}"),
        ("", "[0-9a-f]{64}"),
    ],
)
def test_a_deduplication_id_is_hashed_when_sqs_would_not_take_it(given: str, expected: str) -> None:
    assert accepted_id(given) == expected or re.fullmatch(expected, accepted_id(given))


# --- batches --------------------------------------------------------------------------------------------------------


def batches(aws: Aws, queue: SqsTaskQueue, sent: list[Task], count: int) -> list[tuple[str, int]]:
    """Queue and size of the ``count`` batches that sending ``sent`` makes, all of them accepted."""
    made: list[tuple[str, int]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        assert sum(len(entry["MessageBody"].encode()) for entry in params["Entries"]) <= 256 * 1024
        made.append((params["QueueUrl"].rpartition("/")[2], len(params["Entries"])))

    with hooked(aws, "before-parameter-build.sqs.SendMessageBatch", note), scripted(aws, "sqs", *[batch()] * count):
        queue.send(sent)
    return made


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], []),
        ([task()], [("medium", 1)]),
        ([task()] * 21, [("medium", 10), ("medium", 10), ("medium", 1)]),
        ([task(), task(priority="high"), task()], [("high", 1), ("medium", 2)]),
        ([task(input="x" * 100_000)] * 5, [("medium", 2), ("medium", 2), ("medium", 1)]),
        ([task(input="x" * 240_000), task(), task(input="x" * 240_000)], [("medium", 2), ("medium", 1)]),
    ],
)
def test_tasks_are_sent_in_as_few_batches_as_sqs_takes(
    aws: Aws, tasks: SqsTaskQueue, sent: list[Task], expected: list[tuple[str, int]]
) -> None:
    assert batches(aws, tasks, sent, len(expected)) == expected


def test_only_the_failed_part_is_sent_again_when_a_batch_fails_in_part(aws: Aws, tasks: SqsTaskQueue) -> None:
    sent: list[list[str]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append([entry["Id"] for entry in params["Entries"]])

    with (
        hooked(aws, "before-parameter-build.sqs.SendMessageBatch", note),
        scripted(aws, "sqs", batch(failed="13"), batch(failed="1"), batch()),
    ):
        tasks.send([task(f"step#{n}") for n in range(4)])

    assert sent == [["0", "1", "2", "3"], ["1", "3"], ["1"]]


def test_sending_is_unavailable_when_a_part_fails_again_and_again(aws: Aws, tasks: SqsTaskQueue) -> None:
    with scripted(aws, "sqs", *[batch(failed="0")] * 3), pytest.raises(Unavailable, match="InternalError"):
        tasks.send([task()])


def test_sending_is_refused_at_once_when_the_fault_is_ours(aws: Aws, tasks: SqsTaskQueue) -> None:
    ours = batch(failed="0", sender_fault=True)

    with scripted(aws, "sqs", ours), pytest.raises(AwsRefused, match="InternalError"):
        tasks.send([task()])


def test_every_queue_is_unavailable_when_sqs_throttles_or_is_silent(
    aws: Aws, tasks: SqsTaskQueue, blobs: MemoryBlobs
) -> None:
    commands, wake_ups = SqsCommandQueue(aws, SETTINGS, blobs), SqsWakeUpQueue(aws, SETTINGS, blobs)
    command = CommandMessage(execution_id="a", command=Advance(cause=1))

    with scripted(aws, "sqs", ("send_message_batch", "RequestThrottled")), pytest.raises(Unavailable):
        tasks.send([task()])
    with scripted(aws, "sqs", ("send_message", "ThrottlingException")), pytest.raises(Unavailable):
        commands.send(command, deduplication_id="1")
    with losing_requests(aws, "sqs", "SendMessage"), pytest.raises(Unavailable):
        wake_ups.send(WakeUpMessage(execution_id="a", at=AT), now=AT)
