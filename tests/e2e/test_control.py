"""Waiting, timing and taking executions in hand on the deployed application. Layer: tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.e2e.stack import Stack, eventually

SOON = {"type": "delay", "seconds": "$.input.seconds"}
DEFINITION: dict[str, Any] = {
    "id": "in-hand",
    "name": "Approve, wait a little, call, and wait for the end",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "step_type": {"type": "start"}},
        {
            "id": "approval",
            "step_type": {"type": "wait", "event_name": "approved", "output_mapping": {"by": "$.output.approved_by"}},
        },
        {
            "id": "pause",
            "step_type": {"type": "timer", "timer_config": SOON},
        },
        {
            "id": "call",
            "step_type": {
                "type": "activity",
                "activity_type": "http.request",
                "input_mapping": {"url": "$.input.url"},
                "output_mapping": {"status": "$.output.status"},
            },
        },
        {"id": "done", "skippable": True, "step_type": {"type": "wait", "event_name": "done"}},
        {"id": "end", "step_type": {"type": "end"}},
    ],
    "transitions": [
        {"from_step_id": source, "to_step_id": target}
        for source, target in (
            ("start", "approval"),
            ("approval", "pause"),
            ("pause", "call"),
            ("call", "done"),
            ("done", "end"),
        )
    ],
}


class Server:
    """Answers 200 once it ``works``, 400 before; counts the requests."""

    def __init__(self) -> None:
        server = self
        self.works = True
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests += 1
                self.send_response(200 if server.works else 400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Be quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


class Hand:
    """One execution of ``in-hand``, and requests to it."""

    def __init__(self, stack: Stack, server: Server, seconds: float) -> None:
        stack.register(DEFINITION)
        self.stack = stack
        self.id = stack.execute("in-hand", {"url": server.url, "seconds": seconds})

    def ask(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request; without a ``wait`` of its own it waits long enough for a cold start."""
        path = path if "?" in path else f"{path}?wait=25"
        method = "PUT" if path.startswith("variables") else "POST"
        return self.stack.api.request(method, f"/workflows/executions/{self.id}/{path}", json=body, headers=headers)

    def asked(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """What a request is answered with that must be decided in time."""
        answer = self.ask(path, body, **headers)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def reaches(self, step_id: str, state: str) -> None:
        eventually(lambda: self.states().get(step_id) == state, what=f"{step_id} {state}")

    def states(self) -> dict[str, str]:
        return {row["step_id"]: row["state"] for row in self.stack.status(self.id)["steps"]}

    def kinds(self) -> list[str]:
        return [event["event_type"] for event in self.stack.history(self.id)]


def test_an_execution_waits_pauses_and_goes_on_when_it_is_taken_in_hand(stack: Stack, server: Server) -> None:
    hand = Hand(stack, server, seconds=1)
    hand.reaches("approval", "waiting_for_event")
    assert stack.status(hand.id)["state"] == "waiting_for_event"

    # Paused, a signal that is waited for is kept, and so is one that comes early.
    assert hand.asked("pause", {"reason": "stocktaking"})["state"] == "paused"
    assert hand.asked("signal", {"signal_name": "approved", "payload": {"by": "ann"}})["state"] == "paused"
    assert hand.asked("variables", {"variables": {"limit": 100}, "reason": "agreed"})["state"] == "paused"
    refused = hand.ask("pause")
    assert (refused.status_code, refused.json()["code"], refused.json()["state"]) == (409, "InvalidState", "paused")
    assert hand.states()["approval"] == "waiting_for_event"

    assert hand.asked("resume")["state"] == "running"
    hand.reaches("done", "waiting_for_event")
    assert hand.asked("skip/done%231", {"reason": "known"})["step_id"] == "done#1"

    status = stack.ended(hand.id)
    assert (status["state"], status["variables"]) == ("completed", {"limit": 100})
    assert status["output"] == {"approved_by": "ann", "status": 200}
    assert server.requests == 1
    history = stack.history(hand.id)
    assert [event["sequence"] for event in history] == list(range(1, len(history) + 1))
    assert {"TimerScheduled", "TimerFired", "SignalReceived", "WorkflowPaused", "StepSkipped"} <= set(hand.kinds())


def test_a_failed_step_runs_again_when_it_is_retried(stack: Stack, server: Server) -> None:
    server.works = False
    hand = Hand(stack, server, seconds=0)
    assert hand.asked("signal", {"signal_name": "done", "payload": 1})["state"] == "waiting_for_event"
    assert hand.asked("signal", {"signal_name": "approved", "payload": {"by": "bob"}})["state"] != "failed"
    assert stack.ended(hand.id)["state"] == "failed"

    server.works = True
    assert hand.asked("retry/call", {"reason": "repaired"})["state"] == "running"

    status = stack.ended(hand.id)
    assert (status["state"], server.requests) == ("completed", 2), "the signal that came early has ended the last wait"
    assert [row["run"] for row in status["steps"] if row["step_id"] == "call"] == [1, 2]


def test_nothing_more_happens_when_an_execution_was_cancelled(stack: Stack, server: Server) -> None:
    hand = Hand(stack, server, seconds=3_600)
    key = {"Idempotency-Key": "approve-once"}
    hand.asked("signal", {"signal_name": "approved"}, **key)
    assert "before" in hand.asked("signal", {"signal_name": "approved"}, **key)["message"]
    hand.reaches("pause", "waiting_for_timer")

    accepted = hand.ask("cancel?wait=0", {"reason": "no longer wanted"})

    assert accepted.status_code == 202
    assert accepted.headers["location"] == f"/api/v1/workflows/executions/{hand.id}"
    assert stack.ended(hand.id)["state"] == "canceled"
    assert hand.states()["pause"] == "canceled"
    assert hand.kinds().count("SignalReceived") == 1
    assert server.requests == 0
    assert hand.ask("skip/nowhere").json()["code"] == "UnknownStep"
    assert hand.ask("skip/done").json()["code"] == "InvalidState"
    assert hand.ask("rerun/nowhere").json()["code"] == "UnknownStep"
