"""A large order in the console: started from its form, approved by a sales lead, live all the while. Layer: tests."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import expect

from tests.browser.console import Console
from tests.browser.pictures import loads, shows

EXAMPLES = Path(__file__).parents[2] / "examples"
ORDER: dict[str, Any] = json.loads((EXAMPLES / "order-fulfilment" / "large.json").read_text(encoding="utf-8"))
MOVES_WITHIN_MS = 1_000.0  # from the click that approves to the picture
NOW = "performance.timeOrigin + performance.now()"
NOTE_THE_MOVE = f"""() => {{
  const step = document.querySelector("[data-node='approve']");
  new MutationObserver(() => {{ window.movedAt ??= {NOW}; }})
    .observe(step, {{attributes: true, attributeFilter: ['data-state']}});
}}"""


@pytest.fixture(autouse=True)
def registered(console: Console) -> None:
    console.stack.register(yaml.safe_load((EXAMPLES / "order-fulfilment.yaml").read_text(encoding="utf-8")))


def started_from_its_form(console: Console) -> tuple[str, str]:
    """The ids of the execution and of its order."""
    page, order_id = console.page, f"o-{uuid.uuid4().hex[:8]}"
    console.open("#/workflows/order-fulfilment/start")
    page.get_by_label("order_id").fill(order_id)
    page.get_by_label("customer").fill(ORDER["customer"])
    for number, line in enumerate(ORDER["lines"], start=1):
        if number > 1:
            page.get_by_role("button", name="Add an item to lines").click()
        item = page.get_by_role("group", name=f"Item {number}")
        for name, value in line.items():
            item.get_by_label(name).fill(str(value))
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("#/executions/"))
    return page.url.rpartition("/")[2], order_id


def test_the_graph_moves_and_only_a_sales_lead_is_asked_when_a_large_order_is_started(console: Console) -> None:
    # given an order that waits for a person
    execution_id, order_id = started_from_its_form(console)
    page = console.page
    shows(page, "approve", "waiting_for_human_intervention")
    console.screenshot("order-waiting")
    page.evaluate(NOTE_THE_MOVE)

    # when nobody but a sales lead has it in the inbox, who approves it
    other = console.beside().sign_in("otto", "warehouse", "weft-approvers").open("#/tasks")
    expect(other.page.get_by_text("Nothing waits for you")).to_be_visible()
    lead = console.beside().sign_in("lea", "sales-leads", "weft-approvers").open("#/tasks")
    task = lead.page.get_by_role("row").filter(has_text=execution_id)
    expect(task).to_be_visible()
    lead.screenshot("inbox")
    task.get_by_role("link").first.click()
    lead.page.get_by_role("radio", name="Approve").check()
    approved_at = lead.page.evaluate(NOW)
    lead.page.get_by_role("button", name="Approve", exact=True).click()

    # then the picture moves, by itself and at once
    shows(page, "approve", "completed")
    assert page.evaluate("window.movedAt") - approved_at <= MOVES_WITHIN_MS
    shows(page, "shipped", "waiting_for_event")
    event = {"event_type": "parcel.shipped", "event_data": {"tracking": "T-200"}, "correlation": order_id}
    console.stack.ask("POST", "/events", event)
    shows(page, "end", "completed")
    console.screenshot("order-completed")
    assert console.stack.status(execution_id)["output"] == {"tracking": "T-200"}
    assert loads(page) == 1


def test_one_press_of_the_button_is_enough_when_a_field_was_left_empty(console: Console) -> None:
    console.open("#/workflows/order-fulfilment/start")
    page = console.page

    page.get_by_label("sku").click()  # leaving it would show its error, and move the button away from under the mouse
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.get_by_text("This is needed.")).to_have_count(5)  # two texts, and three fields of the first line
