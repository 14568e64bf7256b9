"""Settings without which a channel cannot be used. Layer: activities."""

from __future__ import annotations

from chalicelib.activities.built_in.notify.message import NAME
from chalicelib.activities.errors import ActivityError


def required(value: str, variable: str, what: str) -> str:
    """``value``, or, where it is empty, raise ``ActivityError`` (``NotConfigured``) naming the variable."""
    if value:
        return value
    message = f"{NAME}: {variable} is not set: it holds {what}. docs/notifications.md says how to set it."
    raise ActivityError("NotConfigured", message, retryable=False, details={"setting": variable})
