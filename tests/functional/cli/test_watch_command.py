"""`weft watch`: an execution to its end, from a service without a WebSocket. Layer: tests."""

from __future__ import annotations

import json

import pytest

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft
from tests.functional.cli.test_service_commands import EXECUTION, status, step
from weftctl.commands import execute

pytestmark = pytest.mark.functional


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.mark.parametrize(("end", "exit_code"), [("completed", 0), ("failed", 1), ("canceled", 1)])
def test_each_change_is_told_until_the_end_when_an_execution_is_watched(
    weft_at: Weft, service: FakeService, end: str, exit_code: int
) -> None:
    running, ended = status("running", step("a", "running")), status(end, step("a", "completed"))
    service.on("GET", EXECUTION, running, running, ended)

    called = weft_at("watch", "e1")

    assert called.exit_code == exit_code
    assert json.loads(called.out)["state"] == end
    assert called.err.splitlines() == ["  a running", "e1 running", "  a completed", f"e1 {end}"]


def test_it_goes_on_when_the_time_to_watch_is_over(weft_at: Weft, service: FakeService) -> None:
    service.on("GET", EXECUTION, status("running"))

    called = weft_at("watch", "e1", "--timeout", "0")

    assert called.exit_code == 1
    assert "it goes on" in called.err


def test_it_exits_3_when_there_is_no_such_execution(weft_at: Weft, service: FakeService) -> None:
    problem = {"code": "ExecutionNotFound", "detail": "There is no execution 'e1'."}
    service.on("GET", EXECUTION, problem, status=404)

    called = weft_at("watch", "e1", "--websocket", "ws://127.0.0.1:9/ws")

    assert called.exit_code == 3
    assert "no execution" in called.err
