"""Starting, stopping and crashing the local runtime, as a developer's terminal does it. Layer: tests.

Each test starts `weft dev` as a process of its own with its own data and port.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.stack import eventually
from weftctl.local import down, up
from weftctl.local.ports import free_port, listen, port_of
from weftctl.local.running import instance
from weftctl.packaging.artefact import PROJECT_ROOT, build

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("stack")]

EXAMPLE: dict[str, Any] = json.loads((PROJECT_ROOT / "examples" / "hello-world.json").read_text())


@pytest.fixture(scope="module", autouse=True)
def _packaged() -> None:
    """The artefact, so that no test waits for it."""
    build("local")


@dataclass(frozen=True)
class Dev:
    """A `weft dev` that was started."""

    process: subprocess.Popen[str]
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> Dev:
        """Returns when it says that it is ready."""

        def announced() -> bool:
            assert self.process.poll() is None, self.said()
            running = instance(self.folder)
            return running is not None and bool(running.url)

        eventually(announced, what="the stack's readiness")
        return self

    def said(self) -> str:
        """What it printed, once it has ended."""
        return self.process.communicate(timeout=60)[0]

    def leftovers(self) -> list[str]:
        """Processes that work in its folder: the emulator's workers, and the emulator itself by its listening port."""
        listing = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        found = [line for line in listing.stdout.splitlines() if f"{self.folder}/tmp/" in line]
        remembered = self.folder / "emulator-port"
        if remembered.exists() and answers(int(remembered.read_text())):
            found.append("the emulator answers")
        return found


def answers(port: int) -> bool:
    """Whether something accepts connections on ``port``."""
    try:
        httpx.get(f"http://127.0.0.1:{port}/_ministack/health", timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    return True


def start(folder: Path, port: int) -> Dev:
    command = [sys.executable, "-m", "weftctl.local.dev", "--port", str(port), "--folder", str(folder)]
    process = subprocess.Popen(
        command, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return Dev(process, folder, port)


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    """A running `weft dev`; it is stopped after the test if it still runs."""
    dev = start(tmp_path / "data", free_port())
    try:
        yield dev.ready()
    finally:
        if dev.process.poll() is None:
            dev.process.terminate()
        dev.said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_running_when_it_is_told_to_stop(dev: Dev, number: signal.Signals) -> None:
    dev.process.send_signal(number)

    said = dev.said()

    assert dev.process.returncode == 0
    assert "the data is kept" in said
    assert "Traceback" not in said
    assert dev.leftovers() == []
    assert instance(dev.folder) is None


def test_nothing_is_left_running_when_it_is_killed(dev: Dev) -> None:
    dev.process.kill()
    dev.said()

    eventually(lambda: not dev.leftovers(), what="the end of the emulator and its workers")
    assert instance(dev.folder) is None


def test_it_ends_with_the_reason_when_the_emulator_dies(dev: Dev) -> None:
    emulator = children(dev.process.pid)
    assert len(emulator) == 1

    os.kill(emulator[0], signal.SIGKILL)

    said = dev.said()
    assert dev.process.returncode == 3
    assert "the embedded AWS ended unexpectedly" in said
    assert "Traceback" not in said
    assert dev.leftovers() == []


def children(pid: int) -> list[int]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def test_the_second_one_says_where_the_first_runs_when_it_is_started_twice(dev: Dev) -> None:
    second = start(dev.folder, free_port())

    said = second.said()

    assert second.process.returncode == 3
    assert f"runs already at http://localhost:{dev.port} (process {dev.process.pid})" in said
    assert "make down" in said
    assert httpx.get(f"{dev.url}/health").status_code == 200


def test_the_port_and_the_remedy_are_said_when_another_program_has_it(tmp_path: Path) -> None:
    with listen(0) as taken:
        dev = start(tmp_path / "data", port_of(taken))
        said = dev.said()

    assert dev.process.returncode == 3
    assert f"port {dev.port} is taken by another program" in said
    assert "--port" in said
    assert "Traceback" not in said
    assert dev.leftovers() == []


def execute(api: httpx.Client, name: str) -> str:
    """Runs the example to its end and returns the execution's address."""
    started = api.post("/workflows/hello-world/execute", json={"input": {"name": name}}).raise_for_status().json()
    address = f"/workflows/executions/{started['execution_id']}"
    eventually(lambda: api.get(address).json()["state"] == "completed", what=f"the end of {address}")
    return address


def listed(api: httpx.Client) -> set[str]:
    """The addresses of the executions that the list shows as completed."""
    found = api.get("/workflows/executions", params={"workflow_id": "hello-world"}).raise_for_status().json()
    completed = [each for each in found["executions"] if each["state"] == "completed"]
    return {f"/workflows/executions/{each['execution_id']}" for each in completed}


def test_executions_are_still_there_when_it_is_stopped_and_started_again(dev: Dev) -> None:
    with httpx.Client(base_url=f"{dev.url}/api/v1", timeout=30) as api:
        api.post("/workflows", json=EXAMPLE).raise_for_status()
        addresses = [execute(api, name) for name in ("A", "B", "C", "D")]
        before = [api.get(f"{address}/history").json() for address in addresses]
    dev.process.terminate()  # at once: the last commits may not have been published yet
    dev.said()

    again = start(dev.folder, free_port())
    try:
        again.ready()
        with httpx.Client(base_url=f"{again.url}/api/v1", timeout=30) as api:
            assert [api.get(f"{address}/history").json() for address in addresses] == before
            assert listed(api) == set(addresses)
            # And new ones run: the queues and the stream were restored with their readers.
            new = execute(api, "Y")
            eventually(lambda: listed(api) == {*addresses, new}, what="the new execution in the list")
    finally:
        again.process.terminate()
        again.said()


def test_executions_are_still_there_when_it_was_killed_and_is_started_again(dev: Dev) -> None:
    with httpx.Client(base_url=f"{dev.url}/api/v1", timeout=30) as api:
        api.post("/workflows", json=EXAMPLE).raise_for_status()
    dev.process.kill()
    dev.said()
    eventually(lambda: not dev.leftovers(), what="the end of the emulator")

    again = start(dev.folder, free_port())
    try:
        answer = httpx.get(f"{again.ready().url}/api/v1/workflows/hello-world")
        assert answer.status_code == 200
    finally:
        again.process.terminate()
        again.said()


def test_the_stack_runs_in_the_background_when_it_is_brought_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, port = tmp_path / "data", free_port()
    try:
        assert up.main(port, folder=folder) == 0
        assert capsys.readouterr().out == f"http://localhost:{port}\n"
        assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200

        assert up.main(port, folder=folder) == 0
        again = capsys.readouterr()
        assert again.out == f"http://localhost:{port}\n"
        assert "runs already" in again.err
    finally:
        assert down.main(folder=folder) == 0

    assert "stopped" in capsys.readouterr().err
    assert not answers(port)
    assert down.main(folder=folder) == 0
    assert "not running" in capsys.readouterr().err


def test_the_reason_is_said_when_it_cannot_be_brought_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen(0) as taken:
        port = port_of(taken)
        assert up.main(port, folder=tmp_path / "data") == 3

    assert f"port {port} is taken" in capsys.readouterr().err
