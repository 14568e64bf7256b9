"""Arithmetic of colours, each ``#rrggbb``.

Layer: visualization. Luminance and contrast as WCAG 2.2 defines them (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

from __future__ import annotations

import colorsys
from functools import lru_cache


@lru_cache(maxsize=1024)
def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """``one`` with ``share`` (0 to 1) of ``other`` in it."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(first + (second - first) * share):02x}" for first, second in parts)


@lru_cache(maxsize=256)
def accent(fill: str, ground: str) -> str:
    """A stronger colour of the hue of ``fill``, which stands out from it and from ``ground``; grey stays grey."""
    parts = [part / 255 for part in _parts(fill)]
    hue, _, saturation = colorsys.rgb_to_hls(*parts)
    # Of what is nearly white or black the saturation alone says little.
    coloured = saturation > 0.3 and max(parts) - min(parts) > 0.03
    strong = min(max(saturation, 0.6), 0.76) if coloured else min(saturation, 0.06)
    darker = _luminance(ground) > 0.18
    for step in range(60):
        tried = max(0.55 - step / 100, 0) if darker else min(0.6 + step / 100, 1)
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, tried, strong))
        if min(contrast(colour, ground), contrast(colour, fill)) >= 3:
            return colour
    return "#000000" if darker else "#ffffff"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
