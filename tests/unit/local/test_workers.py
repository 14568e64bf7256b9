"""The worker processes are found in a listing of processes. Layer: tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from weftctl.local.workers import Worker, kill, parse_workers, workers

LISTING = """
  101   100 /venv/bin/python -P /project/weftctl/local/emulator_main.py
  102   100 /venv/bin/python /data/tmp/ministack-lambda-weft-local-worker_medium-x7_a2b/_worker.py
  103   100 /venv/bin/python /data/tmp/ministack-lambda-weft-local-decider-abcdefgh/_worker.py
  104   999 /venv/bin/python /other/tmp/ministack-lambda-weft-local-decider-abcdefgh/_worker.py
  105   100 [defunct]
"""


def test_only_workers_of_the_emulator_are_found_when_processes_are_listed() -> None:
    assert parse_workers(LISTING.strip("\n"), 100) == [Worker(102, "worker_medium"), Worker(103, "decider")]


def test_the_process_dies_as_in_a_crash_when_the_worker_of_a_function_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "ministack-lambda-weft-local-decider-abc" / "_worker.py"
    script.parent.mkdir()
    script.write_text("import sys\nprint('up', flush=True)\nsys.stdin.read()\n")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        assert workers(process.pid) == [Worker(process.pid, "decider")]
        assert kill(process.pid, "waker") == 0
        assert kill(os.getpgrp(), "decider") == 0
        assert kill(process.pid, "decider") == 1

        assert process.wait(30) == -signal.SIGKILL
