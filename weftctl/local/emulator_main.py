"""The process that is the embedded AWS: MiniStack, with four adjustments. Run by path, in its own process group.

This file imports the standard library and MiniStack, nothing of Weft, so that it starts at once and MiniStack's Lambda
workers (which run on this interpreter) find only what is in the deployed archive and in ``site-packages``.

1. **It cannot outlive its starter.** Standard input is a pipe whose other end the starter holds. When that closes,
   orderly or because the starter was killed, MiniStack is told to stop, saves its state, and takes its Lambda workers
   with it.
2. **An archive is unpacked once.** MiniStack unpacks the function's archive for every worker process. Ours has some
   thousand files, the same for all functions; each worker gets a link to one unpacked copy instead.
3. **A stream's batch that failed in part is delivered again.** MiniStack heeds ``batchItemFailures`` from queues only;
   from a stream it would go on behind the record that failed, and lose it. It delivers the whole batch again here.
4. **A silent function is not waited for.** After each invocation MiniStack waits up to 50 ms for a first line of log,
   which is more than most invocations take. A line that comes later than 5 ms is logged with the next invocation.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SAVING_SECONDS = 20.0
LOG_WAIT_SECONDS = (0.005, 0.002, 0.25)  # for a first line, after a line, at most

Execute = Callable[[dict[str, Any], Any], dict[str, Any]]

_unpacking = threading.Lock()


class SharedZipFile(zipfile.ZipFile):
    """A zip file that ``extractall`` unpacks once into a folder named after its content; later calls make a link."""

    def extractall(self, path: object = None, members: object = None, pwd: object = None) -> None:
        if path is None or members is not None or self.filename is None:
            super().extractall(path, members, pwd)  # type: ignore[arg-type]
            return
        shared = self._unpacked(Path(self.filename))
        target = Path(str(path))
        target.rmdir()  # MiniStack made it, empty
        target.symlink_to(shared, target_is_directory=True)

    def _unpacked(self, archive: Path) -> Path:
        shared = code_folder() / hashlib.sha256(archive.read_bytes()).hexdigest()[:20]
        with _unpacking:
            if not shared.exists():
                draft = tempfile.mkdtemp(dir=shared.parent)
                super().extractall(draft)
                Path(draft).rename(shared)
        return shared


def code_folder() -> Path:
    """Where archives are unpacked: beside the workers' own folders."""
    folder = Path(tempfile.gettempdir()) / "code"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tidy() -> None:
    """Removes what an earlier process left: its workers' folders, and every unpacked archive but the newest."""
    archives = sorted(code_folder().iterdir(), key=lambda folder: folder.stat().st_mtime)
    leftovers = [entry for entry in Path(tempfile.gettempdir()).iterdir() if entry.name != "code"]
    for folder in [*archives[:-1], *leftovers]:
        shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)


def stop_with_starter() -> None:
    """Waits for the end of standard input, then has MiniStack stop in order, and by force if it takes too long."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SAVING_SECONDS)
    os.killpg(0, signal.SIGKILL)


def failing_as_a_whole(execute: Execute) -> Execute:
    """``execute`` (function, event -> result), where a stream's batch with failed items is an error."""

    def adjusted(function: dict[str, Any], event: Any) -> dict[str, Any]:
        result = execute(function, event)
        records = event.get("Records") if isinstance(event, dict) else None
        streamed = bool(records and records[0].get("eventSource") == "aws:dynamodb")
        body = result.get("body")
        if streamed and isinstance(body, dict) and body.get("batchItemFailures"):
            return {**result, "error": True}
        return result

    return adjusted


def main() -> None:
    """Runs MiniStack until it is told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the starter's to handle
    threading.Thread(target=stop_with_starter, name="lifeline", daemon=True).start()
    tidy()
    from ministack import app
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedZipFile})
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = LOG_WAIT_SECONDS  # noqa: SLF001
    lambda_svc._execute_function = failing_as_a_whole(lambda_svc._execute_function)  # noqa: SLF001
    try:
        app.main()
    finally:
        # The state is saved. A worker in the middle of an invocation would go on for up to 15 minutes: nobody reads its
        # result.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
