"""Every page: nothing serious for axe, in light and dark, nothing cut off on a phone, and in Chinese too.

Layer: tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.browser.console import Console
from tests.e2e.stack import eventually

EXAMPLES = Path(__file__).parents[2] / "examples"
ORDER: dict[str, Any] = json.loads((EXAMPLES / "order-fulfilment" / "large.json").read_text(encoding="utf-8"))
PHONE = {"width": 390, "height": 844}
PAGES = {
    "executions": ("#/executions", "text=order-of-pages"),
    "execution": ("#/executions/order-of-pages", "[data-node='approve'][data-state]"),
    "step": ("#/executions/order-of-pages?step=approve", ".step-panel"),
    "timeline": ("#/executions/order-of-pages?tab=timeline", "role=tabpanel"),
    "history": ("#/executions/order-of-pages?tab=history", "role=row >> nth=2"),
    "workflows": ("#/workflows", "role=row >> nth=1"),
    "workflow": ("#/workflows/order-fulfilment", "[data-node='approve']"),
    "editor": ("#/workflows/order-fulfilment/edit", "role=textbox >> nth=0"),
    "start": ("#/workflows/order-fulfilment/start", "form"),
    "inbox": ("#/tasks", "role=row >> nth=1"),
    "system": ("#/system", "main h2"),
}


@pytest.fixture(scope="module", autouse=True)
def order(stack: Any) -> None:
    """An order that waits for its approval."""
    stack.register(yaml.safe_load((EXAMPLES / "order-fulfilment.yaml").read_text(encoding="utf-8")))
    execution_id = stack.execute("order-fulfilment", ORDER, execution_id="order-of-pages")

    def is_asked() -> bool:
        asked = stack.ask("GET", "/tasks/human")["tasks"]
        return any(task["execution_id"] == execution_id for task in asked)

    eventually(is_asked, what="the approval in the inbox")


def opened(console: Console, page: str, **options: Any) -> Console:
    """A window on a page, once its content is there."""
    window = console.beside(**options).open(PAGES[page][0])
    wait_for_content(window, page)
    return window


def wait_for_content(window: Console, page: str) -> None:
    window.page.wait_for_selector(PAGES[page][1], state="attached")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_serious_is_found_when_axe_looks_in_light_and_dark(console: Console, page: str) -> None:
    window = opened(console, page, color_scheme="light")
    window.screenshot(f"{page}-light")
    in_light = window.accessibility()

    window.page.emulate_media(color_scheme="dark")
    window.page.reload()  # Chromium keeps colours of the other scheme in what is drawn anew
    wait_for_content(window, page)
    window.screenshot(f"{page}-dark")

    assert in_light == []
    assert window.accessibility() == []


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_off_when_it_is_opened_on_a_phone_in_chinese(console: Console, page: str) -> None:
    window = opened(console, page, size=PHONE, locale="zh-CN")

    window.screenshot(f"{page}-phone-zh")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert window.page.evaluate("document.documentElement.lang").startswith("zh")
