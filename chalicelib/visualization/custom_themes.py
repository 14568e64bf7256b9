"""Themes of one's own, as a setting has them.

Layer: visualization. A theme changes what it names of the one it is based on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from chalicelib.visualization.colours import contrast
from chalicelib.visualization.graph import EdgeKind
from chalicelib.visualization.themes import THEMES, Shape, Theme

Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
Font = Annotated[str, Meta(pattern="^[A-Za-z0-9 ,'._-]{1,200}$")]
State = Literal[
    "not_started",
    "pending",
    "scheduled",
    "running",
    "waiting_for_event",
    "waiting_for_timer",
    "waiting_for_human_intervention",
    "waiting_for_confirmation",
    "paused",
    "completed",
    "skipped",
    "failed",
    "canceled",
]
StepTypeName = Literal[
    "start",
    "end",
    "activity",
    "decision",
    "parallel",
    "map",
    "wait",
    "timer",
    "human",
    "sub_workflow",
    "event",
    "data_mapping",
    "script",
    "event_handler",
]
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_READABLE: Final = 4.5


class CustomTheme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is another than in ``base``. Colours are ``#rrggbb``; those of nodes by state, of types by type of step."""

    base: Literal["default", "dark", "light", "colorful"] = "default"
    background_color: Colour | None = None
    text_color: Colour | None = None
    muted_color: Colour | None = None
    edge_color: Colour | None = None
    highlight_color: Colour | None = None
    region_color: Colour | None = None
    font_name: Font | None = None
    node_colors: dict[State, Colour] = {}
    type_colors: dict[StepTypeName, Colour] = {}
    edge_colors: dict[EdgeKind, Colour] = {}
    node_shapes: dict[StepTypeName, Shape] = {}


_TABLES: Final = ("node_colors", "type_colors", "edge_colors", "node_shapes")


def fault_of_theme(name: str, custom: CustomTheme) -> str | None:
    """Why a theme cannot be used; None if it can."""
    if name in THEMES:
        return "the name is that of a theme that is built in: choose another"
    if not _NAME.fullmatch(name):
        return "the name must be 1 to 64 letters (A to Z), digits, '_' or '-', the first a letter or digit"
    theme = to_theme(name, custom)
    found = contrast(theme.text_color, theme.background_color)
    if found < _READABLE:
        return (
            f"the text {theme.text_color} cannot be read on the background {theme.background_color}: their contrast "
            f"is {found:.1f}, and must be {_READABLE} at least"
        )
    return None


def to_theme(name: str, custom: CustomTheme) -> Theme:
    """The theme that a setting describes."""
    base = THEMES[custom.base]
    given = {field: value for field, value in msgspec.structs.asdict(custom).items() if value is not None}
    del given["base"]
    tables = {table: {**getattr(base, table), **given.pop(table)} for table in _TABLES}
    return msgspec.structs.replace(base, name=name, **given, **tables)


def themes_with(custom: Mapping[str, CustomTheme]) -> dict[str, Theme]:
    """Every theme by name: those that are built in, then one's own."""
    return {**THEMES, **{name: to_theme(name, theme) for name, theme in custom.items()}}
