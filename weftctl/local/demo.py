"""``make demo``: runs ``examples/hello-world.json`` on an embedded AWS of its own, over HTTP, and shows what happened.

Nothing of it stays: the data is in a temporary folder, the ports are free ones, and what was started is stopped.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.json import JSON
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chalicelib.domain.errors import WeftError
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.stack import EmbeddedAws
from weftctl.local.stopping import Stop, Stopped, stopping_on_signals
from weftctl.packaging import build
from weftctl.packaging.artefact import PROJECT_ROOT

EXAMPLE = PROJECT_ROOT / "examples" / "hello-world.json"
INPUT = {"name": "World", "count": 3}

END_SECONDS = 60.0
_POLL_SECONDS = 0.1
_ENDED = frozenset({"completed", "partially_failed", "failed", "canceled", "timed_out"})


def main() -> int:
    """Runs the demo; returns the exit code: 0 completed, 1 the workflow ended otherwise, 3 it could not run."""
    progress = Console(stderr=True)
    with stopping_on_signals() as stop:
        try:
            return _run(Console(), progress, stop)
        except (Stopped, KeyboardInterrupt):
            stop.event.set()  # everything has been stopped on the way here
        except WeftError as error:
            if not stop.event.is_set():  # else it is what the signal did to a process of ours
                progress.print(f"error: {error.message}", style="red", markup=False)
                return 3
    progress.print("interrupted; everything is stopped")
    return 130  # what a shell expects of a program that Ctrl-C ended


def _run(console: Console, progress: Console, stop: Stop) -> int:
    began = time.monotonic()

    def say(text: str) -> None:
        stop.check()
        progress.print(f"[dim]{time.monotonic() - began:5.1f} s[/]  {text}", highlight=False)

    with tempfile.TemporaryDirectory(prefix="weft-demo-") as folder:
        artefact = build("local", say=say)
        with EmbeddedAws(Path(folder), say=say) as stack:
            stack.deploy(artefact)
            say(f"ready at {stack.url}")
            with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=30.0, trust_env=False) as api:
                status, history = run_example(api, say, stop.pause)
            show(console, status, history)
            say("stopping")
    say("done")
    return 0 if status["state"] == "completed" else 1


def run_example(
    api: httpx.Client, say: Callable[[str], None], pause: Callable[[float], None]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Registers and executes the example; returns the execution's status and its history.

    ``pause`` waits so many seconds between two looks.

    Raises:
        LocalRuntimeError: the API refuses, or the execution does not end in time.
    """
    definition = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    say(f"registering {EXAMPLE.relative_to(PROJECT_ROOT)}")
    _ask(api, "POST", "/workflows", definition)
    say(f"executing {definition['id']} with {json.dumps(INPUT)}")
    started = _ask(api, "POST", f"/workflows/{definition['id']}/execute", {"input": INPUT})
    address = f"/workflows/executions/{started['execution_id']}"
    status = _wait_until_ended(api, address, pause)
    return status, _ask(api, "GET", f"{address}/history")["events"]


def _wait_until_ended(api: httpx.Client, address: str, pause: Callable[[float], None]) -> dict[str, Any]:
    deadline = time.monotonic() + END_SECONDS
    while True:
        status = _ask(api, "GET", address)
        if status["state"] in _ENDED:
            return status
        if time.monotonic() > deadline:
            raise LocalRuntimeError(f"the execution is still {status['state']} after {END_SECONDS:.0f} s")
        pause(_POLL_SECONDS)


def _ask(api: httpx.Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    try:
        answer = api.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise LocalRuntimeError(f"{method} {path}: {error}") from error
    if not answer.is_success:
        raise LocalRuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
    content: dict[str, Any] = answer.json()
    return content


def show(console: Console, status: dict[str, Any], history: list[dict[str, Any]]) -> None:
    """Prints the output and the history."""
    table = Table(title=f"History of {status['execution_id']}", title_justify="left")
    for column in ("#", "time", "event", "step", "details"):
        table.add_column(column, overflow="fold", justify="right" if column == "#" else "left")
    for event in history:
        details = json.dumps(event["details"], ensure_ascii=False) if event.get("details") else ""
        clock = str(event["timestamp"])[11:23]
        row = [str(event["sequence"]), clock, event["event_type"], event.get("step_id") or "", details]
        table.add_row(*map(Text, row))  # text, in which brackets are no markup
    console.print(table)
    colour = "green" if status["state"] == "completed" else "red"
    shown = status["output"] if status["state"] == "completed" else status["error"]
    title = f"{status['workflow_id']} {status['state']}: output"
    console.print(Panel(JSON(json.dumps(shown)), title=title, title_align="left", border_style=colour))


if __name__ == "__main__":
    sys.exit(main())
