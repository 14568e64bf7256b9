"""The engine behind the functions: memory adapters, the decoders of a deployment, and two executions that wait."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import decode_commit
from chalicelib.adapters.memory.blobs import MemoryBlobs
from chalicelib.adapters.sqs import decode_command, decode_task, decode_wake_up
from tests.fuzz.answering import seeded


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    service, blobs = seeded(), MemoryBlobs()
    decoders = bootstrap.Decoders(
        partial(decode_command, blobs=blobs),
        partial(decode_task, blobs=blobs),
        partial(decode_wake_up, blobs=blobs),
        partial(decode_commit, blobs=blobs),
    )
    with bootstrap.use(service.engine, decoders):
        yield service
