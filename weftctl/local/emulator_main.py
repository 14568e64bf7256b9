"""The process that is the embedded AWS: MiniStack, with six adjustments. Run by path, in its own process group.

This file imports the standard library and MiniStack, nothing of Weft, so that it starts at once and MiniStack's Lambda
workers (which run on this interpreter) find only what is in the deployed archive and in ``site-packages``.

1. **It cannot outlive its starter.** Standard input is a pipe whose other end the starter holds. When that closes,
   orderly or because the starter was killed, MiniStack is told to stop, saves its state, and takes its Lambda workers
   with it.
2. **An archive is unpacked once.** MiniStack unpacks the function's archive for every worker process. Ours has some
   thousand files, the same for all functions; each worker gets a link to one unpacked copy instead, which also serves
   the next emulator.
3. **A stream's batch that failed in part is delivered again.** MiniStack heeds ``batchItemFailures`` from queues only;
   from a stream it would go on behind the record that failed, and lose it. It delivers the whole batch again here.
4. **A silent function is not waited for.** After each invocation MiniStack waits up to 50 ms for a first line of log,
   which is more than most invocations take. A line that comes later than 5 ms is logged with the next invocation.
5. **Streams are read to their end before it stops.** MiniStack does not save their records: a commit that was not
   published by then would never be. It waits for that, but not for long.
6. **An answer is bytes if the first media type of the request's `Accept` is.** MiniStack compares the whole header, and
   what browsers ask for images with is a list.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import signal
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SAVING_SECONDS = 20.0
DRAINING_SECONDS = 5.0  # for the publisher to catch up, before saving
DRAINING_POLL_SECONDS = 0.02
UNPACKED_VARIABLE = "UNPACKED_FOLDER"
KEPT_ARCHIVES = 8
LAMBDA_PLATFORM = ("linux", "x86_64")
LOG_WAIT_SECONDS = (0.005, 0.002, 0.25)  # for a first line, after a line, at most

Execute = Callable[[dict[str, Any], Any], dict[str, Any]]


class SharedZipFile(zipfile.ZipFile):
    """A zip file that ``extractall`` unpacks into a shared folder; the folder asked for becomes a link to it.

    What lies at the top of the archive (a package, ``app.py``) is unpacked into a folder named after its content, and
    the unpacked archive is made of links to those: after a change of the application, only that is unpacked again.
    """

    def extractall(self, path: object = None, members: object = None, pwd: object = None) -> None:
        if path is None or members is not None:
            super().extractall(path, members, pwd)  # type: ignore[arg-type]
            return
        shared = self._unpacked()
        target = Path(str(path))
        target.rmdir()  # MiniStack made it, empty
        target.symlink_to(shared, target_is_directory=True)

    def _unpacked(self) -> Path:
        tops = {top: members for top, members in self._by_top().items() if loads_here(members)}
        parts = {top: f"{top}-{_digest(members)}" for top, members in tops.items()}
        archive = unpacked_folder() / f"archive-{_digest(self.infolist())}"
        with alone():
            if not archive.exists():
                for top, members in tops.items():
                    if not (unpacked_folder() / parts[top]).exists():
                        _make(unpacked_folder() / parts[top], partial(self._extract, members))
                _make(archive, partial(_link, parts))
            os.utime(archive)
        return archive

    def _by_top(self) -> dict[str, list[zipfile.ZipInfo]]:
        tops: dict[str, list[zipfile.ZipInfo]] = {}
        for member in self.infolist():
            tops.setdefault(member.filename.partition("/")[0], []).append(member)
        return tops

    def _extract(self, members: list[zipfile.ZipInfo], folder: Path) -> None:
        for member in members:
            self.extract(member, folder)


def loads_here(members: Iterable[zipfile.ZipInfo]) -> bool:
    """Whether this machine can load a package of the archive, which holds what was compiled for Lambda's platform.

    One that it cannot load is left out; workers find the same version, compiled for this machine, in ``site-packages``.
    """
    here = (sys.platform, platform.machine())
    return here == LAMBDA_PLATFORM or not any(member.filename.endswith(".so") for member in members)


def _link(parts: dict[str, str], folder: Path) -> None:
    for top, part in parts.items():
        (folder / top).symlink_to(unpacked_folder() / part / top)


def _digest(members: Iterable[zipfile.ZipInfo]) -> str:
    listing = "\n".join(f"{member.filename} {member.CRC:08x}" for member in members)
    return hashlib.sha256(listing.encode()).hexdigest()[:20]


def _make(folder: Path, fill: Callable[[Path], None]) -> None:
    """Makes ``folder`` with what ``fill`` puts in it: whole, or not at all."""
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix="draft-"))
    fill(draft)
    draft.rename(folder)


def unpacked_folder() -> Path:
    """Where archives are unpacked."""
    folder = Path(os.environ[UNPACKED_VARIABLE])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone() -> Iterator[None]:
    """Waits until no other thread or emulator unpacks or tidies."""
    with unpacked_folder().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, also by a crash
        yield


def tidy() -> None:
    """Removes what earlier processes left: their workers' folders, and all but the last used unpacked archives."""
    for leftover in Path(tempfile.gettempdir()).iterdir():
        shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    with alone():
        archives = sorted(unpacked_folder().glob("archive-*"), key=lambda folder: -folder.stat().st_mtime)
        kept = set(archives[:KEPT_ARCHIVES])
        kept |= {link.resolve().parent for archive in kept for link in archive.iterdir()}
        for folder in set(unpacked_folder().iterdir()) - kept:
            shutil.rmtree(folder, ignore_errors=True)


