"""A worker process dies in the middle of an activity; the message comes again, and the execution completes. Layer:
tests.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.e2e.stack import Stack, eventually
from weftctl.local.stack import EmbeddedAws


class SlowServer:
    """Holds the first request until ``release`` is set; answers all others at once."""

    def __init__(self) -> None:
        self.reached, self.release = threading.Event(), threading.Event()
        self.requests = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests += 1
                if server.requests == 1:
                    server.reached.set()
                    server.release.wait(60)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing: the test tells what matters."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/"

    def stop(self) -> None:
        self.release.set()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[SlowServer]:
    server = SlowServer()
    yield server
    server.stop()


DEFINITION = {
    "id": "killed-worker",
    "name": "Call a server",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "name": "Start", "step_type": {"type": "start"}},
        {
            "id": "call",
            "name": "Call",
            "step_type": {
                "type": "activity",
                "activity_type": "http.request",
                "input_mapping": {"url": "$.input.url"},
                "output_mapping": {"status": "$.output.status"},
            },
        },
        {"id": "end", "name": "End", "step_type": {"type": "end"}},
    ],
    "transitions": [
        {"from_step_id": "start", "to_step_id": "call"},
        {"from_step_id": "call", "to_step_id": "end"},
    ],
}


def test_the_execution_completes_when_its_worker_was_killed_in_the_middle_of_an_activity(
    stack: Stack, embedded: EmbeddedAws, server: SlowServer
) -> None:
    stack.set_visibility_timeout("tasks-medium", 3)  # nobody waits 15 minutes for a test
    stack.register(DEFINITION)
    execution_id = stack.execute("killed-worker", {"url": server.url})
    assert server.reached.wait(30)

    busy = {worker.pid for worker in embedded.workers() if worker.function == "worker_medium"}
    assert embedded.kill_lambda_worker("worker_medium") == len(busy) > 0
    eventually(lambda: busy.isdisjoint(worker.pid for worker in embedded.workers()), what="the end of the workers")

    status = stack.ended(execution_id)
    assert (status["state"], status["output"]) == ("completed", {"status": 200})
    assert server.requests == 2
    (step,) = [step for step in status["steps"] if step["step_id"] == "call"]
    assert step["attempts"] == 1, "the same attempt was delivered again; the retry policy was not asked"
