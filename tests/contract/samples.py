"""Values that a store must give back as they were. Layer: tests."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.domain.execution.events import Commit, Event
from chalicelib.domain.execution.tasks import Task
from chalicelib.ports.definitions import StoredDefinition
from chalicelib.ports.executions import Summary

AT = datetime(2026, 3, 30, 12, 0, 0, 123_000, tzinfo=UTC)

ODD_VALUES: dict[str, Any] = {
    "beyond 64 bits": 2**64 + 1,
    "negative beyond 64 bits": -(2**70),
    "a thousand digits": 10**999 + 7,
    "beyond a double": Decimal("1e400"),
    "more digits than a double": Decimal("0.12345678901234567890123456789"),
    "float": 0.1,
    "whole float": 3.0,
    "small": 5e-324,
    "large": 1.7976931348623157e308,
    "negative zero": -0.0,
    "zero": 0,
    "true": True,
    "false": False,
    "null": None,
    "empty text": "",
    "empty list": [],
    "empty object": {},
    "unicode": "ünïcödé 漢字 العربية",
    "emoji 🚀": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "controls": "\x00\x01\x1f\x7f\x85\u2028\u2029",
    "noncharacters": "\ufffe\uffff\U0010ffff\U0001ffff",
    "quotes": "\"'\\/\b\f\n\r\t{}[]<>&",
    "": "an empty key",
    "as deep as a document may be": json.loads("[" * 190 + "]" * 190),
    "lists in lists": [[[{"a": [None, {"b": []}]}]]],
}


def shape(value: Any) -> Any:
    """A value with the types of its numbers spelled out: 1, 1.0 and True are equal in Python, but not the same."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shape(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return [type(value).__name__, shape(msgspec.structs.asdict(value))]
    return [type(value).__name__, repr(value)]


def commit(number: int = 1, *, execution_id: str = "execution-1", **changes: Any) -> Commit:
    """A small commit, the more so for what is not said."""
    plain: dict[str, Any] = {
        "execution_id": execution_id,
        "number": number,
        "time": AT + timedelta(milliseconds=number),
        "first_sequence": 3 * number - 2,
        "command_ids": (f"advance:{number}",),
        "events": (Event("StepStarted", f"charge#{number}", {"attempt": 1}),),
    }
    return Commit(**(plain | changes))


def incompressible(size: int) -> str:
    """Text of ``size`` characters that zlib makes no smaller than four fifths."""
    return base64.b85encode(random.Random(size).randbytes(size)).decode()[:size]


def summary(execution_id: str = "execution-1", **changes: Any) -> Summary:
    plain: dict[str, Any] = {
        "execution_id": execution_id,
        "workflow_id": "orders",
        "workflow_version": "1.0.0",
        "state": "running",
        "created_at": AT,
        "commit_number": 1,
    }
    return Summary(**(plain | changes))


def definition(workflow_id: str = "orders", version: str = "1.0.0", **changes: Any) -> StoredDefinition:
    document = changes.pop("document", {"id": workflow_id, "version": version, "steps": []})
    plain: dict[str, Any] = {
        "workflow_id": workflow_id,
        "version": version,
        "name": f"The {workflow_id}",
        "digest": changes.pop("digest", f"digest of {workflow_id} {version}"),
        "document": document,
        "created_at": AT,
        "description": None,
    }
    return StoredDefinition(**(plain | changes))


def task(run_id: str = "charge#1", **changes: Any) -> Task:
    plain: dict[str, Any] = {
        "execution_id": "execution-1",
        "workflow_id": "orders",
        "run_id": run_id,
        "attempt": 1,
        "activity_type": "billing.Charge",
        "input": {"amount": 12},
        "cause": 2,
    }
    return Task(**(plain | changes))
