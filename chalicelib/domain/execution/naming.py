"""What people call a step: its id, ``id[index]`` for an item of a map, or the id of one run of it.

Layer: domain. ``id[2][0]`` names the item 0 of the map that is in the item 2 of another; fewer indices leave the inner
ones open. A name that fits several runs is refused with the list of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from chalicelib.domain.execution.draft import Draft
from chalicelib.domain.execution.refusals import Refused
from chalicelib.domain.execution.state import LatestRun, State, StepRun

Run = TypeVar("Run", StepRun, LatestRun)
_REFERENCE: Final = re.compile(r"(?P<step>[^#\[\]]+)(?:#(?P<run>\d+)|(?P<indices>(?:\[\d+\])+))?")


class Reference(NamedTuple):
    """``text`` as given, the step that it names, and the run or the item if it says which."""

    text: str
    step_id: str
    run_id: str | None
    indices: tuple[int, ...]


def parse_reference(draft: Draft, text: str) -> Reference:
    """What ``text`` names. Raises ``Refused`` (``UnknownStep``) if the workflow has no such step."""
    found = _REFERENCE.fullmatch(text)
    if found is None or found["step"] not in draft.program.graph.steps:
        raise Refused("UnknownStep", f"the workflow has no step {text!r}")
    indices = tuple(int(number) for number in re.findall(r"\[(\d+)\]", text))
    return Reference(text, found["step"], text if found["run"] else None, indices)


def open_runs(draft: Draft, reference: Reference) -> list[StepRun]:
    """The runs that have not ended and that ``reference`` may mean."""
    return [run for run in draft.state.runs.values() if _fits(draft.state, reference, run.run_id, run.region)]


def ended_runs(draft: Draft, reference: Reference) -> list[LatestRun]:
    """The last run of the step in each place that ``reference`` may mean, where it has ended.

    Places are the open items of maps; only if there is none, the region of the step's very last run, which has closed.
    """
    state = draft.state
    near = [region.latest.get(reference.step_id) for region in state.regions.values()]
    found = {run.run_id: run for run in (*near, state.latest.get(reference.step_id)) if run is not None}
    busy = {_path(state, run.region) for run in state.runs.values() if run.step_id == reference.step_id}
    named = [
        run
        for run in found.values()
        if _fits(state, reference, run.run_id, run.region) and _path(state, run.region) not in busy
    ]
    return [run for run in named if run.region is None or run.region in state.regions] or named


def only(state: State, runs: Iterable[Run], reference: Reference, otherwise: str) -> Run:
    """The one run of ``runs``. Raises ``Refused``: ``InvalidState`` for none, ``Ambiguous`` for several."""
    found = list(runs)
    if not found:
        raise Refused("InvalidState", f"step {reference.text!r} {otherwise}")
    if len(found) > 1:
        names = ", ".join(_shown(state, run) for run in found)
        raise Refused("Ambiguous", f"{reference.text!r} may mean several runs; name one of them: {names}")
    return found[0]


def _shown(state: State, run: Run) -> str:
    """A run as the list of candidates has it: ``i#3``, of an item ``i#3 (i[0])``."""
    indices = "".join(f"[{index}]" for index in _path(state, run.region))
    return f"{run.run_id} ({run.run_id.rpartition('#')[0]}{indices})" if indices else run.run_id


def _fits(state: State, reference: Reference, run_id: str, region: str | None) -> bool:
    if reference.run_id is not None:
        return run_id == reference.run_id
    path = _path(state, region)
    return run_id.rpartition("#")[0] == reference.step_id and path[: len(reference.indices)] == reference.indices


def _path(state: State, region: str | None) -> tuple[int, ...]:
    """The indices of the items around, the outermost first; of a region that has closed, only its own number."""
    path: list[int] = []
    while region is not None:
        item = state.item_around(region)
        if item is None:
            if region not in state.regions and not path:
                path.append(int(region.rpartition("/")[2]))
            break
        path.insert(0, item[1].index or 0)
        region = item[1].parent
    return tuple(path)
