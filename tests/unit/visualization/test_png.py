"""Pictures as PNG: they are as large as asked for, not blank, and refused where they cannot be drawn. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.visualization import png, svg
from chalicelib.visualization.graph import Graph
from chalicelib.visualization.options import Options
from chalicelib.visualization.png import PictureTooLarge, size_of
from chalicelib.visualization.themes import THEMES
from tests.unit.visualization.handmade import HOSTILE, everything_hostile, graph_of, step, way
from tests.unit.visualization.images import pixels

SMALL = graph_of([step("a", state="completed")])


def chain(length: int) -> Graph:
    return graph_of([step(f"s{n}") for n in range(length)], [way(f"s{n}", f"s{n + 1}") for n in range(length - 1)])


@pytest.mark.parametrize("scale", [0.25, 1.0, 1.5])
def test_a_picture_is_as_large_as_asked_for_when_it_fits(scale: float) -> None:
    size, _ = svg.drawn(SMALL, Options())

    width, height = size_of(png.render(SMALL, Options(scale=scale)))

    assert width == pytest.approx(size.width * scale, abs=1)
    assert height == pytest.approx(size.height * scale, abs=1)


@pytest.mark.parametrize("name", THEMES)
def test_a_picture_shows_ground_card_and_text_when_it_is_drawn(name: str) -> None:
    theme = THEMES[name]
    image = png.render(SMALL, Options(theme=theme, scale=1.0))

    rows = pixels(image, *size_of(image))

    colours = {row[place : place + 3].hex() for row in rows for place in range(0, len(row), 4)}
    assert {theme.background_color[1:], theme.node_colors["completed"][1:]} <= colours
    assert len(colours) > 20  # letters have soft borders


@pytest.mark.parametrize("text", HOSTILE)
def test_a_picture_is_drawn_when_a_text_is_anything(text: str) -> None:
    assert min(size_of(png.render(everything_hostile(text), Options(scale=0.25)))) > 50


def test_a_picture_gets_smaller_when_it_would_have_too_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "MOST_PIXELS", 300_000)
    size, _ = svg.drawn(chain(6), Options())

    width, height = size_of(png.render(chain(6), Options(scale=4.0)))

    assert width * height == pytest.approx(300_000, rel=0.01)
    assert width / height == pytest.approx(size.width / size.height, rel=0.01)


def test_a_picture_is_refused_when_it_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "MOST_PIXELS", 20_000)

    with pytest.raises(PictureTooLarge, match=r"too large for a PNG that can be read. Ask for format svg") as refused:
        png.render(chain(6), Options())

    assert refused.value.code == "PictureTooLarge"
