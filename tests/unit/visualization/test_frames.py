"""Ways through steps that own regions, from whichever side they come. Layer: tests."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chalicelib.visualization.frames import Frame, framed
from chalicelib.visualization.geometry import Box, Point
from chalicelib.visualization.options import Direction

REGIONS = {"a": (700.0, 80.0), "b": (700.0, 90.0), "c": (700.0, 80.0)}
SIDES = ("left", "right", "top", "bottom")


def frame(direction: Direction) -> Frame:
    return framed((200, 50), REGIONS, [7, 8], direction).moved(40, 30)


def on(side: str, box: Box) -> Point:
    """A point of a side, not in its middle."""
    return {
        "left": Point(box.x, box.y + box.height / 3),
        "right": Point(box.right, box.y + box.height / 3),
        "top": Point(box.x + box.width / 3, box.y),
        "bottom": Point(box.x + box.width / 3, box.bottom),
    }[side]


def inside(box: Box, direction: Direction, *, start: bool) -> Point:
    """Where a way enters or leaves a region."""
    if direction == "LR":
        return Point(box.x if start else box.right, box.center.y)
    return Point(box.center.x, box.y if start else box.bottom)


def is_sound(points: list[Point], around: Frame) -> None:
    """Level or upright all the way, within the frame, and through no region."""
    for start, end in pairwise(points):
        assert start.x == pytest.approx(end.x) or start.y == pytest.approx(end.y)
        way = Box(min(start.x, end.x), min(start.y, end.y), abs(start.x - end.x), abs(start.y - end.y))
        assert around.box.contains(way)
        assert not [region for region, box in around.regions.items() if box.overlaps(way, slack=1)]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_way_goes_around_regions_when_it_leaves_or_enters_a_frame(
    direction: Direction, side: str, region: str
) -> None:
    whole = frame(direction)
    border, box = on(side, whole.box), whole.regions[region]
    leaving, entering = inside(box, direction, start=False), inside(box, direction, start=True)

    out, into = whole.outward(7, region, leaving, border), whole.inward(8, region, border, entering)

    assert (out[0], out[-1], into[0], into[-1]) == (leaving, border, border, entering)
    is_sound(out, whole)
    is_sound(into, whole)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_way_goes_around_regions_when_it_begins_at_the_card_or_ends_at_the_border(
    direction: Direction, region: str
) -> None:
    whole = frame(direction)
    box = whole.regions[region]

    into = whole.from_header(region, inside(box, direction, start=True))
    out = whole.to_border(region, inside(box, direction, start=False))

    assert into[0].y == whole.header.bottom
    assert out[-1].y == whole.box.bottom or out[-1].x == whole.box.right
    is_sound(into, whole)
    is_sound(out, whole)


@pytest.mark.parametrize("regions", [("a", "b"), ("b", "a"), ("a", "c"), ("c", "a")])
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_way_goes_around_regions_when_it_leads_from_one_to_another(
    direction: Direction, regions: tuple[str, str]
) -> None:
    whole = frame(direction)
    leaving = inside(whole.regions[regions[0]], direction, start=False)
    entering = inside(whole.regions[regions[1]], direction, start=True)

    way = whole.across(7, regions, leaving, entering)

    assert (way[0], way[-1]) == (leaving, entering)
    is_sound(way, whole)


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_frame_is_as_wide_as_its_card_when_its_regions_are_narrow(direction: Direction) -> None:
    whole = framed((400, 50), {"a": (100, 40)}, [], direction)

    assert whole.box.width == whole.header.width == 400
    assert whole.box.contains(whole.regions["a"])
