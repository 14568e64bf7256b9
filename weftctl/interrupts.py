"""Ctrl-C that is not lost. Layer: command line.

Python raises ``KeyboardInterrupt`` wherever the main thread happens to be. Inside a destructor or a callback of a
library it is swallowed, and a command that then waits for an hour would wait on. So the signal is also noted, and
whoever begins to wait asks first. Raised inside an import it may leave the lock of the module behind, for which a later
import waits for ever: there it is put off until the import is over.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Final

_IMPORT_SYSTEM: Final = "<frozen importlib"
_PUT_OFF_SECONDS: Final = 0.05
_noted: list[int] = []


def note() -> None:
    """From now on note Ctrl-C, unless somebody else looks after it or it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def check() -> None:
    """Raises ``KeyboardInterrupt`` if Ctrl-C has come before."""
    if _noted:
        raise KeyboardInterrupt


def _note(number: int, frame: FrameType | None) -> None:
    _noted.append(number)
    if _is_importing(frame):
        _send_again(number)
        return
    raise KeyboardInterrupt


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORT_SYSTEM):
            return True
        frame = frame.f_back
    return False


def _send_again(number: int) -> None:
    """To the main thread itself: a signal that another thread gets would not wake it."""
    main = threading.main_thread().ident
    assert main is not None  # noqa: S101 - it runs this very handler
    timer = threading.Timer(_PUT_OFF_SECONDS, signal.pthread_kill, (main, number))
    timer.daemon = True
    timer.start()
