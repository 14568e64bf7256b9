"""XML and HTML, built so that text stays text.

Layer: visualization. Whatever is not made by ``element``, ``tag`` or ``join`` is escaped, so markup comes from here
alone; what XML forbids becomes U+FFFD (https://www.w3.org/TR/xml/#charsets).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

_FORBIDDEN: Final = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_QUOTES: Final = {'"': "&quot;", "'": "&#39;"}

Value = str | float | None


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """``text`` as it stands in an element or an attribute."""
    return text if isinstance(text, Markup) else Markup(escape(_FORBIDDEN.sub("\ufffd", text), _QUOTES))


def element(name: str, *children: str, **attributes: Value) -> Markup:
    """An element of XML; ``stroke_width`` is the attribute ``stroke-width``, ``class_`` ``class``; None is left out."""
    inside = join(*children)
    given = _given(attributes)
    return Markup(f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>")


def tag(name: str, *children: str, **attributes: Value) -> Markup:
    """An element of HTML that may have children: it is always closed, as HTML wants it."""
    return Markup(f"<{name}{_given(attributes)}>{join(*children)}</{name}>")


def join(*parts: str) -> Markup:
    """Parts one behind the other."""
    return Markup("".join(escaped(part) for part in parts))


def _given(attributes: Mapping[str, Value]) -> str:
    return "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def number(value: float) -> str:
    """A number with at most two decimals, and no more than it needs."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
