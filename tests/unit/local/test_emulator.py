"""MiniStack as a child process: what can be wrong with the machine is said. Layer: tests.

That it starts, saves and stops is for `tests/integration/local`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from weftctl.local import emulator as module
from weftctl.local.emulator import Emulator
from weftctl.local.errors import LocalRuntimeError


@pytest.fixture
def emulator(tmp_path: Path) -> Emulator:
    return Emulator(tmp_path / "data", persist=False, settings={})


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Has another program start in MiniStack's place."""
    file = tmp_path / "program.py"
    file.write_text(code)
    monkeypatch.setattr(module, "_MAIN", file)


def test_the_missing_space_is_said_when_the_disk_is_full(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=100 * 2**20)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    with pytest.raises(LocalRuntimeError, match=r"only 100 MB are free .* needs 500 MB"):
        emulator.start()


def test_the_remedy_is_said_when_it_does_not_start(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "import nothing_of_this_name")

    with pytest.raises(LocalRuntimeError, match="does not start: a package is missing: run `make install`"):
        emulator.start()


def test_the_log_is_named_and_the_process_ended_when_it_does_not_answer(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = tmp_path / "ended"
    program(tmp_path, monkeypatch, f"import sys\nsys.stdin.read()\nopen({str(ended)!r}, 'w').close()")
    monkeypatch.setattr(module, "START_SECONDS", 0.5)

    with pytest.raises(LocalRuntimeError, match=r"does not answer .* see .*emulator\.log"):
        emulator.start()

    assert ended.exists()
    with pytest.raises(LocalRuntimeError, match="not running"):
        _ = emulator.pid


def test_it_is_killed_when_it_does_not_stop(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "import threading\nthreading.Event().wait()")
    monkeypatch.setattr(module, "START_SECONDS", 0.1)
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)

    with pytest.raises(LocalRuntimeError, match="does not answer"):
        emulator.start()  # which stops what it started

    emulator.stop()  # twice is fine


def test_only_what_a_program_needs_is_inherited_when_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    program(tmp_path, monkeypatch, f"import os\nopen({str(seen)!r}, 'w').write(repr(dict(os.environ)))")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "WEFT_ENDPOINT", "PYTHONPATH"):
        monkeypatch.setenv(name, "secret of the shell")

    with pytest.raises(LocalRuntimeError):
        Emulator(tmp_path / "data", persist=True, settings={"WEFT_RETENTION_DAYS": "3"}).start()

    environment: dict[str, str] = eval(seen.read_text())
    assert "secret of the shell" not in environment.values()
    assert environment["WEFT_RETENTION_DAYS"] == "3"
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["AUTH"] == "true"
    assert environment["PERSIST_STATE"] == environment["S3_PERSIST"] == "1"
    for name in ("STATE_DIR", "S3_DATA_DIR", "TMPDIR"):
        assert Path(environment[name]).is_relative_to(tmp_path / "data")
