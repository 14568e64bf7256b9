"""Who runs the local stack of a folder: at most one process at a time.

The holder keeps an exclusive lock on ``<folder>/running.json``, which the system releases when the process ends,
however it ends; so a file left behind by a crash claims nothing. The file says who holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from weftctl.local.errors import LocalRuntimeError

_FILE = "running.json"


@dataclass(frozen=True)
class Instance:
    """A process that runs the stack; ``url`` is empty until the stack is ready."""

    pid: int
    url: str


class Claim:
    """The right to run the stack of a folder, held while the file is open."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.announce("")

    def announce(self, url: str) -> None:
        """Tells others where the stack answers."""
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "url": url}, self._file)
        self._file.flush()


@contextmanager
def claim(folder: Path) -> Iterator[Claim]:
    """Holds ``folder`` for this process.

    Raises:
        LocalRuntimeError: another process runs the stack of this folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = read(folder)
            where = f"at {other.url}" if other.url else "and is starting"
            raise LocalRuntimeError(
                f"the local stack runs already {where} (process {other.pid}): `make down` stops it"
            ) from None
        yield Claim(file)


def instance(folder: Path) -> Instance | None:
    """The process that runs the stack of ``folder``, or None."""
    try:
        file = (folder / _FILE).open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return read(folder)
    return None


def read(folder: Path) -> Instance:
    """What the holder wrote; process 0 in the instant between its claim and its first word."""
    try:
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        return Instance(0, "")
    return Instance(int(content["pid"]), str(content["url"]))
