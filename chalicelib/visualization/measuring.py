"""How wide texts are, and how they are cut and wrapped to a width.

Layer: visualization. A viewer may lack every font that a theme names, so the table has the widest of three that are
usual, Inter, Noto Sans and DejaVu Sans; the font that ships for PNG is narrower. What is not in it is taken to be wide.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

# Advance widths of U+0020 to U+007E in thousandths of the font's size.
_WIDTHS: Final = (
    *(318, 401, 466, 838, 642, 982, 780, 300, 390, 390, 551, 838, 318, 460, 318, 372),
    *(636, 636, 636, 636, 646, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531),
    *(1000, 690, 686, 730, 770, 632, 590, 775, 752, 339, 571, 672, 565, 907, 760, 787),
    *(639, 787, 695, 642, 646, 744, 690, 989, 685, 679, 685, 390, 372, 390, 838, 500),
    *(500, 613, 635, 571, 635, 615, 370, 635, 634, 278, 278, 579, 278, 974, 634, 612),
    *(635, 635, 413, 528, 392, 634, 592, 818, 592, 592, 552, 636, 551, 636, 838),
)
_WIDE: Final = 1000
_OTHER: Final = 700
_BOLD: Final = 1.14
ELLIPSIS: Final = "…"


def shown(text: str) -> str:
    """``text`` on one line: what breaks or bends a line is a space, what nobody sees is left out."""
    return " ".join("".join(_visible(character) for character in text).split())


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of ``text`` in pixels at a font size in pixels."""
    return sum(map(_width, text)) * size / 1000 * (_BOLD if bold else 1)


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """``text``, or as much of its start as fits with an ellipsis behind it."""
    if width_of(text, size, bold=bold) <= width:
        return text
    room = width - width_of(ELLIPSIS, size, bold=bold)
    return text[: _fitting(text, room, size, bold=bold)].rstrip() + ELLIPSIS


def wrapped(text: str, width: float, size: float, lines: int, *, bold: bool = False) -> list[str]:
    """``text`` on at most ``lines`` lines, broken at spaces where there are any; the last is cut if it has to be."""
    rest = text
    done: list[str] = []
    while rest and len(done) < lines - 1 and width_of(rest, size, bold=bold) > width:
        end = max(_fitting(rest, width, size, bold=bold), 1)
        space = rest.rfind(" ", 0, end + 1)
        # A word that would leave more than half of the line empty is broken instead.
        end = space if space > end / 2 else end
        done.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*done, cut(rest, width, size, bold=bold)] if rest else done


def _fitting(text: str, width: float, size: float, *, bold: bool) -> int:
    """How many characters of ``text`` fit."""
    room = width * 1000 / size / (_BOLD if bold else 1)
    for count, character in enumerate(text):
        room -= _width(character)
        if room < 0:
            return count
    return len(text)


def _width(character: str) -> int:
    place = ord(character) - 0x20
    return _WIDTHS[place] if 0 <= place < len(_WIDTHS) else _unlisted(character)


@lru_cache(maxsize=4096)
def _unlisted(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    wide = unicodedata.east_asian_width(character) in {"W", "F"} or unicodedata.category(character) in {
        "So",
        "Co",
        "Cn",
    }
    return _WIDE if wide else _OTHER


def _visible(character: str) -> str:
    """The character, a space for a control, nothing for what only steers (as marks of direction do)."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category == "Cf" and character != "\u200d" else "\ufffd" if category == "Cs" else character
