"""Words that start with a capital, times and values as they stand on cards and in tables.

Layer: visualization. Pure functions of what the graph says.
"""

from __future__ import annotations

import json
from typing import Any, Final

from chalicelib.visualization.words import state_words, type_words

_MOST_CHARACTERS: Final = 500
"""Of a value on a card; more would not be seen."""


def state_phrase(state: str) -> str:
    """The state of a step or of an execution."""
    return sentence(state_words(state))


def type_phrase(type: str) -> str:
    """The type of a step."""
    return sentence(type_words(type))


def sentence(name: str) -> str:
    """``a_name`` as ``A name``."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def clock_time(moment: str, day: str | None = None) -> str:
    """A moment to the second, without its date if that is ``day``'s; both as ISO 8601 in UTC."""
    date, _, time = moment.partition("T")
    if day is not None and day.startswith(date):
        return time[:8]
    return f"{date} {time[:8]}".strip()


def compact(value: Any) -> str:
    """A value on one line: text as it is, everything else as JSON, cut where nobody would see it."""
    text = (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    )
    return text[:_MOST_CHARACTERS]
