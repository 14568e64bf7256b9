"""Notices changes of what the artefact is made of."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import DefaultFilter, watch

_WATCHED = ("app.py", "chalicelib", "infra", "requirements.txt", ".chalice", "console/src", "console/index.html")
_POLL_MILLISECONDS = 300
_PULSE_MILLISECONDS = 1000


def changes(root: Path, stop: threading.Event) -> Iterator[str]:
    """The changed files under ``root``, described in one line a burst; an empty text every second without a change.

    Ends when ``stop`` is set. Looks instead of listening: editors replace a file by another, and a notification for the
    first one does not tell of the second.
    """
    bursts = watch(
        *(root / name for name in _WATCHED if (root / name).exists()),
        watch_filter=DefaultFilter(),
        stop_event=stop,
        force_polling=True,
        poll_delay_ms=_POLL_MILLISECONDS,
        rust_timeout=_PULSE_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    for burst in bursts:
        yield describe(root, {Path(path) for _, path in burst})


def describe(root: Path, paths: set[Path]) -> str:
    """A burst of changed files in one line; empty for none."""
    names = sorted(str(path.relative_to(root)) for path in paths)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
