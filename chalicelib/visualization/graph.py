"""What every picture shows: the steps of a workflow, the ways between them and the regions they lie in.

Layer: visualization. Values only: ``building`` makes them, the renderers read them. Texts are as people wrote them;
each renderer escapes for its own format. Of a definition alone, ``state`` and what follows from running is None.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

EdgeKind = Literal["normal", "decision", "error", "timeout", "deadline", "branch", "join", "compensation", "handler"]
"""``branch`` leads from a step into its region, ``join`` from the region's exit back to it."""
RegionKind = Literal["branch", "map", "sub_workflow"]

NOT_STARTED = "not_started"
"""The state of a step of an execution that has no run yet; the others are those of step runs."""
HANDLER = "event_handler"
"""The type of the node that stands for an event handler that leads to a step: it has no runs, and so no state."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why the latest run of a step failed."""

    code: str
    message: str


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A step.

    ``id`` is the step's, in an expanded sub-workflow ``<id of its node>/<step id>``; ``region`` is the innermost region
    around it. ``state``, times, ``attempts`` and ``error`` are those of its latest open run, or else of its latest;
    ``counts`` are all its runs by state, which is what there is to see of a step inside a map. ``current`` says whether
    a run of it is open.
    ``input`` and ``output`` are there only if they were asked for, and so is ``metadata``: what the definition says
    of the step beside its type (``description``, ``activity_type``, ``timeout_seconds``, ``tags``, …).
    """

    id: str
    name: str
    type: str
    region: str | None = None
    state: str | None = None
    current: bool = False
    runs: int = 0
    counts: dict[str, int] = {}
    attempts: int = 0
    max_attempts: int | None = None
    next_retry_at: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    elapsed_ms: int | None = None
    progress_percentage: float | None = None
    details: str | None = None
    error: Failure | None = None
    child_execution_ids: tuple[str, ...] = ()
    input: Any = msgspec.UNSET
    output: Any = msgspec.UNSET
    metadata: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A way from one step to another. ``taken`` says whether an execution has gone it.

    ``id`` is the JSON pointer of the place in the definition that says so, after that of the step around if it is in
    an expanded sub-workflow; so is a region's. ``label`` is what stands beside it: a name, a condition, ``timeout``, …
    """

    id: str
    source: str
    target: str
    kind: EdgeKind
    label: str | None = None
    condition: str | None = None
    taken: bool | None = None


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A branch of a parallel step, the body of a map, or the steps of a sub-workflow; ``owner`` is that step's node.

    Of a map, ``counts`` are its items by state (``total`` in all); a region inside another has that as ``parent``.
    """

    id: str
    kind: RegionKind
    owner: str
    label: str
    parent: str | None = None
    counts: dict[str, int] = {}
    total: int | None = None


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``omitted`` counts the steps left out beyond ``max_nodes`` or because they never ran."""

    view_type: Literal["definition", "execution"]
    workflow_id: str
    workflow_name: str
    workflow_version: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    regions: tuple[Region, ...] = ()
    execution_id: str | None = None
    state: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    elapsed_ms: int | None = None
    omitted: int = 0
    metrics: dict[str, Any] | None = None
