"""The result of `weft run` as a table. Layer: command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from weftctl.rendering import tables
from weftctl.rendering.notifications import told


def run(result: Mapping[str, Any]) -> RenderableType:
    """A run: as a status, and what it waits for and what was refused."""
    parts: list[RenderableType] = [tables.status(result)]
    parts.extend(Text(f"Waiting: {entry['message']}", style="yellow") for entry in result["waiting_for"])
    parts.extend(Text(f"Refused at {entry['at']}: {entry['message']}", style="red") for entry in result["refused"])
    parts.extend(Text(f"{entry['sent_at']} {told(entry)}") for entry in result.get("notifications", ()))
    return Group(*parts)
