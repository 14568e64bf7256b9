"""Evaluates in a child process what might eat time or memory here.

Layer: domain, and the one place in it that starts a process: an evaluation stays a function of its arguments, the
process only bounds what it may cost. Children are started on first use, serve one evaluation at a time, are kept for
the next, and are killed when a bound is exceeded. They are started afresh (no fork of this process), so threads, locks
and sockets here do not matter; after a fork of this process by others, the new one forgets the children of the old.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import IO, Any, cast

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.expressions import worker
from chalicelib.domain.expressions.engine import EngineFault
from chalicelib.domain.expressions.frames import Closed, pack, unpack
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.jsonvalue import JsonValue

# The timer of the child counts processor time and goes off first; this one is for a child that gets none.
MAX_ANSWER_MILLISECONDS = 5_000
MAX_START_MILLISECONDS = 30_000
MAX_IDLE = 2

_PROJECT = str(Path(__file__).resolve().parents[3])
# macOS has no limit of the address space to set; there, only time is bounded.
_BOOT = f"""
import contextlib, json, resource, sys
with contextlib.suppress(ValueError, OSError):
    resource.setrlimit(resource.RLIMIT_AS, ({worker.MAX_MEMORY_MB} << 20, {worker.MAX_MEMORY_MB} << 20))
sys.path[:] = json.loads(sys.argv[1])
from chalicelib.domain.expressions.worker import main
main()
"""
# Where the interpreter's own libraries may be; the engine needs nothing else of the environment.
_ENVIRONMENT = frozenset(("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"))
_TOO_LONG = f"It took longer than {round(worker.MAX_CPU_SECONDS * 1000)} ms"
_LATE = f"It had no answer after {MAX_ANSWER_MILLISECONDS / 1000:g} s"
_TOO_MUCH = f"It needed more than {worker.MAX_MEMORY_MB} MB of memory"
_DEATHS = {
    -signal.SIGPROF: _TOO_LONG,
    worker.OUT_OF_MEMORY: _TOO_MUCH,
    -signal.SIGABRT: _TOO_MUCH,  # the engine's way to say so
    -signal.SIGKILL: _TOO_MUCH,  # by the kernel, which had no more to give
}


class _Died(Exception):
    """The child is gone; ``cause`` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class _Child:
    """One evaluating process. ``used``: it has been asked before."""

    def __init__(self) -> None:
        self.used = False
        self._late = False
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
            [sys.executable, "-I", "-S", "-c", _BOOT, json.dumps([_PROJECT, *sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _ENVIRONMENT},
        )
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        self._exchange(b"", MAX_START_MILLISECONDS)

    def ask(self, frame: bytes) -> list[Any]:
        """The answer to a request. Raises ``_Died``, after which the child is of no more use."""
        self.used = True
        return self._exchange(frame, MAX_ANSWER_MILLISECONDS)

    def kill(self) -> int:
        """End it, idle or not, and give the status it ended with."""
        self._close()
        self._process.kill()
        return self._process.wait()

    def forget(self) -> None:
        """It is the child of another process."""
        self._close()
        self._process.returncode = 0

    def _exchange(self, frame: bytes, milliseconds: int) -> list[Any]:
        try:
            self._input.write(frame)
            self._input.flush()
            answer: list[Any] = unpack(lambda count: self._read(count, milliseconds))
        except (OSError, Closed):
            status = self.kill()
            cause = _DEATHS.get(status, f"The evaluator ended with status {status}")
            raise _Died(_LATE if self._late else cause) from None
        except BaseException:
            self.kill()  # its answer, when it comes, would be taken for that to the next request
            raise
        return answer

    def _read(self, count: int, milliseconds: int) -> bytes:
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        if poll.poll(milliseconds):
            return os.read(self._output.fileno(), count)
        self._late = True
        return b""

    def _close(self) -> None:
        for pipe in (self._input, self._output):
            with contextlib.suppress(OSError):  # what is left of a frame has nobody to read it
                pipe.close()


_idle: deque[_Child] = deque()


def run(text: str, data: JsonValue, bindings: dict[str, JsonValue] | None) -> JsonValue | Nothing:
    """The value of the engine's ``text``. Raises ``EngineFault``, or ``Unavailable`` if no child can be started."""
    try:
        frame = pack([text, data, bindings])
    except (TypeError, ValueError) as error:
        raise EngineFault(f"The context holds what is not a JSON value: {error}") from error
    kind, *content = _ask(frame)
    if kind == "fault":
        raise EngineFault(content[0], exceeded=content[1])
    return content[0] if content else NOTHING


def close() -> None:
    """Ends the idle children."""
    while _idle:
        _idle.pop().kill()


def _ask(frame: bytes) -> list[Any]:
    child = _take()
    may_be_spent = child.used
    try:
        return _answer(child, frame)
    except _Died as death:
        # A used one may have died while it was idle, or have too little memory left in one piece.
        if not may_be_spent or death.cause in (_TOO_LONG, _LATE):
            raise EngineFault(death.cause, exceeded=True) from death
    try:
        return _answer(_start(), frame)
    except _Died as death:
        raise EngineFault(death.cause, exceeded=True) from death


def _answer(child: _Child, frame: bytes) -> list[Any]:
    answer = child.ask(frame)
    if len(_idle) < MAX_IDLE:
        _idle.append(child)
    else:
        child.kill()
    return answer


def _take() -> _Child:
    try:
        return _idle.pop()
    except IndexError:
        return _start()


def _start() -> _Child:
    try:
        return _Child()
    except (OSError, _Died) as error:
        raise Unavailable(f"The evaluator of expressions cannot be started: {error}") from error


def _forget() -> None:
    while _idle:
        _idle.pop().forget()


atexit.register(close)
os.register_at_fork(after_in_child=_forget)
