"""``weft dev``: the local stack in the foreground, until Ctrl-C. Data is kept in ``.weft`` from one run to the next."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from chalicelib.domain.errors import WeftError
from weftctl.local.reloading import changes
from weftctl.local.running import claim
from weftctl.local.stack import EmbeddedAws
from weftctl.local.stopping import Stop, Stopped, stopping_on_signals
from weftctl.packaging import build
from weftctl.packaging.artefact import PROJECT_ROOT

DEFAULT_PORT = 8080
DATA_FOLDER = ".weft"

# Settings that say where something is are the stack's to make; all others reach the functions as they are.
_NOT_PASSED = frozenset({"WEFT_AWS_ENDPOINT_URL", "WEFT_ENDPOINT", "WEFT_STAGE"})


def main(port: int = DEFAULT_PORT, *, reload: bool = False, folder: Path | None = None) -> int:
    """Runs the stack on ``port`` until SIGINT, SIGTERM or SIGHUP; returns the exit code: 0, or 3 if it could not run.

    ``reload`` deploys again whenever a source changes; ``folder`` is where the data is, ``.weft`` in the project by
    default.
    """
    with stopping_on_signals() as stop:
        try:
            _run(port, reload, folder or PROJECT_ROOT / DATA_FOLDER, stop)
        except (Stopped, KeyboardInterrupt):
            stop.event.set()  # as after the loop: everything has been stopped on the way here
        except WeftError as error:
            if not stop.event.is_set():  # else it is what the signal did to a process of ours
                _say(f"error: {error.message}")
                return 3
    _say("stopped; the data is kept")
    return 0


def _run(port: int, reload: bool, folder: Path, stop: Stop) -> None:
    def say(text: str) -> None:
        stop.check()
        _say(text)

    settings = {
        name: value for name, value in os.environ.items() if name.startswith("WEFT_") and name not in _NOT_PASSED
    }
    with claim(folder) as held, EmbeddedAws(folder, port=port, persist=True, settings=settings, say=say) as stack:
        stack.deploy(build("local", say=say))
        stop.check()
        held.announce(stack.url)
        _say(f"ready at {stack.url}, embedded AWS at {stack.endpoint_url}, log in {stack.emulator.log}; Ctrl-C stops")
        try:
            for change in changes(PROJECT_ROOT, stop.event) if reload else _seconds(stop.event):
                stack.emulator.check()
                if change:
                    _redeploy(stack, change, say)
        finally:
            held.announce("")
            _say("stopping")


def _seconds(stop: threading.Event) -> Iterator[str]:
    """An empty text every second until ``stop`` is set: `changes` where nothing is watched."""
    while not stop.wait(1.0):
        yield ""


def _redeploy(stack: EmbeddedAws, change: str, say: Callable[[str], None]) -> None:
    """Deploys what changed. What is broken is said and waits for the next change: the last good deployment goes on."""
    say(f"changed: {change}")
    try:
        stack.deploy(build("local", say=say))
    except WeftError as error:
        say(f"error: {error.message}")
    else:
        say(f"ready at {stack.url}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m weftctl.local.dev", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--reload", action="store_true", help="deploy again whenever a source changes")
    parser.add_argument("--folder", type=Path, help="where the data is (default: .weft in the project)")
    options = parser.parse_args()
    sys.exit(main(options.port, reload=options.reload, folder=options.folder))
