"""Cards of steps as SVG: an outline for the type, and on it icon, name, state, figures and trouble.

Layer: visualization. Attributes alone, no style: a page with a strict policy may hold the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from chalicelib.visualization.cards import (
    BESIDE_ICON,
    BESIDE_SYMBOL,
    BETWEEN,
    ICON,
    MARGIN,
    NAME_SIZE,
    SIZE,
    Card,
    Line,
)
from chalicelib.visualization.colours import accent, contrast, mixed
from chalicelib.visualization.geometry import Box
from chalicelib.visualization.glyphs import state_icon, type_icon
from chalicelib.visualization.graph import NOT_STARTED, Node
from chalicelib.visualization.markup import Markup, Value, element, join, number
from chalicelib.visualization.measuring import width_of
from chalicelib.visualization.options import Options
from chalicelib.visualization.outlines import inner_lines, outline
from chalicelib.visualization.phrases import compact, state_phrase, type_phrase
from chalicelib.visualization.themes import Theme
from chalicelib.visualization.words import duration_words

_COUNTS_HEIGHT: Final = 8.0


def drawn_card(node: Node, card: Card, header: Box, *, owner: bool, options: Options) -> Markup:
    """The card of a step; of an owner of regions, whose ground is drawn already, what is on it."""
    theme = options.theme
    fill = theme.fill_of(node)
    outline = _header(header, theme, fill) if owner else _outline(node, header, options)
    words = [_line(line, node, header, theme, fill) for line in card.lines]
    title = element("title", described(node, options))
    icon = _icon(node, header, theme, fill)
    return element("g", title, outline, icon, *words, class_="step", data_step=node.id)


def drawn_ground(node: Node, box: Box, options: Options) -> Markup:
    """What lies below an owner of regions and all of them."""
    theme = options.theme
    fill = theme.fill_of(node)
    ground = element(
        "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=10,
        fill=mixed(theme.background_color, fill, 0.3), **_border(node, options),
    )  # fmt: skip
    return join(_halo(node, box, options), ground)


def described(node: Node, options: Options) -> str:
    """All of a step as text: what a pointer on it or a screen reader says."""
    parts = [node.name or node.id, f"{type_phrase(node.type)} {node.id}"]
    if node.state is not None:
        parts.append(state_phrase(node.state) + (", current step" if node.current else ""))
    if node.runs > 1:
        parts.append(counted(node.counts))
    if node.attempts > 1:
        parts.append(f"{node.attempts} attempts")
    if node.elapsed_ms is not None and options.show_elapsed_time:
        parts.append(duration_words(node.elapsed_ms))
    if node.error is not None:
        parts.append(f"{node.error.code}: {node.error.message}")
    if options.show_input_output:
        both = (("Input", node.input), ("Output", node.output))
        parts += [
            f"{name}: {compact(value)}" for name, value in both if value is not msgspec.UNSET and value is not None
        ]
    return "\n".join(part for part in parts if part)


def counted(counts: Mapping[str, int]) -> str:
    """Counts by state in words."""
    return ", ".join(f"{count} {state_phrase(state).lower()}" for state, count in in_order(counts))


def in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts that are not 0, those of what ended first and last."""
    order = {"completed": 0, "failed": 2, "canceled": 3, "skipped": 4, NOT_STARTED: 5}
    return sorted(
        ((state, count) for state, count in counts.items() if count > 0), key=lambda each: order.get(each[0], 1)
    )


def bar_of_counts(counts: Mapping[str, int], box: Box, theme: Theme, on: str) -> Markup:
    """A bar with a part for each state, as long as its share, and symbol and number below it."""
    states = in_order(counts)
    total = sum(count for _, count in states)
    parts, figures, left = [], [], box.x
    place = box.x
    for state, count in states:
        width = box.width * count / total
        color = accent(theme.node_colors.get(state, theme.region_color), theme.background_color)
        parts.append(
            element(
                "rect", x=left, y=box.y, width=width, height=_COUNTS_HEIGHT, fill=color, stroke=on, stroke_width=0.8
            )
        )
        left += width
        text = str(count)
        if place + 16 + width_of(text, SIZE) <= box.right:
            figures += [
                state_icon(state, place, box.y + _COUNTS_HEIGHT + 3.5, 11, theme.text_on(on)),
                text_at(
                    text,
                    place + BESIDE_SYMBOL,
                    box.y + _COUNTS_HEIGHT + 13,
                    SIZE,
                    theme.text_on(on),
                    bold=True,
                    halo=on,
                ),
            ]
            place += BESIDE_SYMBOL + width_of(text, SIZE, bold=True) + BETWEEN
    return element("g", element("title", counted(counts)), *parts, *figures)


def text_at(
    text: str,
    x: float,
    y: float,
    size: float,
    fill: str,
    *,
    bold: bool = False,
    anchor: str | None = None,
    halo: str | None = None,
) -> Markup:
    """A line of text whose base line is at ``y``; a ``halo`` hides what goes on behind it."""
    around: dict[str, Value] = {}
    if halo is not None:
        around = {"stroke": halo, "stroke_width": 6, "stroke_linejoin": "round", "paint_order": "stroke"}
    weight = "600" if bold else None
    return element("text", text, x=x, y=y, font_size=size, fill=fill, font_weight=weight, text_anchor=anchor, **around)


