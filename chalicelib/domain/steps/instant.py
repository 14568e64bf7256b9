"""What steps have in common that end in the decision in which they begin. Layer: domain."""

from __future__ import annotations

from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.state import StepRun


class InstantStep:
    """Never waits: nothing of it falls due or times out."""

    def due(self, draft: Draft, run: StepRun) -> None:
        """Nothing."""

    def region_ended(self, draft: Draft, owner: StepRun) -> None:
        """Nothing: it opens none."""

    def timed_out(self, draft: Draft, run: StepRun) -> None:
        """Nothing."""
