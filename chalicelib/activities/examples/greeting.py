"""The greetings of ``hello-world``.

Layer: activities.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib.activities.errors import ActivityError
from chalicelib.activities.examples.fields import read, whole
from chalicelib.activities.registry import activity

MAX_LETTERS: Final = 100_000


class Named(msgspec.Struct):
    """Whom to greet."""

    name: str


class Greeting(msgspec.Struct):
    """A greeting, and how often to say it."""

    greeting: str
    count: float = 1


@activity("example.PrepareGreeting")
def prepare_greeting(input: dict[str, Any]) -> dict[str, Any]:
    """``{name}`` gives ``{greeting: "Hello, World!"}``."""
    return {"greeting": f"Hello, {read(input, Named).name}!"}


@activity("example.SingleGreeting")
def single_greeting(input: dict[str, Any]) -> dict[str, Any]:
    """``{greeting}`` gives ``{message, count: 1}``."""
    return {"message": read(input, Greeting).greeting, "count": 1}


@activity("example.RepeatGreeting")
def repeat_greeting(input: dict[str, Any]) -> dict[str, Any]:
    """``{greeting, count}`` gives ``{message, count}``: the greeting ``count`` times, with spaces between."""
    wanted = read(input, Greeting)
    count = whole(wanted.count, "count")
    if not 1 <= count <= MAX_LETTERS // (len(wanted.greeting) + 1):
        message = f"count must be at least 1, and the message at most {MAX_LETTERS} letters"
        raise ActivityError("InvalidInput", message, retryable=False)
    return {"message": " ".join([wanted.greeting] * count), "count": count}
