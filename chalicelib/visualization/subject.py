"""What a picture is of: a definition, what is known of executions of it, and the same of its sub-workflows.

Layer: visualization. Values, loaded by whoever has a store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.domain.definitions.model import WorkflowDefinition
from chalicelib.domain.execution.trail import Trail


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one execution: its status (``views.status_view``) and its trail."""

    status: Mapping[str, Any]
    trail: Trail


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A definition; ``seen`` are the executions of it, none for a picture of the definition alone.

    ``children`` are those of its sub-workflows that are to be drawn out, by the id of the step. Of a child, ``seen``
    may be several, one for each run of its step; ``unseen`` counts those that were not read.
    """

    definition: WorkflowDefinition
    seen: Sequence[Seen] = ()
    children: Mapping[str, Subject] = {}
    unseen: int = 0
