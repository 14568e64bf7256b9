"""Regions: branches of a parallel step and items of a map step.

Layer: domain. Works on a ``Draft``. A region begins with a run of its entry step and ends with its exit step, or with a
failure that nothing inside answers; whatever else is open in it is then cancelled. What its end means is for the step
that opened it to say.
"""

from __future__ import annotations

from chalicelib.domain.execution.draft import Draft, Origin
from chalicelib.domain.execution.state import StepRun


def open_region(draft: Draft, owner: StepRun, key: str, entry_step_id: str) -> None:
    """Let the entry step of a region have its turn."""
    draft.ready.append((entry_step_id, Origin(owner.run_id, f"{owner.run_id}/{key}")))


def is_exit(draft: Draft, run: StepRun) -> bool:
    """Whether the end of ``run`` is the end of the region it is in."""
    if run.region is None:
        return False
    known = draft.program.graph.exits.get(run.step_id)
    return known is not None and owner_of(run.region).rpartition("#")[0] == known.owner


def owner_of(region: str) -> str:
    """The id of the run that opened a region."""
    return region.rpartition("/")[0]


def after_end(draft: Draft, region: str) -> None:
    """The outcome of a region is recorded: cancel what is left of it, and tell the step that opened it."""
    cancel_in(draft, region, "the region it was in has ended")
    owner = draft.state.runs.get(owner_of(region))
    if owner is not None:
        draft.program.handler_of(draft.program.graph.step(owner.step_id)).region_ended(draft, owner)


def cancel_regions_of(draft: Draft, owner: str, reason: str) -> None:
    """Cancel everything that is open in the regions of a run, however deep, and what was to begin in them."""
    begun = [name for name, region in draft.state.regions.items() if region.owner == owner]
    to_begin = [origin.region for _, origin in draft.ready if origin.region and owner_of(origin.region) == owner]
    for name in dict.fromkeys([*begun, *to_begin]):
        cancel_in(draft, name, reason)


def cancel_in(draft: Draft, region: str, reason: str) -> None:
    """Cancel everything that is open in a region, however deep."""
    for each in [each for each in draft.ready if each[1].region == region]:
        draft.ready.remove(each)
    for run in [run for run in draft.state.runs.values() if run.region == region]:
        cancel_regions_of(draft, run.run_id, reason)
        draft.emit("StepCanceled", run.run_id, reason=reason)
