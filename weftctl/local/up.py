"""``make up``: the local stack in the background. Returns when it is ready, and prints where."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from weftctl.local.dev import DATA_FOLDER, DEFAULT_PORT
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.running import instance
from weftctl.packaging.artefact import PROJECT_ROOT

READY_SECONDS = 180.0  # a first packaging fetches the dependencies
_POLL_SECONDS = 0.1
_LOG = "dev.log"


def main(port: int = DEFAULT_PORT, *, folder: Path | None = None) -> int:
    """Starts the stack unless it runs; returns the exit code: 0 ready, 3 it could not start."""
    folder = folder or PROJECT_ROOT / DATA_FOLDER
    running = instance(folder)
    if running is not None:
        print(f"the local stack runs already (process {running.pid})", file=sys.stderr)
    try:
        print(running.url if running is not None and running.url else _start(port, folder))
    except LocalRuntimeError as error:
        print(error.message, file=sys.stderr)
        return 3
    return 0


class _Background(subprocess.Popen[bytes]):
    """A process that is meant to outlive this one, which `Popen` would complain of."""

    def __del__(self) -> None:
        """Nothing: it is nobody's to wait for."""


def _start(port: int, folder: Path) -> str:
    """Starts `weft dev` in a session of its own and returns the stack's URL when it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / _LOG
    command = [sys.executable, "-m", "weftctl.local.dev", "--port", str(port), "--folder", str(folder)]
    with log.open("wb") as output:
        process = _Background(
            command, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LocalRuntimeError(
                log.read_text(encoding="utf-8", errors="replace").strip() or "it ended without a word"
            )
        running = instance(folder)
        if running is not None and running.url:
            return running.url
        time.sleep(_POLL_SECONDS)  # between two looks, up to the deadline
    process.terminate()
    raise LocalRuntimeError(f"the local stack is not ready after {READY_SECONDS:.0f} s; see {log}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m weftctl.local.up", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--folder", type=Path, help="where the data is (default: .weft in the project)")
    options = parser.parse_args()
    sys.exit(main(options.port, folder=options.folder))
