"""Steps that own regions: the step on top, its regions below it, and the ways between them and the border.

Layer: visualization. With the flow from top to bottom, regions stand in rows, a way in comes from the step straight
into the first row and along the left side into the others; ways out gather below the last row. From left to right,
regions stand in a column, ways in come along its left, ways out gather on its right. A region without a step has no
header above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from chalicelib.visualization.geometry import Box, Point
from chalicelib.visualization.options import Direction

GAP: Final = 20.0
PAD: Final = 14.0
_LANE: Final = 7.0
_EDGE: Final = 5.0
"""How far from the border a way runs along it."""
_ROW_GAP: Final = 36.0
_ROW: Final = 1500.0
"""A row of regions that is wider goes on in the next."""


class Frame(NamedTuple):
    """An item with regions, laid out. ``rows`` are the region ids; ``lanes`` number the edges that pass the border."""

    box: Box
    header: Box
    regions: Mapping[str, Box]
    rows: Sequence[Sequence[str]]
    lanes: Mapping[int, int]
    direction: Direction

    def moved(self, dx: float, dy: float) -> Frame:
        regions = {region: box.moved(dx, dy) for region, box in self.regions.items()}
        return self._replace(box=self.box.moved(dx, dy), header=self.header.moved(dx, dy), regions=regions)

    def from_header(self, region: str, inside: Point) -> list[Point]:
        """From the step to ``inside``, where a way enters the region."""
        if self.direction == "LR":
            left = self.box.x + _EDGE + 3
            return [Point(left, self.header.bottom), Point(left, inside.y), inside]
        if region in self.rows[0]:
            return [Point(inside.x, self.header.bottom), inside]
        left, above = self.box.x + _EDGE + 3, self._above(region)
        return [Point(left, self.header.bottom), Point(left, above), Point(inside.x, above), inside]

    def to_border(self, region: str, inside: Point) -> list[Point]:
        """From ``inside``, where a way leaves the region, to the end of the frame."""
        if self.direction == "LR":
            return [inside, Point(self.box.right, inside.y)]
        if region in self.rows[-1]:
            return [inside, Point(inside.x, self.box.bottom)]
        right, below = self.box.right - _EDGE - 3, self._below(region)
        return [inside, Point(inside.x, below), Point(right, below), Point(right, self.box.bottom)]

    def outward(self, edge: int, region: str, inside: Point, border: Point) -> list[Point]:
        """From where an edge leaves a region to where it leaves the frame."""
        last = self._gathered(edge, region, inside)
        return [*last, *self._along(last[-1], border, far=True), border]

    def inward(self, edge: int, region: str, border: Point, inside: Point) -> list[Point]:
        """From where an edge enters the frame to where it enters a region."""
        first = self._spread(edge, region, inside)
        return [border, *reversed(self._along(first[0], border, far=False)), *first]

    def across(self, edge: int, regions: tuple[str, str], leaving: Point, entering: Point) -> list[Point]:
        """From where an edge leaves a region to where it enters another of the same frame."""
        source, target = regions
        out, into = self._gathered(edge, source, leaving), self._spread(edge, target, entering)
        if self.direction == "LR":
            level = self.box.bottom - _EDGE
            return [*out, Point(out[-1].x, level), Point(into[0].x, level), *into]
        side = self.box.right - _EDGE
        return [*out, Point(side, out[-1].y), Point(side, into[0].y), *into]

    def _gathered(self, edge: int, region: str, inside: Point) -> list[Point]:
        """From a region to the lane of an edge at the end of the frame."""
        lane = _EDGE + _LANE * self.lanes.get(edge, 0)
        if self.direction == "LR":
            return [inside, Point(self.box.right - lane, inside.y)]
        level = self.box.bottom - lane
        if region in self.rows[-1]:
            return [inside, Point(inside.x, level)]
        right, below = self.box.right - _EDGE, self._below(region)
        return [inside, Point(inside.x, below), Point(right, below), Point(right, level)]

    def _spread(self, edge: int, region: str, inside: Point) -> list[Point]:
        """From the lane of an edge at the start of the frame into a region."""
        if self.direction == "LR":
            return [Point(self.box.x + _EDGE + _LANE * self.lanes.get(edge, 0), inside.y), inside]
        level = self.header.bottom + GAP / 2
        if region in self.rows[0]:
            return [Point(inside.x, level), inside]
        left, above = self.box.x + _EDGE, self._above(region)
        return [Point(left, level), Point(left, above), Point(inside.x, above), inside]

    def _along(self, lane: Point, border: Point, *, far: bool) -> list[Point]:
        """From a point of a lane, inside the border, to beside ``border``, whichever side that is on."""
        if self.direction == "TB":
            return _to_side(self.box, lane, border, far=far)
        # With the axes exchanged it is the same.
        box = Box(self.box.y, self.box.x, self.box.height, self.box.width)
        found = _to_side(box, Point(lane.y, lane.x), Point(border.y, border.x), far=far)
        return [Point(point.y, point.x) for point in found]

    def _above(self, region: str) -> float:
        return min(self.regions[other].y for other in self._row(region)) - _ROW_GAP / 3

    def _below(self, region: str) -> float:
        return max(self.regions[other].bottom for other in self._row(region)) + _ROW_GAP / 3

    def _row(self, region: str) -> Sequence[str]:
        return next(row for row in self.rows if region in row)


def _to_side(box: Box, lane: Point, border: Point, *, far: bool) -> list[Point]:
    """From a lane at the bottom of a box, or at its top if not ``far``, to beside a point of the border."""
    if abs(border.y - (box.bottom if far else box.y)) < 1:
        return [Point(border.x, lane.y)]
    left, right = box.x + _EDGE, box.right - _EDGE
    if min(abs(border.x - box.x), abs(border.x - box.right)) < 1:
        side = left if abs(border.x - box.x) < 1 else right
        return [Point(side, lane.y), Point(side, border.y)]
    side, level = (right, box.y + _EDGE) if far else (left, box.bottom - _EDGE)
    return [Point(side, lane.y), Point(side, level), Point(border.x, level)]


def framed(
    header: tuple[float, float],
    regions: Mapping[str, tuple[float, float]],
    passing: Sequence[int],
    direction: Direction,
) -> Frame:
    """The frame around a header and regions of these sizes; ``passing`` are the edges that pass its border."""
    lanes = {edge: lane for lane, edge in enumerate(passing)}
    band = _LANE * len(lanes)
    if direction == "LR":
        return _column(header, regions, lanes, band)
    rows = _rows(regions)
    side = PAD + (GAP if len(rows) > 1 else 0)
    widths = [sum(regions[region][0] for region in row) + GAP * (len(row) - 1) for row in rows]
    width = max(header[0], max(widths) + 2 * side)
    top, boxes = header[1] + GAP, {}
    for row, row_width in zip(rows, widths, strict=True):
        left = (width - row_width) / 2
        for region in row:
            boxes[region] = Box(left, top, *regions[region])
            left += regions[region][0] + GAP
        top += max(regions[region][1] for region in row) + _ROW_GAP
    box = Box(0, 0, width, top - _ROW_GAP + PAD + band)
    return Frame(box, Box(0, 0, width, header[1]), boxes, rows, lanes, "TB")


def _column(
    header: tuple[float, float], regions: Mapping[str, tuple[float, float]], lanes: Mapping[int, int], band: float
) -> Frame:
    side = PAD + _LANE + band
    width = max(header[0], max(size[0] for size in regions.values()) + 2 * side)
    top, boxes = header[1] + PAD, {}
    for region, size in regions.items():
        # Ways in are long enough to be seen: regions start at the left, and the room is on the right.
        boxes[region] = Box(side, top, width - 2 * side, size[1])
        top += size[1] + GAP
    box = Box(0, 0, width, top - GAP + PAD)
    return Frame(box, Box(0, 0, width, header[1]), boxes, [[region] for region in regions], lanes, "LR")


def _rows(regions: Mapping[str, tuple[float, float]]) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    room = _ROW
    for region, (width, _) in regions.items():
        if rows[-1] and width > room:
            rows.append([])
            room = _ROW
        rows[-1].append(region)
        room -= width + GAP
    return rows
