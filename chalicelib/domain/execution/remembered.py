"""What an execution remembers of what was decided: hashes of ids, each with the second of its answer.

Layer: domain. A part of the fold. Kept longer than any queue keeps a message, and forgotten in order of age.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from chalicelib.domain.execution.state import State

REMEMBERED_SECONDS: Final = 15 * 86_400
"""Longer than a queue and its dead-letter queue keep a message, and longer than events are kept (14 days)."""


def request_hash(command_id: str) -> str:
    """How a request is remembered."""
    return hashlib.blake2b(command_id.encode(), digest_size=9).hexdigest()


def is_remembered(state: State, command_id: str) -> bool:
    """Whether this was decided before."""
    return request_hash(command_id) in state.requests


def remember(state: State, command_id: str, time: datetime) -> None:
    """Note that this was decided at ``time``."""
    state.requests[request_hash(command_id)] = int(time.timestamp())


def forget_old(state: State, time: datetime) -> None:
    """Forget what is old enough at ``time``."""
    oldest = int(time.timestamp()) - REMEMBERED_SECONDS
    while state.requests:
        first = next(iter(state.requests))
        if state.requests[first] >= oldest:
            return
        del state.requests[first]
