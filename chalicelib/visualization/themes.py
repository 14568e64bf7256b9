"""How a picture looks: colours by state, type and kind of edge, shapes by type, a font.

Layer: visualization. Built-in themes keep WCAG 2.2 AA: texts have 4.5:1 on what they stand on, lines and borders 3:1 on
the background. Of a theme of one's own only the texts on nodes and the borders are sure to: they are computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from chalicelib.visualization.colours import contrast, mixed
from chalicelib.visualization.graph import HANDLER, Edge, Node

Shape = Literal["box", "rounded", "stadium", "circle", "diamond", "hexagon", "parallelogram", "subroutine", "note"]

_TEXT_CONTRAST: Final = 4.5
_LINE_CONTRAST: Final = 3.0

NODE_SHAPES: Final[dict[str, Shape]] = {
    "start": "circle",
    "end": "circle",
    "activity": "rounded",
    "decision": "diamond",
    "parallel": "hexagon",
    "map": "hexagon",
    "wait": "stadium",
    "timer": "stadium",
    "human": "parallelogram",
    "sub_workflow": "subroutine",
    "event": "note",
    "data_mapping": "box",
    "script": "box",
    HANDLER: "note",
}


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """``node_colors`` fill nodes by state, ``type_colors`` nodes without one; ``edge_colors`` are by kind of edge.

    Colours are ``#rrggbb``. ``muted_color`` is for what is said beside a name and for ways not taken.
    """

    name: str
    background_color: str
    text_color: str
    muted_color: str
    edge_color: str
    highlight_color: str
    region_color: str
    font_name: str = "Inter, system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
    node_colors: Mapping[str, str] = {}
    type_colors: Mapping[str, str] = {}
    edge_colors: Mapping[str, str] = {}
    node_shapes: Mapping[str, Shape] = msgspec.field(default_factory=lambda: NODE_SHAPES)

    def fill_of(self, node: Node) -> str:
        """What fills a node: the colour of its state, or of its type where it has none."""
        if node.state is not None:
            return self.node_colors.get(node.state, self.region_color)
        return self.type_colors.get(node.type, self.region_color)

    def text_on(self, fill: str) -> str:
        """The colour of a text on ``fill``: the theme's own if that can be read, else black or white."""
        if contrast(self.text_color, fill) >= _TEXT_CONTRAST:
            return self.text_color
        return max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, fill))

    def border_of(self, fill: str) -> str:
        """The border of what is filled so: as near to ``fill`` as can be seen on the background."""
        text = self.text_on(self.background_color)
        for tenths in range(2, 10):
            colour = mixed(fill, text, tenths / 10)
            if contrast(colour, self.background_color) >= _LINE_CONTRAST:
                return colour
        return text

    def line_of(self, edge: Edge) -> str:
        """The colour of an edge; a way that an execution has not taken is muted."""
        return self.muted_color if edge.taken is False else self.edge_colors.get(edge.kind, self.edge_color)

    def shape_of(self, node: Node) -> Shape:
        """The shape of a node."""
        return self.node_shapes.get(node.type, "rounded")


_PALE_STATES: Final = {
    "not_started": "#f3f4f6",
    "pending": "#e5e7eb",
    "scheduled": "#e0e7ff",
    "running": "#bfdbfe",
    "waiting_for_event": "#cffafe",
    "waiting_for_timer": "#e0f2fe",
    "waiting_for_human_intervention": "#fef08a",
    "waiting_for_confirmation": "#fde68a",
    "paused": "#e9d5ff",
    "completed": "#bbf7d0",
    "skipped": "#e7e5e4",
    "failed": "#fecaca",
    "canceled": "#d6d3d1",
}
_PALE_TYPES: Final = {
    "start": "#dcfce7",
    "end": "#e5e7eb",
    "activity": "#dbeafe",
    "decision": "#fef3c7",
    "parallel": "#ede9fe",
    "map": "#ede9fe",
    "wait": "#cffafe",
    "timer": "#e0f2fe",
    "human": "#fef9c3",
    "sub_workflow": "#fae8ff",
    "event": "#ccfbf1",
    "data_mapping": "#f3f4f6",
    "script": "#f3f4f6",
    HANDLER: "#ccfbf1",
}
_DARK_EDGES: Final = {
    "error": "#b91c1c",
    "timeout": "#b45309",
    "deadline": "#b45309",
    "compensation": "#7e22ce",
    "handler": "#0f766e",
    "branch": "#6d28d9",
    "join": "#6d28d9",
}

