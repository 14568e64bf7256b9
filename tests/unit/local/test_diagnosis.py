"""What the output of a failed program says about the machine. Layer: tests."""

from __future__ import annotations

import pytest

from weftctl.local.errors import diagnose


@pytest.mark.parametrize(
    ("output", "named", "remedy"),
    [
        ("src/_core.c:3:10: fatal error: Python.h: No such file or directory", "headers of Python", "-dev"),
        ("error: command 'gcc' failed: No such file or directory", "C compiler", "build-essential"),
        ("unable to execute 'cc': No such file or directory", "C compiler", "xcode-select"),
        ("OSError: [Errno 28] No space left on device: '/x'", "disk is full", "rm -rf"),
        ("Failed to establish a new connection: [Errno 101]", "package index", "PIP_INDEX_URL"),
        ("ModuleNotFoundError: No module named 'hypercorn'", "package is missing", "make install"),
        ("ERROR: 127.0.0.1:4566 is already in use.", "port was taken", "start again"),
    ],
)
def test_the_missing_part_and_the_remedy_are_named_when_the_output_tells(output: str, named: str, remedy: str) -> None:
    diagnosis = diagnose(f"Collecting things\n{output}\nmore lines\n")

    assert named in diagnosis
    assert remedy in diagnosis
    assert "\n" not in diagnosis


def test_the_headers_are_named_when_the_compiler_that_misses_them_is_named_too() -> None:
    assert "headers" in diagnose("fatal error: Python.h: No such file or directory\nerror: command 'gcc' failed")


def test_the_end_is_shown_when_the_output_tells_nothing_known() -> None:
    output = "\n".join(f"line {number}" for number in range(100))

    assert diagnose(output) == "\n".join(f"line {number}" for number in range(88, 100))


def test_silence_is_said_when_there_is_no_output() -> None:
    assert diagnose(" \n") == "it said nothing"
