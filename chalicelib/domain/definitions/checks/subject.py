"""What checks look at.

Layer: domain.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.edges import Edges
from chalicelib.domain.definitions.findings import Suggestions


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A definition, whole or in part, and what is known around it.

    ``gaps`` names the lists of which a part could not be read, ``unread_step_ids`` the ids of steps among it.
    ``has_steps`` is false when there is no list of steps at all, so that nothing can be said of references. None for
    ``known_activities``, ``runnable_step_types`` or ``runnable_features`` means: anything goes. ``known_calendars`` are
    those registered beside the countries' own.
    """

    definition: model.WorkflowDefinition
    edges: Edges
    gaps: frozenset[str] = frozenset()
    unread_step_ids: frozenset[str] = frozenset()
    has_steps: bool = True
    known_activities: Collection[str] | None = None
    known_calendars: Collection[str] = ()
    runnable_step_types: Collection[str] | None = None
    runnable_features: Collection[str] | None = None

    def suggestions(self) -> Suggestions:
        """What an unknown step id may have meant."""
        return Suggestions(self.edges.steps.keys() | self.unread_step_ids)

    @property
    def has_whole_graph(self) -> bool:
        """Whether every step and every way was read."""
        return not self.gaps & {"steps", "transitions", "human_intervention_points", "event_handlers"}

    def knows_step(self, step_id: str) -> bool:
        """Whether there is a step of this id, read or not; any id counts where there is no list to look in."""
        return not self.has_steps or step_id in self.edges.steps or step_id in self.unread_step_ids
