"""Ctrl-C that is not lost. Layer: command line.

Python raises ``KeyboardInterrupt`` wherever the main thread happens to be. Inside a destructor or a callback of a
library it is swallowed, and a command that then waits for an hour would wait on. So the signal is also noted, and
whoever begins to wait asks first.
"""

from __future__ import annotations

import signal
from types import FrameType

_noted: list[int] = []


def note() -> None:
    """From now on note Ctrl-C, unless somebody else looks after it or it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def check() -> None:
    """Raises ``KeyboardInterrupt`` if Ctrl-C has come before."""
    if _noted:
        raise KeyboardInterrupt


def _note(number: int, _frame: FrameType | None) -> None:
    _noted.append(number)
    raise KeyboardInterrupt
