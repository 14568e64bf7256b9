"""Errors of the local runtime, and what the output of a failed program says about the machine."""

from __future__ import annotations

import sys

from chalicelib.domain.errors import WeftError


class LocalRuntimeError(WeftError):
    """Something is missing, taken or broken on this machine. The message names it and the remedy; no traceback is
    shown.
    """

    code = "LocalRuntimeError"


_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

# What a program's output contains -> what is wrong, and what helps. The first match counts.
_DIAGNOSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("No space left on device", "Disk quota exceeded"),
        "the disk is full: free some space (`rm -rf .weft build` removes the local data and the packages)",
    ),
    (
        ("Python.h: No such file", "Python.h' file not found", "Python.h: no such file"),
        f"the C headers of Python are missing: install them (Debian and Ubuntu: `apt install {_PYTHON}-dev`)",
    ),
    (
        ("'gcc'", "'cc'", "'clang'", "xcrun: error", "gcc: not found", "cc: not found"),
        "there is no C compiler: install one (`apt install build-essential`, or on macOS `xcode-select --install`)",
    ),
    (
        ("Temporary failure in name resolution", "Failed to establish a new connection", "Network is unreachable"),
        "the package index cannot be reached: check the network, or set PIP_INDEX_URL to one that can be",
    ),
    (
        ("No module named",),
        "a package is missing: run `make install`",
    ),
    (
        ("already in use", "Address in use"),
        "its port was taken meanwhile: start again",
    ),
)


def diagnose(output: str) -> str:
    """What the output of a failed program says is wrong, with the remedy; else its last lines."""
    for signs, diagnosis in _DIAGNOSES:
        if any(sign in output for sign in signs):
            return diagnosis
    return "\n".join(output.strip().splitlines()[-12:]) or "it said nothing"
