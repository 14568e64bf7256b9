"""Pictures as PNG: the SVG, drawn by resvg with the font that ships.

Layer: visualization. A character that this font lacks, as Chinese ones, is drawn in a font of the system where one has
it, else as a box.
"""

from __future__ import annotations

import math
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

MOST_PIXELS: Final = 40_000_000
"""So many take 160 MB while they are drawn."""
LEAST_SCALE: Final = 0.5
"""A picture that would have to be smaller could not be read."""
FAMILY: Final = "Source Sans Pro"
"""The font that ships."""
_WEIGHTS: Final = ("Regular", "Semibold")


class PictureTooLarge(InvalidRequest):
    """A PNG of the graph would have more pixels than can be drawn."""

    code = "PictureTooLarge"


def render(graph: Graph, options: Options) -> bytes:
    """The picture of ``graph`` at the ``scale`` asked for, or smaller as far as it has to be.

    Raises ``PictureTooLarge`` and ``LayoutUnavailable``.
    """
    theme = msgspec.structs.replace(options.theme, font_name=f"'{FAMILY}', {options.theme.font_name}")
    size, text = svg.drawn(graph, msgspec.structs.replace(options, theme=theme))
    return resvg_py.svg_to_bytes(
        svg_string=text, zoom=_scale(size, options.scale), font_files=fonts(), sans_serif_family=FAMILY
    )


def size_of(image: bytes) -> tuple[int, int]:
    """The width and height of a PNG in pixels (https://www.w3.org/TR/png/#11IHDR)."""
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def _scale(size: Box, asked: float) -> float:
    fitting = math.sqrt(MOST_PIXELS / (size.width * size.height))
    if fitting < min(asked, LEAST_SCALE):
        message = (
            f"The picture is {size.width:.0f} by {size.height:.0f}, too large for a PNG that can be read. "
            "Ask for format svg or html, or for fewer max_nodes."
        )
        raise PictureTooLarge(message)
    return min(asked, fitting)


@cache
def fonts() -> list[str]:
    """The files of the font that ships."""
    folder = files("font_source_sans_pro") / "files"
    return [str(folder / f"SourceSansPro-{weight}.ttf") for weight in _WEIGHTS]
