"""The progress of an execution on stderr: a live table on a terminal, a line for each change elsewhere.

Layer: command line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from weftctl.rendering.waiting import detail, hints, in_brackets

Status = Mapping[str, Any]


class Progress(Protocol):
    """Shows one status of an execution after another."""

    def update(self, status: Status) -> None:
        """Show ``status`` (the document of the REST interface)."""


class PlainProgress:
    """A line for each change of a step run or of the execution."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._shown: dict[tuple[str, int], tuple[str, int, str]] = {}
        self._state: str | None = None
        self._hinted: set[str] = set()

    def update(self, status: Status) -> None:
        """Print what differs from the status before."""
        for step in status.get("steps") or ():
            run, now = (step["step_id"], step["run"]), (step["state"], step["attempts"], detail(step))
            if self._shown.get(run) != now:
                self._shown[run] = now
                self._print(_step_line(step))
        if status["state"] != self._state:
            self._state = status["state"]
            self._print(f"{status['execution_id']} {self._state}{_reason(status.get('error'))}")
        for hint in hints(status):
            if hint not in self._hinted:
                self._print(f"  go on with: {hint}")
        self._hinted = set(hints(status))

    def _print(self, line: str) -> None:
        print(line, file=self._file, flush=True)


@contextmanager
def progress(file: TextIO | None = None) -> Iterator[Progress]:
    """Progress on ``file`` (stderr), in the form that suits it."""
    target = file or sys.stderr
    if not target.isatty():
        yield PlainProgress(target)
        return
    from rich.console import Console
    from rich.live import Live

    from weftctl.rendering.tree import tree

    with Live(console=Console(file=target), refresh_per_second=8, transient=False) as live:

        class Shown:
            def update(self, status: Status) -> None:
                live.update(tree(status))

        yield Shown()


def _step_line(step: Status) -> str:
    run = "" if step["run"] == 1 else f" (run {step['run']})"
    attempt = "" if step["attempts"] <= 1 else f", attempt {step['attempts']}"
    return f"  {step['step_id']}{run} {step['state']}{in_brackets(step)}{attempt}{_reason(step.get('error'))}"


def _reason(error: Any) -> str:
    return f": {error['code']}: {error['message']}" if isinstance(error, Mapping) else ""
