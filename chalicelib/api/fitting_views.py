"""A view that can leave: large values, and then the first of very many tasks, are left out and listed.

Layer: api.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.api.answers import LIMIT_BYTES, Large, fit, fit_rows
from chalicelib.api.executions import ENDED, EXECUTIONS

_PAYLOADS = ("input", "output", "result", "error", "details", "variables", "metadata")


def fitting_view(view: dict[str, Any], limit_bytes: int = LIMIT_BYTES) -> dict[str, Any]:
    """``view``, made small enough; what was left out is listed in its ``truncated``."""
    history = f"{EXECUTIONS}/{view['execution_id']}/history"
    fit(view, _values(view), limit_bytes)
    fit_rows(view, "tasks", lambda task: task["state"] not in ENDED, history, limit_bytes)
    return view


def _values(view: dict[str, Any]) -> Iterator[Large]:
    for name in ("execution_status", "metrics"):
        yield from _payloads(view.get(name) or {}, f"/{name}")
    for at, node in enumerate(view["graph"]["nodes"]):
        yield from _payloads(node, f"/graph/nodes/{at}")
    for at, event in enumerate(view.get("history", {}).get("events", ())):
        yield from _payloads(event, f"/history/events/{at}")
    yield from _of_tasks(view["tasks"], "/tasks")


def _of_tasks(tasks: list[dict[str, Any]], place: str) -> Iterator[Large]:
    for at, task in enumerate(tasks):
        yield from _payloads(task, f"{place}/{at}")
        yield from _of_tasks(task["children"], f"{place}/{at}/children")


def _payloads(holder: dict[str, Any], place: str) -> Iterator[Large]:
    for name in _PAYLOADS:
        if name in holder:
            yield Large(pointer=f"{place}/{name}", holder=holder, key=name)
