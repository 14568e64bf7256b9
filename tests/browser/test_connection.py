"""The console loses its connection, and gets it back without having missed anything. Layer: tests."""

from __future__ import annotations

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.console import Console
from tests.browser.pictures import chain, loads, open_execution, shows

STEPS = [
    {"id": name, "name": name, "step_type": {"type": "wait", "event_name": name}} for name in ("one", "two", "three")
]


def test_it_catches_up_when_the_connection_was_lost_meanwhile(console: Console) -> None:
    # given a page that is live
    console.stack.register(chain("console-signalled", *STEPS))
    execution_id = console.stack.execute("console-signalled", {})
    lines: list[WebSocketRoute] = []
    is_up = [True]

    def connect(line: WebSocketRoute) -> None:
        if not is_up[0]:
            line.close(code=1013)
            return
        line.connect_to_server()
        lines.append(line)

    console.page.route_web_socket(lambda _: True, connect)
    page = open_execution(console, execution_id)
    expect(page.locator("[data-live='live']")).to_be_visible()

    # when it loses its connection while something happens
    is_up[0] = False
    for line in lines:
        line.close(code=1012)
    expect(page.locator("[data-live='reconnecting'], [data-live='polling']").first).to_be_visible()
    signal(console, execution_id, "one")
    signal(console, execution_id, "two")
    is_up[0] = True

    # then all of it is there, and what comes afterwards too
    expect(page.locator("[data-live='live']")).to_be_visible()
    shows(page, "two", "completed")
    signal(console, execution_id, "three")
    shows(page, "end", "completed")
    assert len(lines) >= 2
    assert loads(page) == 1


def signal(console: Console, execution_id: str, name: str) -> None:
    console.stack.ask("POST", f"/workflows/executions/{execution_id}/signal", {"signal_name": name})
