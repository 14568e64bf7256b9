"""What tests ask of the picture of an execution. Layer: tests."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.console import Console


def node(page: Page, step_id: str) -> Locator:
    """A step in the picture."""
    return page.locator(f"[data-node='{step_id}']")


def shows(page: Page, step_id: str, state: str) -> None:
    """Wait until a step is shown in ``state``."""
    expect(node(page, step_id)).to_have_attribute("data-state", state)


def confirm(page: Page, action: str, reason: str | None = None) -> None:
    """Press a button that asks first, give a reason, and say yes."""
    page.get_by_role("button", name=action, exact=True).click()
    dialog = page.get_by_role("dialog")
    if reason is not None:
        dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=action, exact=True).click()
    expect(dialog).to_be_hidden()


def open_execution(console: Console, execution_id: str, **query: str) -> Page:
    """The page of an execution."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return console.open(f"#/executions/{execution_id}" + (f"?{asked}" if asked else "")).page


def loads(page: Page) -> int:
    """How often the page was loaded; 1 as long as nobody has reloaded it."""
    found: int = page.evaluate("performance.getEntriesByType('navigation').length")
    return found


def activity(step_id: str, activity_type: str, **of: Any) -> dict[str, Any]:
    """A step that runs an activity."""
    return {"id": step_id, "name": step_id, "step_type": {"type": "activity", "activity_type": activity_type, **of}}


def chain(workflow_id: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """A definition that runs ``steps`` one after the other."""
    ends = [{"id": name, "name": name.title(), "step_type": {"type": name}} for name in ("start", "end")]
    ordered = [ends[0], *steps, ends[1]]
    ways = [{"from_step_id": a["id"], "to_step_id": b["id"]} for a, b in pairwise(ordered)]
    name = re.sub("[-_]", " ", workflow_id).capitalize()
    return {"id": workflow_id, "name": name, "version": "1.0.0", "steps": ordered, "transitions": ways}
