"""The installed command in a process of its own: streams, exit codes, and how much of the machine it takes.

Layer: tests. What is limited is the process's CPU time: how long it takes on a busy machine is no verdict.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.functional

WEFT = [sys.executable, "-c", "import sys; from weftctl.main import run; sys.exit(run())"]
ROOT = Path(__file__).parents[3]


class Done(NamedTuple):
    """What a process gave, and the CPU seconds that it took."""

    exit_code: int
    out: str
    err: str
    cpu_seconds: float


def weft(*arguments: str, folder: Path, env: dict[str, str] | None = None) -> Done:
    """Run the command in ``folder``; its output goes through files, so the process is reaped with its own usage."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")} | (env or {})
    environment["PYTHONPATH"] = str(ROOT)
    out, err = folder / "out", folder / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen([*WEFT, *arguments], cwd=folder, env=environment, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Done(process.returncode, out.read_text(encoding="utf-8"), err.read_text(), usage.ru_utime + usage.ru_stime)


def written(folder: Path, name: str, value: Any) -> str:
    (folder / name).write_text(json.dumps(value))
    return name


def chain(length: int) -> dict[str, Any]:
    """``length`` mocked activities in a row."""
    names = ["start", *(f"s{number}" for number in range(length)), "end"]
    activity = {"type": "activity", "activity_type": "shop.Do", "output_mapping": {"n": "$.context.n"}}
    kinds = {"start": {"type": "start"}, "end": {"type": "end"}}
    transitions = [{"from_step_id": a, "to_step_id": b} for a, b in pairwise(names)]
    steps = [{"id": name, "step_type": kinds.get(name, activity)} for name in names]
    return {"id": "chain", "name": "Chain", "version": "1.0.0", "steps": steps, "transitions": transitions}


def test_results_go_to_stdout_and_messages_to_stderr(tmp_path: Path) -> None:
    flow = written(tmp_path, "flow.json", chain(1))
    mocks = written(tmp_path, "mocks.json", {"s0": {"error": {"code": "Boom", "message": "it broke"}}})
    done = weft("run", flow, "--mock", mocks, folder=tmp_path)
    assert done.exit_code == 1
    assert json.loads(done.out)["status"] == "failed"
    assert done.err.endswith(" failed: Boom: it broke\n")


def test_results_are_utf_8_when_the_locale_is_not(tmp_path: Path) -> None:
    flow = written(tmp_path, "flow.json", chain(0))
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = weft("run", flow, "--input", '{"name": "ü☃"}', folder=tmp_path, env=plain)
    assert done.exit_code == 0, done.err
    assert json.loads(done.out)["steps"][0]["input"] == {"name": "ü☃"}


def test_a_usage_error_is_plain_lines_on_stderr(tmp_path: Path) -> None:
    done = weft("status", "e1", "--formt", "json", folder=tmp_path)
    assert (done.exit_code, done.out) == (2, "")
    assert "Error: No such option" in done.err
    assert "╭" not in done.err


# What takes long to import, and is not needed to run a definition in memory.
HEAVY = {"aws_lambda_powertools", "boto3", "botocore", "chalice", "httpx", "pynamodb", "rich"}
LOADED = f"""\
import sys
from weftctl.main import app
try:
    app()
finally:
    print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""


def test_a_small_run_starts_fast(tmp_path: Path) -> None:
    flow = written(tmp_path, "flow.json", chain(3))
    mocks = written(tmp_path, "mocks.json", {"shop.Do": {"result": {"n": 1}}})
    arguments = ["run", flow, "--mock", mocks]
    # Half a second is usual; a busy machine counts some waiting for memory as work.
    assert min(weft(*arguments, folder=tmp_path).cpu_seconds for _ in range(3)) < 1.5
    command = [sys.executable, "-c", LOADED, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes begun here can be interrupted, also where the tests run in the background and ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_a_long_chain_runs_in_seconds(tmp_path: Path) -> None:
    flow = written(tmp_path, "flow.json", chain(2_000))
    mocks = written(tmp_path, "mocks.json", {"shop.Do": {"result": {"n": 1}, "delay": 60}})
    done = weft("run", flow, "--mock", mocks, folder=tmp_path)
    result = json.loads(done.out)
    assert (result["status"], result["duration_seconds"], len(result["steps"])) == ("completed", 120_000, 2_002)
    assert done.cpu_seconds < 10


def test_a_defect_is_one_message_unless_it_is_to_be_debugged(tmp_path: Path) -> None:
    (tmp_path / "weft_defect.py").write_text("import sys\nsys.modules['weftctl.simulation.scenario'] = sys\n")
    flow = written(tmp_path, "flow.json", chain(0))
    broken = {"PYTHONPATH": str(ROOT)}
    script = "import weft_defect; from weftctl.main import run; run()"
    command = [sys.executable, "-c", script, "run", flow]
    hidden = subprocess.run(command, cwd=tmp_path, env=os.environ | broken, capture_output=True, text=True, check=False)
    assert (hidden.returncode, hidden.stdout) == (3, "")
    assert hidden.stderr.startswith("Error: Weft itself failed, which is a bug: ImportError: ")
    assert "Traceback" not in hidden.stderr
    debugged = os.environ | broken | {"WEFT_DEBUG": "1"}
    shown = subprocess.run(command, cwd=tmp_path, env=debugged, capture_output=True, text=True, check=False)
    assert "Traceback" in shown.stderr


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_run_in_real_time(tmp_path: Path) -> None:
    flow = written(tmp_path, "flow.json", chain(1))
    mocks = written(tmp_path, "mocks.json", {"shop.Do": {"result": 1, "delay": 3600}})
    # The module is imported, so the run begins, when the line comes; a signal before that would end Python's start.
    (tmp_path / "cli_test_ready.py").write_text("print('ready', flush=True)  # which goes to stderr\n")
    arguments = ["run", flow, "--mock", mocks, "--activities", "cli_test_ready", "--no-virtual-time"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*WEFT, *arguments], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert (out, "Traceback" in err) == ("", False)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_is_put_off_when_it_comes_in_the_middle_of_an_import(tmp_path: Path) -> None:
    (tmp_path / "weft_imported.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhole = True\n")
    script = """
        import sys, threading
        from weftctl import interrupts
        interrupts.note()
        import weft_imported
        try:
            threading.Event().wait(60)
        except KeyboardInterrupt:
            print(weft_imported.whole, "weft_imported" in sys.modules)
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
