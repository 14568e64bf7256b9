"""Sending several messages in as few requests as SQS takes.

Layer: adapters. A batch takes ten messages and 256 KB in all, and may fail in part: that part is sent again, twice. A
request costs the same with one message in it or with ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from chalicelib.adapters.aws import Aws, AwsRefused, translated
from chalicelib.domain.errors import Unavailable

_MOST_A_BATCH: Final = 10
_LARGEST_BATCH_BYTES: Final = 256 * 1024
_ATTEMPTS: Final = 3

Entry = dict[str, Any]
"""A message as ``SendMessageBatch`` takes it, but for its ``Id``."""


def send_all(aws: Aws, queue_url: str, messages: Sequence[Entry], what: str) -> None:
    """Send every message, in order; ``what`` they are, for errors.

    Raises ``Unavailable`` if any was not accepted, ``AwsRefused`` if one never will be. Others may be sent then.
    """
    for batch in _batches(messages):
        _send_batch(aws, queue_url, batch, what)


def _send_batch(aws: Aws, queue_url: str, messages: Sequence[Entry], what: str) -> None:
    entries: list[Entry] = [{"Id": str(n), **message} for n, message in enumerate(messages)]
    failed: list[dict[str, Any]] = []
    for _ in range(_ATTEMPTS):
        with translated(f"sending {len(entries)} {what}"):
            answer = aws.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
        failed = answer.get("Failed", [])
        if not failed:
            return
        _refuse_own_faults(failed, what)
        ids = {failure["Id"] for failure in failed}
        entries = [entry for entry in entries if entry["Id"] in ids]
    message = f"{len(entries)} {what} were not accepted: {failed[0].get('Code')} {failed[0].get('Message', '')}"
    raise Unavailable(message)


def _batches(messages: Sequence[Entry]) -> Iterator[list[Entry]]:
    """``messages``, in order, in as few batches as SQS takes."""
    batch: list[Entry] = []
    size_bytes = 0
    for message in messages:
        length = len(message["MessageBody"].encode())
        if batch and (len(batch) == _MOST_A_BATCH or size_bytes + length > _LARGEST_BATCH_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(message)
        size_bytes += length
    if batch:
        yield batch


def _refuse_own_faults(failed: Sequence[dict[str, Any]], what: str) -> None:
    for failure in failed:
        if failure.get("SenderFault"):
            message = f"one of several {what} was refused: {failure.get('Code')} {failure.get('Message', '')}"
            raise AwsRefused(message)
