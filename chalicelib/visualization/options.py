"""What a picture shows, and how: the options of every renderer.

Layer: visualization. Values only; whoever takes them from a query or a command line checks them by the limits here.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from chalicelib.visualization.themes import DEFAULT, Theme

Format = Literal["svg", "png", "dot", "mermaid", "json", "html"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
LayoutAlgorithm = Literal["auto", "layered", "graphviz"]
LAYOUT_ALGORITHMS: Final[tuple[LayoutAlgorithm, ...]] = get_args(LayoutAlgorithm)
Direction = Literal["TB", "LR"]
DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)

MAX_NODES: Final = 5_000
"""The most that ``max_nodes`` may be."""
MAX_DEPTH: Final = 5
"""The most that ``depth`` may be."""
SCALES: Final = (0.25, 4.0)
"""The least and the most that ``scale`` may be."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a picture.

    ``show_elapsed_time``: how long each step took, or takes so far. ``highlight_current_step``: those with an open run
    stand out. ``show_input_output``: what went into each step and what came out. ``include_metadata``: what the
    definition says of a step beside its type. ``include_timing``: when each step started and ended.
    ``include_metrics``: the figures of the whole. ``show_unexecuted_steps``: steps of an execution without a run too.
    ``layout_algorithm``: ``graphviz`` needs Graphviz installed, ``auto`` takes it if it is. ``direction``: top to
    bottom or left to right. ``max_nodes``: steps beyond it are left out, those nearest to the start stay. ``depth``:
    how many levels of sub-workflows are drawn out. ``scale``: pixels of a PNG for one of the SVG, at most; a large
    picture gets fewer.
    """

    theme: Theme = DEFAULT
    show_elapsed_time: bool = True
    highlight_current_step: bool = True
    show_input_output: bool = False
    include_metadata: bool = False
    include_timing: bool = False
    include_metrics: bool = False
    show_unexecuted_steps: bool = True
    layout_algorithm: LayoutAlgorithm = "auto"
    direction: Direction = "TB"
    max_nodes: int = 1_000
    scale: float = 2.0
    depth: int = 1
