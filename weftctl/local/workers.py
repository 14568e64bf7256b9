"""The processes in which MiniStack runs the functions: one per function and concurrent invocation, kept for the next
one.

For tests and curious developers: killing one in the middle of an invocation is what a crash of a Lambda function looks
like.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Worker:
    """A worker process of ``function`` (its name in ``app.py``)."""

    pid: int
    function: str


def parse_workers(listing: str, group: int) -> list[Worker]:
    """The workers in the process group ``group``, from the lines ``pid pgid command`` of ``ps``."""
    found = []
    for line in listing.splitlines():
        pid, process_group, command = line.strip().split(maxsplit=2)
        # The command is `python TMP/ministack-lambda-weft-local-<function>-<random>/_worker.py`.
        _, marker, rest = command.partition("/ministack-lambda-weft-local-")
        if marker and int(process_group) == group:
            found.append(Worker(int(pid), rest.split("/", 1)[0].rsplit("-", 1)[0]))
    return found


def workers(group: int) -> list[Worker]:
    """The live workers of the emulator whose process group is ``group``."""
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,pgid=,args="], capture_output=True, text=True, check=True)
    return parse_workers(listing.stdout, group)


def kill(group: int, function: str) -> int:
    """Kills the workers of ``function`` as a crash would (SIGKILL); returns how many there were."""
    doomed = [worker for worker in workers(group) if worker.function == function]
    for worker in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    return len(doomed)
