"""``weft dev``: the local stack in the foreground, until Ctrl-C. Data is kept in ``.weft`` from one run to the next."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib.domain.errors import WeftError
from weftctl.local.reloading import changes
from weftctl.local.running import claim
from weftctl.local.stack import EmbeddedAws
from weftctl.packaging import build
from weftctl.packaging.artefact import PROJECT_ROOT

DEFAULT_PORT = 8080
DATA_FOLDER = ".weft"

# Settings that say where something is are the stack's to make; all others reach the functions as they are.
_NOT_PASSED = frozenset({"WEFT_AWS_ENDPOINT_URL", "WEFT_ENDPOINT", "WEFT_STAGE"})

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last is the end of the terminal


def main(port: int = DEFAULT_PORT, *, reload: bool = False, folder: Path | None = None) -> int:
    """Runs the stack on ``port`` until SIGINT, SIGTERM or SIGHUP; returns the exit code: 0, or 3 if it could not run.

    ``reload`` deploys again whenever a source changes; ``folder`` is where the data is, ``.weft`` in the project by
    default.
    """
    try:
        with _stopping_on_signals() as stop:
            _run(port, reload, folder or PROJECT_ROOT / DATA_FOLDER, stop)
        _say("stopped; the data is kept")
    except WeftError as error:
        _say(f"error: {error.message}")
        return 3
    return 0


def _run(port: int, reload: bool, folder: Path, stop: threading.Event) -> None:
    settings = {
        name: value for name, value in os.environ.items() if name.startswith("WEFT_") and name not in _NOT_PASSED
    }
    with claim(folder) as held, EmbeddedAws(folder, port=port, persist=True, settings=settings, say=_say) as stack:
        stack.deploy(build("local", say=_say))
        held.announce(stack.url)
        _say(f"ready at {stack.url}, embedded AWS at {stack.endpoint_url}, log in {stack.emulator.log}; Ctrl-C stops")
        try:
            for change in changes(PROJECT_ROOT, stop) if reload else _seconds(stop):
                stack.emulator.check()
                if change:
                    _redeploy(stack, change)
        finally:
            held.announce("")
            _say("stopping")


def _seconds(stop: threading.Event) -> Iterator[str]:
    """An empty text every second until ``stop`` is set: `changes` where nothing is watched."""
    while not stop.wait(1.0):
        yield ""


def _redeploy(stack: EmbeddedAws, change: str) -> None:
    """Deploys what changed. What is broken is said and waits for the next change: the last good deployment goes on."""
    _say(f"changed: {change}")
    try:
        stack.deploy(build("local", say=_say))
    except WeftError as error:
        _say(f"error: {error.message}")
    else:
        _say(f"ready at {stack.url}")


@contextmanager
def _stopping_on_signals() -> Iterator[threading.Event]:
    """An event for those who wait; SIGINT, SIGTERM and SIGHUP set it, and interrupt what is being done."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        stop.set()
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, on_signal) for number in _STOPPING}
    try:
        yield stop
    except KeyboardInterrupt:
        stop.set()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m weftctl.local.dev", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--reload", action="store_true", help="deploy again whenever a source changes")
    parser.add_argument("--folder", type=Path, help="where the data is (default: .weft in the project)")
    options = parser.parse_args()
    sys.exit(main(options.port, reload=options.reload, folder=options.folder))
