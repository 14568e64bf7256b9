"""A notification of a simulated run in a line. Layer: command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MOST_CHARACTERS: Final = 200


def told(sent: Mapping[str, Any]) -> str:
    """Who was told what, by which way: ``chase: in_app to warehouse: Order 7 has not shipped``."""
    content = sent.get("content") or sent
    text = " ".join(str(content["text"]).split())
    shown = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    return f"{sent['step_id']}: {sent['channel']} to {_recipients(sent)}: {shown}"


def _recipients(sent: Mapping[str, Any]) -> str:
    if sent["channel"] == "email":
        return ", ".join([*sent["to"], *sent.get("cc", ()), *sent.get("bcc", ())])
    return str(sent.get("number") or sent.get("group") or sent["url"])