def quieter(theme: Theme, fill: str) -> str:
    """What is said beside the name: as muted as it can be and still be read."""
    text = theme.text_on(fill)
    return next(
        (color for share in (0.35, 0.25, 0.15) if contrast(color := mixed(text, fill, share), fill) >= 4.5),
        text,
    )


def _outline(node: Node, box: Box, options: Options) -> Markup:
    shape = options.theme.shape_of(node)
    border = _border(node, options)
    body = element("path", d=outline(shape, box), fill=options.theme.fill_of(node), **border)
    extra = inner_lines(shape, box)
    inner = element("path", d=extra, fill="none", stroke=border["stroke"], stroke_width=1) if extra else ""
    return join(_halo(node, box, options), body, inner)


def _border(node: Node, options: Options) -> dict[str, Value]:
    theme = options.theme
    current = _stands_out(node, options)
    return {
        "stroke": theme.highlight_color if current else accent(theme.fill_of(node), theme.background_color),
        "stroke_width": 2.4 if current else 1.4,
        "stroke_dasharray": "5 4" if node.state == NOT_STARTED else None,
        "stroke_linejoin": "round",
    }


def _halo(node: Node, box: Box, options: Options) -> Markup:
    if not _stands_out(node, options):
        return Markup()
    return element(
        "rect", x=box.x - 4, y=box.y - 4, width=box.width + 8, height=box.height + 8, rx=14, fill="none",
        stroke=options.theme.highlight_color, stroke_width=3, stroke_opacity=0.3,
    )  # fmt: skip


def _stands_out(node: Node, options: Options) -> bool:
    return node.current and options.highlight_current_step


def _icon(node: Node, header: Box, theme: Theme, fill: str) -> Markup:
    left, top = header.x + MARGIN, header.y + MARGIN
    color = accent(fill, theme.background_color)
    disc = element("rect", x=left, y=top, width=ICON, height=ICON, rx=7, fill=color)
    ink = "#ffffff" if contrast("#ffffff", color) >= 3 else theme.text_on(color)
    return join(disc, type_icon(node.type, left + 4, top + 4, ICON - 8, ink))


def _line(line: Line, node: Node, header: Box, theme: Theme, fill: str) -> Markup:
    left, top, right = header.x + MARGIN, header.y + line.top, header.right - MARGIN
    ink = theme.text_on(fill)
    end = text_at(line.end, right, top + 12, SIZE, quieter(theme, fill), anchor="end") if line.end else Markup()
    if line.kind == "name":
        return text_at(line.text, header.x + BESIDE_ICON, top + 14, NAME_SIZE, ink, bold=True)
    if line.kind == "type":
        return text_at(line.text, header.x + BESIDE_ICON, top + 11.5, SIZE, quieter(theme, fill))
    if line.kind == "state":
        symbol = state_icon(node.state or NOT_STARTED, left, top, 15, ink)
        return join(symbol, text_at(line.text, left + 20, top + 12, SIZE, ink, bold=True), end)
    if line.kind == "error":
        return join(
            state_icon("failed", left, top + 0.5, 13, ink),
            text_at(line.text, left + 18, top + 11, SIZE, ink, bold=True),
        )
    if line.kind == "progress":
        return _progress(line, node, Box(left, top, right - left, 0), theme, fill)
    if line.kind == "counts":
        return bar_of_counts(node.counts, Box(left, top + 2, right - left, 0), theme, fill)
    return text_at(line.text, left, top + 11, SIZE, ink if line.kind == "data" else quieter(theme, fill))


def _progress(line: Line, node: Node, box: Box, theme: Theme, fill: str) -> Markup:
    width = box.width - 40
    done = width * min(max(node.progress_percentage or 0, 0), 100) / 100
    color = theme.text_on(fill)
    track = element("rect", x=box.x, y=box.y + 3, width=width, height=6, rx=3, fill=color, fill_opacity=0.18)
    bar = element("rect", x=box.x, y=box.y + 3, width=done, height=6, rx=3, fill=color)
    return join(track, bar, text_at(line.text, box.right, box.y + 10, SIZE, color, anchor="end"))


def _header(box: Box, theme: Theme, fill: str) -> Markup:
    x, y, right, bottom, r = box.x + 0.7, box.y + 0.7, box.right - 0.7, box.bottom, 9.3
    path = (
        f"M{number(x)} {number(bottom)}V{number(y + r)}A{r:g} {r:g} 0 0 1 {number(x + r)} {number(y)}"
        f"H{number(right - r)}A{r:g} {r:g} 0 0 1 {number(right)} {number(y + r)}V{number(bottom)}z"
    )
    below = f"M{number(x)} {number(bottom)}H{number(right)}"
    line = element("path", d=below, stroke=accent(fill, theme.background_color), stroke_width=1, fill="none")
    return join(element("path", d=path, fill=fill), line)
