"""A workflow of five hundred steps is drawn quickly enough to be looked at. Layer: tests."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.console import Console
from tests.browser.pictures import chain, node, open_execution

STEPS = 500
FIRST_PICTURE_MS = 2_000.0
ROUNDS = 3  # the best of them says what the page needs; the others, what else the machine had to do
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
    console.stack.register(chain("console-five-hundred", *steps))
    execution_id = console.stack.execute("console-five-hundred", {})
    console.stack.ended(execution_id)

    drawn_ms = [first_picture_ms(console, execution_id) for _ in range(ROUNDS)]

    assert min(drawn_ms) <= FIRST_PICTURE_MS, drawn_ms


def first_picture_ms(console: Console, execution_id: str) -> float:
    """From the beginning of the navigation until the first step is on the screen."""
    window = console.beside()  # a profile of its own: nothing is kept from the last time
    window.page.add_init_script(NOTE_THE_PICTURE)
    page = open_execution(window, execution_id)
    expect(node(page, "start")).to_be_attached()
    expect(page.locator("[data-node]")).to_have_count(STEPS)
    window.screenshot("five-hundred-steps")
    drawn_ms: float = page.evaluate("window.drawnAt")
    return drawn_ms