def stop_with_starter() -> None:
    """Waits for the end of standard input, then has MiniStack stop in order, and by force if it takes too long."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    deadline = time.monotonic() + DRAINING_SECONDS
    while time.monotonic() < deadline and not streams_are_read():
        time.sleep(DRAINING_POLL_SECONDS)  # between two looks, up to the deadline
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SAVING_SECONDS)  # the process ends meanwhile; this line is passed only if it hangs
    os.killpg(0, signal.SIGKILL)


def streams_are_read() -> bool:
    """Whether every record of a stream was handed to the functions that read it, and taken by them."""
    services = sys.modules.get("ministack.services.lambda_svc"), sys.modules.get("ministack.services.dynamodb")
    functions, tables = services
    if functions is None or tables is None:  # not used, so there are no streams
        return True
    for (account, region, mapping), source in list(functions._esms._data.items()):  # noqa: SLF001
        table, stream, _ = source.get("EventSourceArn", "").rpartition(":table/")[2].partition("/stream/")
        if not stream:
            continue
        place = {"account_id": account, "region": region}
        start = tables.stream_start_position(table, **place)
        position = functions._dynamodb_stream_positions.get_scoped(account, region, mapping, start)  # noqa: SLF001
        if position < tables.stream_end_position(table, **place):
            return False
    return True


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


def by_first_type(matches: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """``matches`` (header, binary types -> whether it is one of them), asked for the first media type in the header."""

    def adjusted(header: Any, binary_types: Any) -> bool:
        first = header.partition(",")[0] if isinstance(header, str) else header
        return matches(first, binary_types)

    return adjusted


def main() -> None:
    """Runs MiniStack until it is told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the starter's to handle
    threading.Thread(target=stop_with_starter, name="lifeline", daemon=True).start()
    tidy()
    from ministack import app
    from ministack.core import lambda_runtime
    from ministack.services import apigateway_v1, lambda_svc

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedZipFile})
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = LOG_WAIT_SECONDS  # noqa: SLF001
    apigateway_v1._media_type_matches = by_first_type(apigateway_v1._media_type_matches)  # noqa: SLF001
    lambda_svc._execute_function = failing_as_a_whole(lambda_svc._execute_function)  # noqa: SLF001
    try:
        app.main()
    finally:
        # The state is saved. A worker in the middle of an invocation would go on for up to 15 minutes: nobody reads its
        # result.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
