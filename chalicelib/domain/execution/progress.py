"""What a worker says of its work while it goes on. Layer: domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from chalicelib.domain import jsonvalue

MAX_DETAILS_BYTES: Final = 4_096
"""It is written with every heartbeat that is kept, and into the history."""


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a heartbeat may say; ``details`` are any JSON value of at most 4 KB."""

    progress_percentage: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    details: Any = None
    sub_state: Annotated[str, msgspec.Meta(max_length=256)] | None = None

    def to_dict(self) -> dict[str, Any]:
        """What was said, without what was not."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


def read_progress(said: Mapping[str, Any]) -> Progress:
    """``{progress_percentage?: 0..100, details?, sub_state?}``. Raises ``ValueError`` that says what is wrong."""
    try:
        progress = msgspec.convert(said, Progress)
        size_bytes = 0 if progress.details is None else len(jsonvalue.dumps(progress.details))
    except (msgspec.ValidationError, jsonvalue.JsonError) as error:
        raise ValueError(str(error)) from error
    if size_bytes > MAX_DETAILS_BYTES:
        message = f"details take {size_bytes:,} bytes, more than the {MAX_DETAILS_BYTES:,} that they may"
        raise ValueError(message)
    return progress
