"""``make down``: stops the local stack that runs in the background. Its data is kept."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from weftctl.local.dev import DATA_FOLDER
from weftctl.local.running import instance
from weftctl.packaging.artefact import PROJECT_ROOT

STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05


def main(*, folder: Path | None = None) -> int:
    """Stops the stack if it runs, and returns when its data is saved; the exit code: 0 stopped, 3 it does not stop."""
    folder = folder or PROJECT_ROOT / DATA_FOLDER
    running = instance(folder)
    if running is None:
        print("the local stack is not running", file=sys.stderr)
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if instance(folder) is None and not _runs(running.pid):
            print("stopped; the data is kept", file=sys.stderr)
            return 0
        time.sleep(_POLL_SECONDS)  # between two looks: a process of another parent cannot be waited for
    print(f"process {running.pid} does not stop", file=sys.stderr)
    return 3


def _runs(pid: int) -> bool:
    """Whether the process is there. One that ended and that its parent has not asked for yet is not."""
    listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listing.stdout.strip()[:1] not in {"", "Z"}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m weftctl.local.down", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the data is (default: .weft in the project)")
    sys.exit(main(folder=parser.parse_args().folder))
