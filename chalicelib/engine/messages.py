"""Changes as messages: one JSON text each, small enough for the gateway. Layer: engine."""

from __future__ import annotations

from typing import Any

from chalicelib.domain import jsonvalue
from chalicelib.ports.viewers import LARGEST_MESSAGE_BYTES


def to_message(change: dict[str, Any]) -> bytes:
    """A change as it is sent. One that is too large keeps of its data only which step it is about.

    ``truncated`` then says how large the data are: ``[{pointer, bytes}]``; the history has them.
    """
    message = jsonvalue.dumps(change)
    if len(message) <= LARGEST_MESSAGE_BYTES:
        return message
    data = change["data"]
    kept = {name: data[name] for name in ("step_id", "run_id") if name in data}
    left_out = {"pointer": "/data", "bytes": len(jsonvalue.dumps(data))}
    return jsonvalue.dumps({**change, "data": kept, "truncated": [left_out]})
