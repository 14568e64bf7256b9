"""Texts are measured, cut and wrapped so that they stay where they belong. Layer: tests."""

from __future__ import annotations

import pytest
import resvg_py

from chalicelib.visualization.measuring import cut, shown, width_of, wrapped
from chalicelib.visualization.png import FAMILY, fonts
from tests.unit.visualization.images import pixels

TEXTS = [
    "Compute the total",
    "Waiting for a person",
    "WWWWMMMM@%",
    "illicit",
    '{"order_id":"A-1042"}',
    "ÄÖÜ éàç ßøå",
    "Жёлтый",
]


def drawn_width(text: str, size: int, weight: int) -> int:
    """The pixels up to the last that has ink, as the font that ships draws it."""
    width, height = 400, 2 * size
    markup = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><rect width="{width}" '
        f'height="{height}" fill="#fff"/><text x="0" y="{size}" font-family="{FAMILY}" font-size="{size}" '
        f'font-weight="{weight}">{text.replace("<", "&lt;")}</text></svg>'
    )
    drawn = resvg_py.svg_to_bytes(svg_string=markup, font_files=fonts(), skip_system_fonts=True)
    rows = pixels(drawn, width, height)
    return max((column + 1 for row in rows for column in range(width) if row[4 * column] < 128), default=0)


@pytest.mark.parametrize("weight", [400, 600])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_no_wider_than_measured_when_the_font_that_ships_draws_it(text: str, weight: int) -> None:
    assert 0 < drawn_width(text, 20, weight) <= width_of(text, 20, bold=weight == 600)


def test_a_text_is_as_wide_as_its_characters_when_they_are_of_many_kinds() -> None:
    assert width_of("", 10) == 0
    assert width_of("订单", 10) == 20
    assert width_of("e\u0301", 10) == width_of("e", 10)
    assert width_of("é", 10) > width_of("i", 10)
    assert width_of("ab", 10, bold=True) > width_of("ab", 10)


@pytest.mark.parametrize(("width", "expected"), [(1000, "reserve the stock"), (60, "reserve…"), (5, "…")])
def test_a_text_is_cut_when_it_does_not_fit(width: float, expected: str) -> None:
    assert cut("reserve the stock", width, 12) == expected


@pytest.mark.parametrize("width", [30, 45, 80, 200])
@pytest.mark.parametrize("text", ["reserve the stock of all lines", "x" * 80, "订单履行与库存预留", "a b", ""])
def test_every_line_fits_when_a_text_is_wrapped(text: str, width: float) -> None:
    lines = wrapped(text, width, 12, 3)

    assert len(lines) <= 3
    assert all(width_of(line, 12) <= width for line in lines)
    assert text.replace(" ", "").startswith("".join(lines).rstrip("…").replace(" ", ""))


def test_a_text_is_wrapped_at_a_space_when_there_is_one() -> None:
    assert wrapped("reserve the stock", 75, 12, 2) == ["reserve the", "stock"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\nlines\r\n\tand  more ", "two lines and more"),
        ("\u202eturned\u202c", "turned"),
        ("zero\x00width\u200b", "zero width"),
        ("half \ud800", "half \ufffd"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_a_text_is_one_line_that_can_be_seen_when_it_is_shown(text: str, expected: str) -> None:
    assert shown(text) == expected
