"""Pictures as PNG: the SVG, drawn by resvg with the font that ships.

Layer: visualization. A character that this font lacks, as Chinese ones, is drawn in a font of the system where one has
it, else as a box.
"""

from __future__ import annotations

import struct
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import resvg_py

from chalicelib.domain.errors import InvalidRequest
from chalicelib.visualization import svg
from chalicelib.visualization.geometry import Box
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.options import Options

SCALES: Final = (0.25, 4.0)
"""The least and the most that a picture may be scaled by."""
MOST_PIXELS: Final = 40_000_000
"""A picture of so many takes 160 MB while it is drawn."""
_FAMILY: Final = "Source Sans Pro"
_WEIGHTS: Final = ("Regular", "Semibold")


class PictureTooLarge(InvalidRequest):
    """A PNG of the graph would have more pixels than can be drawn."""

    code = "PictureTooLarge"


def render(graph: Graph, options: Options, scale: float = 2.0) -> bytes:
    """The picture of ``graph``, ``scale`` pixels for each of the SVG's.

    Raises ``PictureTooLarge``.
    """
    theme = msgspec.structs.replace(options.theme, font_name=f"'{_FAMILY}', {options.theme.font_name}")
    size, text = svg.drawn(graph, msgspec.structs.replace(options, theme=theme))
    return _drawn(text, size, scale)


def size_of(image: bytes) -> tuple[int, int]:
    """The width and height of a PNG in pixels (https://www.w3.org/TR/png/#11IHDR)."""
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def _drawn(text: str, size: Box, scale: float) -> bytes:
    pixels = size.width * scale * size.height * scale
    if pixels > MOST_PIXELS:
        message = (
            f"The picture would have {pixels / 1_000_000:.0f} million pixels, and at most "
            f"{MOST_PIXELS // 1_000_000} million can be drawn. Ask for format svg, a smaller scale, or fewer max_nodes."
        )
        raise PictureTooLarge(message)
    return resvg_py.svg_to_bytes(
        svg_string=text, zoom=scale, font_files=_fonts(), sans_serif_family=_FAMILY, font_family=_FAMILY
    )


@cache
def _fonts() -> list[str]:
    folder = files("font_source_sans_pro") / "files"
    return [str(folder / f"SourceSansPro-{weight}.ttf") for weight in _WEIGHTS]