DEFAULT: Final = Theme(
    name="default",
    background_color="#ffffff",
    text_color="#111827",
    muted_color="#6b7280",
    edge_color="#374151",
    highlight_color="#1d4ed8",
    region_color="#f9fafb",
    node_colors=_PALE_STATES,
    type_colors=_PALE_TYPES,
    edge_colors=_DARK_EDGES,
)
LIGHT: Final = msgspec.structs.replace(
    DEFAULT,
    name="light",
    background_color="#fafaf9",
    text_color="#1c1917",
    edge_color="#57534e",
    muted_color="#6f6a65",
    region_color="#f5f5f4",
    type_colors=dict.fromkeys(_PALE_TYPES, "#ffffff"),
    node_colors={
        **dict.fromkeys(_PALE_STATES, "#ffffff"),
        "running": "#eff6ff",
        "completed": "#f0fdf4",
        "failed": "#fef2f2",
        "waiting_for_human_intervention": "#fefce8",
        "waiting_for_confirmation": "#fefce8",
    },
)
DARK: Final = Theme(
    name="dark",
    background_color="#111827",
    text_color="#f9fafb",
    muted_color="#9ca3af",
    edge_color="#d1d5db",
    highlight_color="#60a5fa",
    region_color="#1f2937",
    node_colors={
        "not_started": "#1f2937",
        "pending": "#374151",
        "scheduled": "#3730a3",
        "running": "#1d4ed8",
        "waiting_for_event": "#155e75",
        "waiting_for_timer": "#075985",
        "waiting_for_human_intervention": "#854d0e",
        "waiting_for_confirmation": "#92400e",
        "paused": "#6b21a8",
        "completed": "#166534",
        "skipped": "#44403c",
        "failed": "#991b1b",
        "canceled": "#57534e",
    },
    type_colors={
        "start": "#14532d",
        "end": "#374151",
        "activity": "#1e3a8a",
        "decision": "#78350f",
        "parallel": "#4c1d95",
        "map": "#4c1d95",
        "wait": "#155e75",
        "timer": "#075985",
        "human": "#713f12",
        "sub_workflow": "#701a75",
        "event": "#134e4a",
        "data_mapping": "#374151",
        "script": "#374151",
        HANDLER: "#134e4a",
    },
    edge_colors={
        "error": "#f87171",
        "timeout": "#fbbf24",
        "deadline": "#fbbf24",
        "compensation": "#c084fc",
        "handler": "#2dd4bf",
        "branch": "#a78bfa",
        "join": "#a78bfa",
    },
)
COLORFUL: Final = msgspec.structs.replace(
    DEFAULT,
    name="colorful",
    background_color="#fffdf7",
    highlight_color="#be185d",
    muted_color="#5f6673",
    region_color="#f5f3ff",
    node_colors={
        "not_started": "#f5f5f4",
        "pending": "#d1d5db",
        "scheduled": "#a5b4fc",
        "running": "#3b82f6",
        "waiting_for_event": "#22d3ee",
        "waiting_for_timer": "#38bdf8",
        "waiting_for_human_intervention": "#facc15",
        "waiting_for_confirmation": "#fb923c",
        "paused": "#c084fc",
        "completed": "#4ade80",
        "skipped": "#d6d3d1",
        "failed": "#f87171",
        "canceled": "#a8a29e",
    },
    type_colors={
        "start": "#4ade80",
        "end": "#a8a29e",
        "activity": "#60a5fa",
        "decision": "#fbbf24",
        "parallel": "#a78bfa",
        "map": "#c4b5fd",
        "wait": "#22d3ee",
        "timer": "#38bdf8",
        "human": "#fde047",
        "sub_workflow": "#f0abfc",
        "event": "#2dd4bf",
        "data_mapping": "#cbd5e1",
        "script": "#cbd5e1",
        HANDLER: "#2dd4bf",
    },
)

THEMES: Final[Mapping[str, Theme]] = {theme.name: theme for theme in (DEFAULT, DARK, LIGHT, COLORFUL)}
