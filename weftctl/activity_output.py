"""What activities that run in this process print and log: to stderr, since stdout belongs to the result.

Layer: command line.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Final

LOGGER: Final = "weft.activities"


class OneLine(logging.Formatter):
    """Level, activity and message, and of an exception what it says: where it was raised is in the result."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        line = f"{record.levelname} {record.name.removeprefix(LOGGER + '.')}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line += f" ({type(error).__name__}: {error})"
        return line


@contextmanager
def activities_to_stderr() -> Iterator[None]:
    """Send what is printed inside, and what activities log from ``WEFT_LOG_LEVEL`` (INFO) on, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logger = logging.getLogger(LOGGER)
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.getLevelNamesMapping().get(os.environ.get("WEFT_LOG_LEVEL", "").upper(), logging.INFO))
    logger.propagate = False
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
