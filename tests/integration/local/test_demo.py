"""`make demo`: from nothing to a greeting, and nothing left. Layer: tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import eventually
from weftctl.packaging.artefact import PROJECT_ROOT, build

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("stack")]


def start(temporary: Path) -> subprocess.Popen[str]:
    """The demo, with its temporary data in a folder of the test."""
    build("local")
    return subprocess.Popen(
        [sys.executable, "-m", "weftctl.local.demo"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_running(temporary: Path) -> list[str]:
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if f"{temporary}/" in line]


def test_output_and_history_are_shown_and_nothing_is_left_when_the_demo_runs(tmp_path: Path) -> None:
    process = start(tmp_path)

    out, progress = process.communicate(timeout=120)

    assert process.returncode == 0, progress
    assert '"message": "Hello, World! Hello, World! Hello, World!"' in out
    for event in ("WorkflowCreated", "DecisionMade", "WorkflowCompleted"):
        assert event in out
    assert "Traceback" not in progress
    assert list(tmp_path.iterdir()) == []
    assert left_running(tmp_path) == []


def test_nothing_is_left_when_the_demo_is_interrupted(tmp_path: Path) -> None:
    process = start(tmp_path)
    eventually(lambda: any(tmp_path.glob("weft-demo-*/tmp/ministack-lambda-*")), what="the first worker")

    process.send_signal(signal.SIGINT)

    _, progress = process.communicate(timeout=60)
    assert process.returncode == 130, progress
    assert "Traceback" not in progress
    assert list(tmp_path.iterdir()) == []
    assert left_running(tmp_path) == []
