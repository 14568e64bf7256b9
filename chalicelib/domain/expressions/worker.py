"""The other side of the sandbox: a small process that evaluates what it is sent, within hard limits.

Layer: domain. It is started by ``sandbox`` and ends when its input does. The kernel enforces the limits: a process out
of memory cannot allocate and aborts, one out of processor time is killed by its own timer, whatever the engine is busy
with. Its memory was limited before it imported anything: the engine's allocator reserves what it can when it is
loaded. Nothing is kept from one evaluation to the next but compiled texts.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, BinaryIO

from chalicelib.domain.expressions.engine import EngineFault, compile_program
from chalicelib.domain.expressions.frames import Closed, pack, unpack
from chalicelib.domain.expressions.nothing import NOTHING

MAX_MEMORY_MB = 128
MAX_CPU_SECONDS = 0.25
MAX_RESULT_BYTES = 4 * 1024 * 1024

READY = "ready"
OUT_OF_MEMORY = 77  # the status it exits with
TOO_LARGE = f"Its result is larger than {MAX_RESULT_BYTES // (1024 * 1024)} MB"

_program = lru_cache(maxsize=256)(compile_program)


def main() -> None:
    """Say that this process is ready, and serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is the end of the input
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # running out of memory is no reason to write it all down
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, lambda seconds: signal.setitimer(signal.ITIMER_PROF, seconds))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def serve(source: BinaryIO, sink: BinaryIO, set_timer: Callable[[float], Any]) -> None:
    """Answer ``[text, data, bindings]`` with ``["value", v]``, ``["nothing"]`` or ``["fault", cause, exceeded]``."""
    _send(sink, pack([READY]))
    while True:
        try:
            text, data, bindings = unpack(source.read)
        except Closed:
            return
        set_timer(MAX_CPU_SECONDS)
        answer = _answer(text, data, bindings)
        set_timer(0)
        _send(sink, answer)


def _answer(text: str, data: Any, bindings: Any) -> bytes:
    try:
        value = _program(text).run(data, bindings)
        frame = pack(["nothing"] if value is NOTHING else ["value", value])
    except EngineFault as fault:
        return pack(["fault", fault.cause, fault.exceeded])
    if len(frame) > MAX_RESULT_BYTES:
        return pack(["fault", TOO_LARGE, True])
    return frame


def _send(sink: BinaryIO, frame: bytes) -> None:
    sink.write(frame)
    sink.flush()
