"""What starts executions without being asked: told of every definition that comes, changes or goes.

Layer: engine. Called after the definition is written, so a crash in between leaves a trigger behind the definition;
everything here is idempotent, and registering the same definition again makes it good.
"""

from __future__ import annotations

from typing import Protocol

from chalicelib.domain.definitions.model import WorkflowDefinition


class Trigger(Protocol):
    """One kind of trigger, such as schedules."""

    def registered(self, definition: WorkflowDefinition) -> None:
        """A version was registered, perhaps again, and perhaps not the one that is the default."""

    def deleted(self, workflow_id: str) -> None:
        """A workflow was deleted, with all its versions."""


class Triggers:
    """All kinds together."""

    def __init__(self, *kinds: Trigger) -> None:
        self._kinds = kinds

    def registered(self, definition: WorkflowDefinition) -> None:
        """Tell each kind. Raises what the stores and the queues raise."""
        for kind in self._kinds:
            kind.registered(definition)

    def deleted(self, workflow_id: str) -> None:
        """Tell each kind. Raises what the stores raise."""
        for kind in self._kinds:
            kind.deleted(workflow_id)
