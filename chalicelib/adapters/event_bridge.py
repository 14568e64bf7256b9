"""Events to EventBridge.

Layer: adapters. A request takes ten entries and 256 KB in all, and may fail in part: that part is sent again, twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from chalicelib.adapters.aws import Aws, AwsRefused, translated
from chalicelib.adapters.outgoing import fitting
from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import Unavailable
from chalicelib.ports.event_bus import OutgoingEvent
from chalicelib.settings import Settings

SOURCE: Final = "weft"
"""What every event of ours says it is from; what listens for events from outside leaves these out."""
_MOST_A_REQUEST: Final = 10
_LARGEST_REQUEST_BYTES: Final = 250_000
_ATTEMPTS: Final = 3
_PASSING: Final = frozenset({"InternalFailure", "InternalException", "ThrottlingException"})


class EventBridgeBus:
    """``EventBus`` over the stack's bus. Without one (no name set) nothing is sent."""

    def __init__(self, aws: Aws, settings: Settings) -> None:
        self._aws = aws
        self._name = settings.event_bus

    def send(self, events: Sequence[OutgoingEvent]) -> None:
        if not self._name:
            return
        entries = [self._entry(fitting(event)) for event in events]
        for batch in _batches(entries):
            self._send_batch(batch)

    def _entry(self, event: OutgoingEvent) -> dict[str, Any]:
        return {
            "Source": SOURCE,
            "DetailType": event.type[:128],
            "Time": event.time,
            "Detail": jsonvalue.dumps(event.detail).decode(),
            "EventBusName": self._name,
        }

    def _send_batch(self, entries: list[dict[str, Any]]) -> None:
        code = ""
        for _ in range(_ATTEMPTS):
            with translated(f"sending {len(entries)} events to the bus {self._name}"):
                answer = self._aws.client("events").put_events(Entries=entries)
            if not answer.get("FailedEntryCount"):
                return
            failed = [
                (entry, each) for entry, each in zip(entries, answer["Entries"], strict=True) if "ErrorCode" in each
            ]
            entries = [entry for entry, _ in failed]
            code = f"{failed[0][1]['ErrorCode']} {failed[0][1].get('ErrorMessage', '')}".strip()
        message = f"the bus {self._name} did not accept {len(entries)} events: {code}"
        if code.partition(" ")[0] in _PASSING:
            raise Unavailable(message)
        raise AwsRefused(message)


def _batches(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size_bytes = 0
    for entry in entries:
        length = len(entry["Detail"].encode()) + len(entry["DetailType"].encode()) + 20
        if batch and (len(batch) == _MOST_A_REQUEST or size_bytes + length > _LARGEST_REQUEST_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(entry)
        size_bytes += length
    if batch:
        yield batch
