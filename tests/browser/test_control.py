"""Taking an execution in hand from the console. Layer: tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console
from tests.browser.pictures import activity, chain, confirm, loads, node, open_execution, shows

WAIT = {"id": "go", "name": "Wait", "step_type": {"type": "wait", "event_name": "go"}}


class Moody:
    """A server that fails until it is ``well``."""

    def __init__(self) -> None:
        self.well = False
        moody = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if moody.well else 422)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing: the test tells what matters."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def moody() -> Iterator[Moody]:
    server = Moody()
    yield server
    server.http.shutdown()
    server.http.server_close()


def test_it_pauses_and_resumes_with_a_reason_that_stays_when_an_operator_says_so(console: Console) -> None:
    console.stack.register(chain("console-in-hand", WAIT))
    execution_id = console.stack.execute("console-in-hand", {})
    console.sign_in("ada", "weft-operators")
    page = open_execution(console, execution_id)
    shows(page, "go", "waiting_for_event")

    confirm(page, "Pause", reason="the warehouse is closed")
    expect(page.get_by_text("Paused", exact=True).first).to_be_visible()
    confirm(page, "Resume")
    console.stack.ask("POST", f"/workflows/executions/{execution_id}/signal", {"signal_name": "go"})

    shows(page, "end", "completed")
    assert loads(page) == 1
    page.get_by_role("tab", name="Who did what").click()
    paused = page.get_by_role("row").filter(has_text="the warehouse is closed")
    expect(paused.first).to_contain_text("ada")
    console.screenshot("who-did-what")


def test_a_failed_step_runs_again_when_it_is_retried(console: Console, moody: Moody) -> None:
    url = f"http://127.0.0.1:{moody.http.server_port}/"
    console.stack.register(
        chain("console-moody", activity("ask", "http.request", input_mapping={"url": "$.input.url"}))
    )
    page = open_execution(console, console.stack.execute("console-moody", {"url": url}))
    shows(page, "ask", "failed")
    console.screenshot("step-failed")

    moody.well = True
    node(page, "ask").click()
    confirm(page, "Retry")

    shows(page, "ask", "completed")
    shows(page, "end", "completed")
    assert loads(page) == 1


def test_nothing_can_be_taken_in_hand_when_somebody_may_only_look(console: Console) -> None:
    console.stack.register(chain("console-in-hand", WAIT))
    execution_id = console.stack.execute("console-in-hand", {})
    console.sign_in("vera", "weft-viewers")
    page = open_execution(console, execution_id)
    shows(page, "go", "waiting_for_event")

    node(page, "go").click()

    expect(page.get_by_role("heading", name="Wait")).to_be_visible()
    for action in ("Pause", "Cancel execution", "Send a signal", "Set variables", "Skip"):
        expect(page.get_by_role("button", name=action, exact=True)).to_have_count(0)
