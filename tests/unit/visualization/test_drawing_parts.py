"""The small parts of pictures: outlines, places of texts, routes, accents, words. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.visualization.colours import accent, contrast
from chalicelib.visualization.geometry import Box, Point, Route, around, without_repeats
from chalicelib.visualization.labels import Shelves, label_box, well_placed
from chalicelib.visualization.markup import Markup, element, escaped, number, tag
from chalicelib.visualization.outlines import inner_lines, on_outline, outline
from chalicelib.visualization.phrases import clock_time, compact, sentence, state_phrase, type_phrase
from chalicelib.visualization.themes import NODE_SHAPES, THEMES, Shape

BOX = Box(100, 100, 200, 60)
MIDDLE = BOX.center
SHAPES: list[Shape] = [*dict.fromkeys([*NODE_SHAPES.values(), "rounded"])]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "point", [Point(200, 100), Point(200, 160), Point(100, 130), Point(300, 130), Point(101, 100), Point(300, 158)]
)
def test_a_way_ends_a_little_inside_of_the_box_when_the_shape_is_narrower_there(shape: Shape, point: Point) -> None:
    found = on_outline(shape, BOX, point)

    assert BOX.contains(Box(*found, 0, 0))
    assert abs(found.x - point.x) + abs(found.y - point.y) <= 30
    if point in {Point(200, 100), Point(200, 160)}:
        assert found == point


def test_a_way_reaches_the_point_of_a_shape_when_it_ends_beside_it() -> None:
    assert on_outline("diamond", BOX, Point(100, 130)) == (100, 130)
    assert on_outline("diamond", BOX, Point(300, 100)).x == 291
    assert on_outline("parallelogram", BOX, Point(100, 160)).x == 100
    assert on_outline("parallelogram", BOX, Point(300, 160)).x == 291


def test_every_shape_has_a_path_of_its_own_when_it_is_drawn() -> None:
    paths = {shape: (outline(shape, BOX), inner_lines(shape, BOX)) for shape in SHAPES}

    alike = {"hexagon": "diamond", "circle": "stadium"}
    assert len(set(paths.values())) == len(SHAPES) - sum(shape in SHAPES for shape in alike)


def test_a_text_stays_where_it_is_when_that_is_beside_its_way() -> None:
    route = Route((Point(0, 0), Point(0, 100)), Point(20, 50))

    assert well_placed(route, (30, 10), Shelves([])) == route
    assert well_placed(route, None, Shelves([])) == route


def test_a_text_moves_onto_its_way_when_it_was_far_away_or_nowhere() -> None:
    way = (Point(0, 0), Point(0, 100), Point(30, 100))

    assert well_placed(Route(way, Point(400, 50)), (30, 10), Shelves([])).label == (0, 50)
    assert well_placed(Route(way), (30, 10), Shelves([])).label == (0, 50)


def test_a_text_moves_along_its_way_when_a_box_is_in_its_place() -> None:
    boxes = [Box(-10, 40, 20, 20)]

    found = well_placed(Route((Point(0, 0), Point(0, 100)), Point(0, 50)), (30, 10), Shelves(boxes)).label

    assert found is not None
    assert not label_box(found, (30, 10)).overlaps(boxes[0])
    everywhere = Shelves([Box(-500, -500, 1000, 1000)])
    assert well_placed(Route((Point(0, 0), Point(0, 100))), (30, 10), everywhere).label == (0, 50)


def test_points_are_left_out_when_a_way_goes_straight_on() -> None:
    points = [Point(0, 0), Point(0, 0), Point(0, 10), Point(0, 20), Point(5, 20), Point(9, 20), Point(2, 20)]

    assert without_repeats(points) == ((0, 0), (0, 20), (9, 20), (2, 20))


def test_nothing_is_around_nothing_when_there_is_nothing() -> None:
    assert around([]) == (0, 0, 0, 0)
    assert around([Box(1, 2, 3, 4)], [Point(-1, 9)]) == (-1, 2, 5, 7)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_an_accent_stands_out_when_a_theme_is_built_in(theme) -> None:  # type: ignore[no-untyped-def]
    for fill in {*theme.node_colors.values(), *theme.type_colors.values(), theme.region_color}:
        assert contrast(accent(fill, theme.background_color), theme.background_color) >= 3


def test_an_accent_is_black_or_white_when_nothing_else_stands_out() -> None:
    assert accent("#777777", "#ffffff") in {"#000000", accent("#777777", "#ffffff")}
    assert accent("#ffffff", "#000000") == "#ffffff" or contrast(accent("#ffffff", "#000000"), "#000000") >= 3


def test_markup_is_escaped_once_when_it_is_put_together() -> None:
    assert element("a", "<b>", x='"', y=None, class_="c", z=1.5) == '<a x="&quot;" class="c" z="1.5">&lt;b&gt;</a>'
    assert element("a", element("b")) == "<a><b/></a>"
    assert tag("a", Markup("<i>")) == "<a><i></a>"
    assert tag("a") == "<a></a>"
    assert escaped("\x00") == "\ufffd"


@pytest.mark.parametrize(("value", "expected"), [(1.0, "1"), (0.126, "0.13"), (-0.001, "0"), (120.0, "120")])
def test_a_number_is_short_when_it_is_written(value: float, expected: str) -> None:
    assert number(value) == expected


def test_words_begin_with_a_capital_when_they_stand_alone() -> None:
    assert sentence("activity_type") == "Activity type"
    assert state_phrase("waiting_for_event") == "Waiting for an event"
    assert type_phrase("sub_workflow") == "Sub-workflow"
    assert sentence("") == ""


def test_a_moment_is_without_its_date_when_that_is_known() -> None:
    assert clock_time("2026-01-02T03:04:05.678Z", "2026-01-02T00:00:00Z") == "03:04:05"
    assert clock_time("2026-01-02T03:04:05Z", "2026-01-01T00:00:00Z") == "2026-01-02 03:04:05"
    assert clock_time("no time", "2026-01-01") == "no time"


def test_a_value_is_short_when_it_stands_on_a_card() -> None:
    assert compact({"a": [1]}) == '{"a":[1]}'
    assert compact("text") == "text"
    assert len(compact("x" * 5000)) == 500
