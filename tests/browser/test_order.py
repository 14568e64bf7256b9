"""A large order in the console: started from its form, approved by a sales lead, live all the while. Layer: tests."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.console import Console

EXAMPLES = Path(__file__).parents[2] / "examples"
ORDER: dict[str, Any] = json.loads((EXAMPLES / "order-fulfilment" / "large.json").read_text(encoding="utf-8"))
MOVES_WITHIN_MS = 1_000.0  # from the click that approves to the picture


@pytest.fixture(autouse=True)
def registered(console: Console) -> None:
    console.stack.register(yaml.safe_load((EXAMPLES / "order-fulfilment.yaml").read_text(encoding="utf-8")))


def node(page: Page, step_id: str) -> Any:
    """A step in the picture."""
    return page.locator(f"[data-node='{step_id}']")


def started_from_its_form(console: Console) -> tuple[str, str]:
    """The ids of the execution and of its order."""
    page, order_id = console.page, f"o-{uuid.uuid4().hex[:8]}"
    console.open("#/workflows/order-fulfilment/start")
    page.get_by_label("order_id").fill(order_id)
    page.get_by_label("customer").fill(ORDER["customer"])
    for number, line in enumerate(ORDER["lines"], start=1):
        page.get_by_role("button", name="Add an item to lines").click()
        item = page.get_by_role("group", name=re.compile(f"item {number}", re.IGNORECASE))
        for name, value in line.items():
            item.get_by_label(name).fill(str(value))
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("#/executions/"))
    return page.url.rpartition("/")[2], order_id


def test_the_graph_moves_and_only_a_sales_lead_is_asked_when_a_large_order_is_started(console: Console) -> None:
    # given
    execution_id, order_id = started_from_its_form(console)
    page = console.page
    expect(node(page, "approve")).to_have_attribute("data-state", "waiting_for_human_intervention")
    console.screenshot("order-waiting")

    # when nobody but a sales lead has it in the inbox
    other = console.beside().sign_in("otto", "warehouse", "weft-approvers").open("#/tasks")
    expect(other.page.get_by_text("Nothing waits for you")).to_be_visible()
    lead = console.beside().sign_in("lea", "sales-leads", "weft-approvers").open("#/tasks")
    task = lead.page.get_by_role("row").filter(has_text=execution_id)
    expect(task).to_be_visible()
    lead.screenshot("inbox")
    task.get_by_role("link").first.click()
    lead.page.get_by_role("radio", name="Approve").or_(lead.page.get_by_role("button", name="Approve")).first.click()
    approving = page.evaluate_handle(
        """() => new Promise((moved) => {
          const look = () => {
            const state = document.querySelector("[data-node='approve']").dataset.state;
            if (state === 'completed') moved(performance.timeOrigin + performance.now());
            else requestAnimationFrame(look);
          };
          look();
        }).then((at) => { window.movedAt = at; })
        && undefined"""
    )
    assert approving is not None
    sent_at = lead.page.evaluate("performance.timeOrigin + performance.now()")
    lead.page.get_by_role("button", name="Approve", exact=True).last.click()

    # then
    page.wait_for_function("window.movedAt !== undefined")
    assert page.evaluate("window.movedAt") - sent_at <= MOVES_WITHIN_MS
    expect(node(page, "shipped")).to_have_attribute("data-state", "waiting_for_event")
    event = {"event_type": "parcel.shipped", "event_data": {"tracking": "T-200"}, "correlation": order_id}
    console.stack.ask("POST", "/events", event)
    expect(node(page, "end")).to_have_attribute("data-state", "completed")
    console.screenshot("order-completed")
    assert console.stack.status(execution_id)["output"] == {"tracking": "T-200"}
