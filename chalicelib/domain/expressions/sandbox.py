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
_BOOT = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({worker.MAX_MEMORY_MB} << 20, {worker.MAX_MEMORY_MB} << 20))
sys.path[:] = json.loads(sys.argv[1])
from chalicelib.domain.expressions.worker import main
main()
"""
_TOO_LONG = f"It took longer than {round(worker.MAX_CPU_SECONDS * 1000)} ms"
_DEATHS = {
    -signal.SIGPROF: _TOO_LONG,
    -signal.SIGABRT: worker.TOO_MUCH_MEMORY,
    -signal.SIGKILL: worker.TOO_MUCH_MEMORY,  # by the kernel, which had no more to give
}


class _Died(Exception):
    """The child is gone; ``cause`` says why, ``by_time`` that it was killed for the time it took."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.by_time = cause == _TOO_LONG


class _Child:
    """One evaluating process."""

    def __init__(self) -> None:
        self.used = False
        path = json.dumps([_PROJECT, *sys.path])
        # Without the environment and the user's site: the path is all it needs.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
            [sys.executable, "-I", "-S", "-c", _BOOT, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        self._receive(MAX_START_MILLISECONDS)

    def ask(self, frame: bytes) -> list[Any]:
        """The answer to a request. Raises ``_Died``, after which the child is of no more use."""
        self.used = True
        try:
            self._input.write(frame)
            self._input.flush()
        except OSError:
            raise self._died() from None
        return self._receive(MAX_ANSWER_MILLISECONDS)

    def stop(self) -> None:
        """End it in good order: it is idle, and stops where its input does."""
        self._close()
        self._process.wait()

    def forget(self) -> None:
        """It is the child of another process."""
        self._process.returncode = 0
        self._close()

    def _receive(self, milliseconds: int) -> list[Any]:
        try:
            answer: list[Any] = unpack(lambda count: self._read(count, milliseconds))
        except Closed:
            raise self._died() from None
        return answer

    def _read(self, count: int, milliseconds: int) -> bytes:
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        if not poll.poll(milliseconds):
            self._close()
            self._process.kill()
            self._process.wait()
            raise _Died(_TOO_LONG)
        return os.read(self._output.fileno(), count)

    def _died(self) -> _Died:
        """Its pipe has ended, so it has, or is about to."""
        self._close()
        status = self._process.wait()
        return _Died(_DEATHS.get(status, f"The evaluator ended with status {status}"))

    def _close(self) -> None:
        for pipe in (self._input, self._output):
            with contextlib.suppress(OSError):  # what is left of a frame has nobody to read it
                pipe.close()


_idle: deque[_Child] = deque()


def run(text: str, data: dict[str, JsonValue], bindings: dict[str, JsonValue] | None) -> JsonValue | Nothing:
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
        _idle.pop().stop()


def _ask(frame: bytes) -> list[Any]:
    child = _take()
    second_try = child.used
    try:
        answer = child.ask(frame)
    except _Died as death:
        # A used one may have died while it was idle, or have too little memory left in one piece.
        if second_try and not death.by_time:
            return _ask_fresh(frame)
        raise EngineFault(death.cause, exceeded=True) from death
    _keep(child)
    return answer


def _ask_fresh(frame: bytes) -> list[Any]:
    child = _start()
    try:
        answer = child.ask(frame)
    except _Died as death:
        raise EngineFault(death.cause, exceeded=True) from death
    _keep(child)
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


def _keep(child: _Child) -> None:
    if len(_idle) < MAX_IDLE:
        _idle.append(child)
    else:
        child.stop()


def _forget() -> None:
    while _idle:
        _idle.pop().forget()


atexit.register(close)
os.register_at_fork(after_in_child=_forget)
