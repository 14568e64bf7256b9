"""A workflow of five hundred steps is drawn quickly enough to be looked at. Layer: tests."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.console import Console
from tests.browser.pictures import chain, node, open_execution

STEPS = 500
FIRST_PICTURE_MS = 2_000.0
NOTE_THE_PICTURE = """
new MutationObserver((_, observer) => {
  if (document.querySelector('[data-node]') === null) return;
  observer.disconnect();
  requestAnimationFrame(() => { window.drawnAt = performance.now(); });
}).observe(document, {childList: true, subtree: true});
"""


def test_the_first_picture_comes_within_two_seconds_when_there_are_five_hundred_steps(console: Console) -> None:
    steps = [
        {"id": f"s{n}", "name": f"Step {n}", "step_type": {"type": "script", "expression": str(n)}}
        for n in range(STEPS - 2)
    ]
    console.stack.register(chain("five-hundred", *steps))
    execution_id = console.stack.execute("five-hundred", {})
    console.stack.ended(execution_id)
    console.page.add_init_script(NOTE_THE_PICTURE)

    page = open_execution(console, execution_id)

    expect(node(page, "start")).to_be_attached()
    expect(page.locator("[data-node]")).to_have_count(STEPS)
    drawn_ms = page.evaluate("window.drawnAt")
    console.screenshot("five-hundred-steps")
    assert drawn_ms <= FIRST_PICTURE_MS
