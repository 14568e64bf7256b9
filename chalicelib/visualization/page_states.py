"""States on a page: symbol and word. Layer: visualization."""

from __future__ import annotations

from chalicelib.visualization.glyphs import state_icon
from chalicelib.visualization.markup import Markup, element, tag
from chalicelib.visualization.phrases import state_phrase


def state_of(state: str) -> Markup:
    """A state as symbol and word."""
    symbol = element(
        "svg", state_icon(state, 0, 0, 16, "currentColor"), width=16, height=16, viewBox="0 0 16 16", aria_hidden="true"
    )
    return tag("span", symbol, state_phrase(state), class_="state")
