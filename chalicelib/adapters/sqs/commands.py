"""Commands into the FIFO queue. Layer: adapters. The message group is the execution."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from chalicelib.adapters.aws import Aws, translated
from chalicelib.adapters.bodies import Blobs
from chalicelib.adapters.sqs import batches, messages
from chalicelib.ports.queues import CommandMessage, OutgoingCommand
from chalicelib.settings import Settings

# What SQS takes for a deduplication id: up to 128 letters, digits and ASCII punctuation.
_ACCEPTED_ID: Final = re.compile(r"[!-~]{1,128}")


class SqsCommandQueue:
    """``CommandQueue`` over the commands queue, which deduplicates within each message group."""

    def __init__(self, aws: Aws, settings: Settings, blobs: Blobs) -> None:
        self._aws = aws
        self._queue_url = settings.commands_queue_url
        self._blobs = blobs

    def send(self, message: CommandMessage, *, deduplication_id: str) -> None:
        body = messages.encode(messages.COMMAND, message, self._blobs)
        with translated(f"sending a command for {message.execution_id}"):
            self._aws.client("sqs").send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageGroupId=message.execution_id,
                MessageDeduplicationId=accepted_id(deduplication_id),
            )

    def send_all(self, commands: Sequence[OutgoingCommand]) -> None:
        entries = [
            {
                "MessageBody": messages.encode(messages.COMMAND, command.message, self._blobs),
                "MessageGroupId": command.message.execution_id,
                "MessageDeduplicationId": accepted_id(command.deduplication_id),
            }
            for command in commands
        ]
        batches.send_all(self._aws, self._queue_url, entries, "commands")


def accepted_id(deduplication_id: str) -> str:
    """``deduplication_id`` if SQS takes it as it is, else its hash."""
    if _ACCEPTED_ID.fullmatch(deduplication_id):
        return deduplication_id
    return hashlib.sha256(deduplication_id.encode()).hexdigest()
