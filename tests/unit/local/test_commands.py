"""What people start: `install`, `demo`, `dev --reload`. Layer: tests. Nothing is installed or started here."""

from __future__ import annotations

import io
import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from weftctl.local import demo, dev, install
from weftctl.local.errors import LocalRuntimeError
from weftctl.local.reloading import changes, describe


def test_nothing_is_installed_when_everything_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[Path] = []
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("nothing is missing"))
    monkeypatch.setattr(install, "dependencies", lambda requirements, _: fetched.append(requirements))

    assert install.main() == 0
    assert [file.name for file in fetched] == ["requirements.txt"]


def test_the_missing_part_is_named_with_the_remedy_when_it_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "fatal error: Python.h: No such file or directory")
    monkeypatch.setattr(install, "missing_modules", lambda _: ["ministack"])
    monkeypatch.setattr("subprocess.run", lambda *_, **__: failed)

    assert install.main() == 3
    said = capsys.readouterr().err
    assert "cannot install ministack: the C headers of Python are missing" in said
    assert "Traceback" not in said


def test_modules_that_cannot_be_imported_are_found_when_they_are_looked_for() -> None:
    assert install.missing_modules(["json", "nothing_of_this_name"]) == ["nothing_of_this_name"]


STATUS = {"execution_id": "e1", "workflow_id": "hello-world", "state": "completed", "output": {"message": "Hi"}}
EVENT = {
    "sequence": 1,
    "timestamp": "2026-01-02T03:04:05.678Z",
    "event_type": "StepCompleted",
    "step_id": "greet",
    "details": {"output": "[bold]é"},
}


class Api:
    """The API of the demo: each path's answers, the last repeating."""

    def __init__(self, **states: Any) -> None:
        self.requests: list[tuple[str, str]] = []
        self._states = states.get("states", ["completed"])
        self._refused = states.get("refused")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.requests.append((request.method, path))
        if path == self._refused:
            return httpx.Response(400, json={"detail": "no such thing"})
        if path.endswith("/execute"):
            assert json.loads(request.content) == {"input": {"name": "World", "count": 3}}
            return httpx.Response(201, json={"execution_id": "e1"})
        if path.endswith("/history"):
            return httpx.Response(200, json={"events": [EVENT]})
        if path.endswith("/e1"):
            state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
            return httpx.Response(200, json={**STATUS, "state": state})
        return httpx.Response(201, json={})

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://stack/api/v1", transport=httpx.MockTransport(self))


def test_the_example_is_registered_executed_and_watched_when_the_demo_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_POLL_SECONDS", 0)
    api = Api(states=["pending", "running", "completed"])

    status, history = demo.run_example(api.client(), lambda _: None, time.sleep)

    assert (status["state"], history) == ("completed", [EVENT])
    assert api.requests[:2] == [("POST", "/workflows"), ("POST", "/workflows/hello-world/execute")]
    assert [path for _, path in api.requests[2:]] == ["/workflows/executions/e1"] * 3 + [
        "/workflows/executions/e1/history"
    ]


def test_the_answer_is_shown_when_the_api_refuses() -> None:
    with pytest.raises(LocalRuntimeError, match=r"POST /workflows: 400 .*no such thing"):
        demo.run_example(Api(refused="/workflows").client(), lambda _: None, time.sleep)


def test_the_state_is_said_when_the_execution_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_POLL_SECONDS", 0)
    monkeypatch.setattr(demo, "END_SECONDS", 0)

    with pytest.raises(LocalRuntimeError, match="still running"):
        demo.run_example(Api(states=["running"]).client(), lambda _: None, time.sleep)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (STATUS, '"message": "Hi"'),
        ({**STATUS, "state": "failed", "error": {"code": "Broken"}}, '"code": "Broken"'),
    ],
)
def test_output_or_error_and_history_are_shown_when_the_demo_ends(status: dict[str, Any], shown: str) -> None:
    screen = io.StringIO()

    demo.show(Console(file=screen, width=120), status, [EVENT])

    printed = screen.getvalue()
    assert shown in printed
    for text in ("StepCompleted", "greet", "03:04:05.678", "[bold]é", f"hello-world {status['state']}"):
        assert text in printed


def test_the_reason_is_said_when_the_stack_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: Any) -> None:
        raise LocalRuntimeError("port 8080 is taken")

    monkeypatch.setattr(dev, "_run", failing)

    assert dev.main(folder=tmp_path) == 3
    assert capsys.readouterr().err == "error: port 8080 is taken\n"


def test_a_changed_file_is_noticed_when_sources_are_watched(tmp_path: Path) -> None:
    (tmp_path / "chalicelib").mkdir()
    source = tmp_path / "chalicelib" / "module.py"
    source.write_text("one")
    (tmp_path / "app.py").write_text("")
    stop = threading.Event()

    bursts = changes(tmp_path, stop)
    assert next(bursts) == ""  # the first second passes without a change
    source.write_text("two!")
    noticed = next(burst for burst in bursts if burst)
    stop.set()

    assert noticed == "chalicelib/module.py"
    assert list(bursts) == []


def test_a_burst_is_one_line_when_many_files_change(tmp_path: Path) -> None:
    many = {tmp_path / f"{name}.py" for name in "abcde"}

    assert describe(tmp_path, many) == "a.py, b.py, c.py and 2 more"
    assert describe(tmp_path, set()) == ""
